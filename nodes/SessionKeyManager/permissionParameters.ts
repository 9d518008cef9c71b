import type { IDataObject } from 'n8n-workflow';
import type { Address } from 'viem';
import { InputError } from '../../core/errors';
import { parseAddress } from '../../core/input/address';
import { functionInAbi, parseContractAbi } from '../../core/input/abi';
import { parseNamedFunctions, toNamedFunction, type NamedFunction } from '../../core/sessionKey/functions';
import type { ListType } from '../../core/sessionKey/keyState';
import type { Payday } from '../../core/sessionKey/months';
import type { Budget, ListEntry, PermissionInput, Rule, TokenBudget } from '../../core/sessionKey/permissionInput';
import { parseDate } from '../../core/input/date';
import { NATIVE } from '../shared/tokenField';

/** What the forms' values are read with. */
export interface Reading {
	/** The workflow's: dates without a zone are meant in it. */
	timeZone: string;
	/** The paymaster of the credential's gas policy, asked for only when it is needed. */
	policyPaymaster(): Promise<Address>;
}

const REFRESH_SECONDS: Record<string, number> = { never: 0, daily: 86_400, weekly: 604_800, fourWeeks: 2_419_200 };
const UNIT_SECONDS: Record<string, number> = { minutes: 60, hours: 3600, days: 86_400 };

/** Reads `refreshFields`, in seconds. */
export function refreshIntervalOf({ refresh, refreshEvery, refreshUnit }: IDataObject): number {
	const fixed = REFRESH_SECONDS[String(refresh ?? 'never')];
	if (fixed !== undefined) return fixed;
	const every = Number(refreshEvery);
	const seconds = every * (UNIT_SECONDS[String(refreshUnit ?? 'days')] ?? 0);
	if (Number.isSafeInteger(seconds) && seconds > 0) return seconds;
	throw new InputError(
		'Renewed After',
		`"Renewed After" is ${String(refreshEvery ?? 'empty')}, not a time`,
		'Type a number above 0, e.g. 14.',
	);
}

/** A locator's value, or the value that an expression put in its place. */
export function locatorText(value: unknown): string {
	const inner = value && typeof value === 'object' && 'value' in value ? value.value : value;
	return typeof inner === 'string' ? inner.trim() : String(inner ?? '');
}

/** Reads `newKeyFields`, but the key itself and its tag. */
export async function newKeyPermissions(values: IDataObject, reading: Reading): Promise<PermissionInput> {
	const further = (values.further ?? {}) as IDataObject;
	return {
		...budgetsOf(values.budgets),
		recipients: addressLines(values.recipients, 'Native Recipients'),
		entries: contractsOf(further.contracts),
		allowReferences: true,
		listType: further.listType as ListType | undefined,
		validAfter: timeOf(further.validFrom, 'Valid From', reading),
		validUntil: timeOf(values.validUntil, 'Valid Until', reading),
		...(await gasProtectionOf(values, reading)),
	};
}

/** Reads the changes of `permission.update`. */
export async function permissionChanges(changes: IDataObject, reading: Reading): Promise<PermissionInput> {
	const typed = locatorText(changes.requiredPaymaster);
	return {
		...budgetsOf(changes.budgets),
		recipients: addressLines(changes.recipients, 'Native Recipients'),
		entries: contractsOf(changes.contracts),
		allowReferences: changes.allowReferences === true,
		listType: changes.listType as ListType | undefined,
		validAfter: timeOf(changes.validFrom, 'Valid From', reading),
		validUntil: timeOf(changes.validUntil, 'Valid Until', reading),
		requiredPaymaster: typed
			? parseAddress(typed, 'Required Paymaster')
			: changes.policyPaymaster
				? await reading.policyPaymaster()
				: undefined,
		removed: [
			...((changes.removeRules ?? []) as Rule[]),
			...addressLines(changes.unlimited, 'Remove Token Limits').map((tokenLimit) => ({ tokenLimit })),
		],
	};
}

/** The rows of a fixedCollection. */
function rows(collection: unknown): IDataObject[] {
	return ((collection as { values?: IDataObject[] } | undefined)?.values ?? []) as IDataObject[];
}

function budgetsOf(collection: unknown): Pick<PermissionInput, 'native' | 'tokens'> {
	const tokens: TokenBudget[] = [];
	let native: Budget | undefined;
	for (const row of rows(collection)) {
		const budget = { amount: String(row.amount ?? ''), refreshInterval: refreshIntervalOf(row) };
		const token = locatorText(row.token) || NATIVE;
		const address = token === NATIVE ? undefined : parseAddress(token, 'Token');
		if (address ? tokens.some((other) => other.token === address) : native) {
			throw new InputError(
				'Budgets',
				`"Budgets" has ${address ?? 'native currency'} twice`,
				'Give each token one budget.',
			);
		}
		if (!address) native = budget;
		else tokens.push({ token: address, budget, functions: row.functions === 'all' ? 'all' : 'transfer' });
	}
	return { native, tokens };
}

function addressLines(text: unknown, field: string): Address[] {
	const lines = String(text ?? '').split(/[\s,;]+/);
	return [...new Set(lines.filter(Boolean).map((line) => parseAddress(line, field)))];
}

function contractsOf(collection: unknown): ListEntry[] {
	return rows(collection).map((row): ListEntry => {
		const contract = parseAddress(row.contract, 'Contract');
		const change = (row.change ?? 'putFunctions') as ListEntry['change'];
		if (change === 'putWhole' || change === 'takeOff') return { contract, change };
		return { contract, change, functions: functionsOf(row) };
	});
}

function functionsOf({ functionSource, functions, abi, functionNames }: IDataObject): NamedFunction[] {
	if (functionSource !== 'abi') return parseNamedFunctions(functions);
	const parsed = parseContractAbi(abi);
	const names = (functionNames ?? []) as string[];
	if (names.length === 0) {
		throw new InputError('Functions', '"Functions" is empty', 'Choose at least one function from the list.');
	}
	return names.map((name) => toNamedFunction(functionInAbi(parsed, name, 'Functions')));
}

function timeOf(value: unknown, field: string, { timeZone }: Reading): number | undefined {
	return value === undefined || value === null || value === '' ? undefined : parseDate(value, field, timeZone);
}

async function gasProtectionOf(
	{ gasProtection, gasLimit, gasRefresh, paymaster }: IDataObject,
	reading: Reading,
): Promise<Pick<PermissionInput, 'gas' | 'requiredPaymaster'>> {
	switch (gasProtection ?? 'limit') {
		case 'none':
			return {};
		case 'paymaster':
			return { requiredPaymaster: parseAddress(paymaster, 'Paymaster') };
		case 'policy':
			return { requiredPaymaster: await reading.policyPaymaster() };
		default:
			if (String(gasLimit ?? '').trim() === '') {
				throw new InputError(
					'Gas Limit',
					'"Gas Limit" is empty',
					'Type how much native currency the key may use for gas, e.g. 0.01, or choose another Gas Protection.',
				);
			}
			return {
				gas: { amount: String(gasLimit), refreshInterval: refreshIntervalOf({ refresh: gasRefresh ?? 'fourWeeks' }) },
			};
	}
}

/** Reads `paydayOption`; undefined when it isn't there. */
export function paydayOf(options: IDataObject, timeZone: string): Payday | undefined {
	const day = (options.payday as { day?: IDataObject } | undefined)?.day;
	if (!day) return undefined;
	return {
		dayOfMonth: Number(day.dayOfMonth ?? 1),
		hour: Number(day.hour ?? 9),
		timeZone: String(day.timeZone ?? '').trim() || timeZone,
	};
}
