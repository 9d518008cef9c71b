import { maxUint256, zeroAddress, type Address, type Hex } from 'viem';
import { InputError } from '../../errors';
import { parseAmount } from '../../input/amount';
import { NATIVE_DECIMALS } from '../../networks';
import { PLAIN_PAYMENT, TRANSFER } from '../../calls';
import type { ContractInfos, DecimalsPins } from '../../contractInfo';
import type { FunctionNames, NamedFunction } from '../../permissions/functions';
import type { KeyState, ListType } from '../../plugin/keyState';
import { NO_LIMIT, type PermissionUpdate } from '../../plugin/permissionUpdates';
import { referenceUpdates } from '../../permissions/references';

/** How much, and how often again. */
export interface BudgetInput {
	/** Decimal text in the asset's own unit, e.g. `250.50`. */
	amount: string;
	/** Seconds; 0: the amount is there once. */
	refreshInterval: number;
	/** Forgets what was used so far; otherwise a new limit keeps it. */
	resetUsed?: boolean;
	/** The field of the amount, as a person sees it, where that isn't Limit. */
	field?: string;
}

/** A token that the key shall pay with. */
export interface TokenBudget {
	token: Address;
	/** Left out: as much as the account has. */
	budget?: BudgetInput;
	/** `transfer`: payments and nothing else, which is what keeps a limit tight. */
	functions: 'transfer' | 'all';
	/** As the person knows them: refused when the token says otherwise. */
	decimals?: number;
}

/**
 * What shall become of a contract on the list. Whether standing on the list allows or forbids is the list type's
 * matter.
 */
export type ListEntry =
	| { contract: Address; change: 'putWhole' | 'takeOff' }
	| { contract: Address; change: 'putFunctions' | 'takeFunctionsOff'; functions: readonly NamedFunction[] };

export type Rule = 'nativeLimit' | 'gasLimit' | 'timeRange' | 'requiredPaymaster' | { tokenLimit: Address };

/** Permissions as a person thinks of them. What is left out stays as it is. */
export interface PermissionInput {
	listType?: ListType;
	native?: BudgetInput;
	/** Who may receive native money. */
	recipients?: readonly Address[];
	tokens?: readonly TokenBudget[];
	entries?: readonly ListEntry[];
	/** In wei's big unit (ETH), the most that the operations may cost. */
	gas?: BudgetInput;
	/** Unix seconds. */
	validAfter?: number;
	/** Unix seconds. */
	validUntil?: number;
	requiredPaymaster?: Address;
	removed?: readonly Rule[];
	/** Lets the key claim payment references. */
	allowReferences?: boolean;
}

/** The addresses of which `toUpdates` wants to know what they are. */
export function addressesIn(input: PermissionInput): Address[] {
	return [
		...(input.recipients ?? []),
		...(input.tokens ?? []).map(({ token }) => token),
		...(input.entries ?? []).map(({ contract }) => contract),
		...(input.removed ?? []).flatMap((rule) => (typeof rule === 'object' ? [rule.tokenLimit] : [])),
	];
}

/** The decimals that the person gave for tokens. */
export function decimalsIn({ tokens = [] }: PermissionInput): DecimalsPins {
	return Object.fromEntries(tokens.map(({ token, decimals }) => [token, decimals]));
}

/** The names of the functions in it, for sentences. */
export function functionNamesIn(input: PermissionInput): FunctionNames {
	const named = (input.entries ?? []).flatMap((entry) => ('functions' in entry ? entry.functions : []));
	return Object.fromEntries(named.map(({ selector, signature }) => [selector, signature]));
}

/**
 * The updates that make a key so, in the order in which they are sent.
 *
 * @param before the key as it is: the time range is one field, of which a person may change one end
 * @param infos what the addresses of `addressesIn` are
 * @throws {InputError}
 */
export function toUpdates(input: PermissionInput, before: KeyState, infos: ContractInfos): PermissionUpdate[] {
	return [
		...(input.listType ? [{ kind: 'listType', listType: input.listType } as const] : []),
		...(input.removed ?? []).map(removal),
		...(input.entries ?? []).flatMap((entry) => entryUpdates(entry, before)),
		...(input.allowReferences
			? referenceUpdates({ ...before, listType: input.listType ?? before.listType }, input.entries)
			: []),
		...(input.recipients ?? []).flatMap((recipient) => recipientUpdates(recipient, infos)),
		...(input.tokens ?? []).flatMap((token) => tokenUpdates(token, infos)),
		...(input.native ? nativeLimitUpdates(input.native) : []),
		...(input.gas ? gasLimitUpdates(input.gas) : []),
		...timeRangeUpdates(input, before),
		...(input.requiredPaymaster ? [paymasterUpdate(input.requiredPaymaster)] : []),
	];
}

/** The limit on native money. */
export function nativeLimitUpdates(budget: BudgetInput): PermissionUpdate[] {
	return limitUpdates(budget, NATIVE_DECIMALS, (limit, refreshInterval) => ({
		kind: 'nativeLimit',
		limit,
		refreshInterval,
	}));
}

/** The limit on what operations may cost. */
export function gasLimitUpdates(budget: BudgetInput): PermissionUpdate[] {
	return limitUpdates(budget, NATIVE_DECIMALS, (limit, refreshInterval) => ({
		kind: 'gasLimit',
		limit,
		refreshInterval,
	}));
}

/** The limit on a token; the list is another matter. */
export function tokenLimitUpdates(token: Address, budget: BudgetInput, infos: ContractInfos): PermissionUpdate[] {
	return limitUpdates(budget, decimalsOf(token, infos), (limit, refreshInterval) => ({
		kind: 'tokenLimit',
		token,
		limit,
		refreshInterval,
	}));
}

/**
 * A new limit keeps what was used. The only way to forget it is to take the limit away first; within one update list
 * there is no moment in between.
 */
function limitUpdates(
	{ amount, refreshInterval, resetUsed, field = 'Limit' }: BudgetInput,
	decimals: number,
	update: (limit: bigint, refreshInterval: number) => PermissionUpdate,
): PermissionUpdate[] {
	const limit = parseAmount(amount, decimals, field);
	if (limit >= maxUint256) {
		throw new InputError(field, `"${field}" is more than the chain can count`, 'Type a smaller amount.');
	}
	return [...(resetUsed ? [update(NO_LIMIT, 0)] : []), update(limit, refreshInterval)];
}

/**
 * How many decimals a token has.
 * @throws {InputError} when it is no contract, or one that doesn't answer as a token does
 */
export function decimalsOf(token: Address, infos: ContractInfos): number {
	const info = infos[token];
	if (!info?.isContract) {
		throw new InputError(
			'Token',
			`There is no contract at ${token} on this network`,
			"Check the token's address, and that it is the one for this network.",
		);
	}
	if (!info.token) {
		throw new InputError(
			'Token',
			`The contract ${token} does not answer as a token does: it has no decimals`,
			"Type the address of the token's own contract.",
		);
	}
	return info.token.decimals;
}

function removal(rule: Rule): PermissionUpdate {
	if (typeof rule === 'object') {
		return { kind: 'tokenLimit', token: rule.tokenLimit, limit: NO_LIMIT, refreshInterval: 0 };
	}
	switch (rule) {
		case 'nativeLimit':
			return { kind: 'nativeLimit', limit: NO_LIMIT, refreshInterval: 0 };
		case 'gasLimit':
			return { kind: 'gasLimit', limit: NO_LIMIT, refreshInterval: 0 };
		case 'timeRange':
			return { kind: 'timeRange', validAfter: 0, validUntil: 0 };
		case 'requiredPaymaster':
			return { kind: 'requiredPaymaster', paymaster: zeroAddress };
	}
}

function entryUpdates(entry: ListEntry, before: KeyState): PermissionUpdate[] {
	const { contract } = entry;
	const put = (checkSelectors: boolean): PermissionUpdate => ({
		kind: 'contractEntry',
		contract,
		onList: true,
		checkSelectors,
	});
	switch (entry.change) {
		case 'putWhole':
			return [put(false)];
		case 'putFunctions':
			return [put(true), ...functionUpdates(contract, selectorsOf(entry.functions), true)];
		case 'takeFunctionsOff':
			return functionUpdates(contract, selectorsOf(entry.functions), false);
		case 'takeOff': {
			// Function entries outlive their contract's entry: put on again, it would have them all at once.
			const known = before.contracts[contract]?.functions ?? {};
			const listed = (Object.keys(known) as Hex[]).filter((selector) => known[selector]);
			return [
				...functionUpdates(contract, listed, false),
				{ kind: 'contractEntry', contract, onList: false, checkSelectors: false },
			];
		}
	}
}

function selectorsOf(functions: readonly NamedFunction[]): Hex[] {
	return functions.map(({ selector }) => selector);
}

function functionUpdates(contract: Address, selectors: readonly Hex[], onList: boolean): PermissionUpdate[] {
	return selectors.map((selector) => ({ kind: 'functionEntry', contract, selector, onList }));
}

/** A wallet is put on the list as a whole; of a contract only the plain payment, not its functions. */
function recipientUpdates(recipient: Address, infos: ContractInfos): PermissionUpdate[] {
	const isContract = infos[recipient]?.isContract ?? false;
	return [
		{ kind: 'contractEntry', contract: recipient, onList: true, checkSelectors: isContract },
		...functionUpdates(recipient, isContract ? [PLAIN_PAYMENT] : [], true),
	];
}

function tokenUpdates({ token, budget, functions }: TokenBudget, infos: ContractInfos): PermissionUpdate[] {
	decimalsOf(token, infos);
	return [
		{ kind: 'contractEntry', contract: token, onList: true, checkSelectors: functions !== 'all' },
		...functionUpdates(token, functions === 'transfer' ? [TRANSFER] : [], true),
		...(budget ? tokenLimitUpdates(token, budget, infos) : []),
	];
}

/** One field of which a person may change one end; the other stays, unless the range is taken away in the same step. */
function timeRangeUpdates(
	{ validAfter, validUntil, removed = [] }: PermissionInput,
	before: KeyState,
): PermissionUpdate[] {
	if (validAfter === undefined && validUntil === undefined) return [];
	const rest = removed.includes('timeRange') ? { validAfter: 0, validUntil: 0 } : before;
	return [
		{
			kind: 'timeRange',
			validAfter: validAfter ?? rest.validAfter,
			validUntil: validUntil ?? rest.validUntil,
		},
	];
}

/** For the plugin the zero address means "no paymaster required": the opposite of what somebody who types one means. */
function paymasterUpdate(paymaster: Address): PermissionUpdate {
	if (paymaster !== zeroAddress) return { kind: 'requiredPaymaster', paymaster };
	throw new InputError(
		'Required Paymaster',
		'The paymaster is the zero address, which would take the rule away instead of setting it',
		'Type the address of the paymaster, or remove the rule by name.',
	);
}
