import { IStandardExecutorAbi, SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import type { AccountState } from '../../accountState';
import type { Call } from '../../calls';
import { SESSION_KEY_PLUGIN_1_0_0 } from '../../contracts';
import { InputError } from '../../errors';
import { applyUpdates } from '../../permissions/applyUpdates';
import { recordChange, type ChangeNumbers } from './changeRecord';
import { checkUpdates } from './checkUpdates';
import { hazardsOf, type Hazard, type HazardCode } from '../describe/hazards';
import type { KeyState } from '../../plugin/keyState';
import type { PermissionUpdate } from '../../plugin/permissionUpdates';
import type { RegistryPlace } from '../../permissions/references';
import { riskOf, type Risk } from '../describe/risk';
import type { Labels } from '../../permissions/labels';

/**
 * What an owner's operation would do: the calls, and the same in plain sentences. Who signs and sends it, and whether at
 * all, is not a plan's matter.
 */
export interface Plan {
	account: Address;
	/** Calls of other contracts, made first. */
	others: readonly Call[];
	/** Calldata for the account itself, in order. */
	calls: Hex[];
	/** Calls of other contracts, made last: what records the change. */
	record: readonly Call[];
	/** All three as one operation. */
	callData: Hex;
	/** Creates the account in the same operation. */
	initCode?: Hex;
	/** What will change, in order. */
	sentences: string[];
	/** What the owner has to agree to beforehand. */
	hazards: Hazard[];
	/** The keys that the plan adds or changes, as they will be. */
	keys: PlannedKey[];
	/** The keys that it takes away. */
	gone: readonly Address[];
	/** Whether the account will have the session key plugin; missing where that stays as it is. */
	plugin?: boolean;
	/** Signed now and kept: nothing changes before somebody sends it. */
	isEmergencyStop?: boolean;
}

export interface PlannedKey {
	key: Address;
	state: KeyState;
	risk: Risk;
}

/** The chain as it is now, as far as plans need it. */
export interface AccountSnapshot {
	account: AccountState;
	labels: Labels;
	/** Unix seconds, by the chain's clock. */
	now: number;
	/** Asked where payment references may be allowed. */
	registry: RegistryPlace;
	/** Left out: no key can claim numbers of changes. */
	changeNumbers?: ChangeNumbers;
	/** Set when entries of a key's list may be missing: what is known, in a sentence or two. */
	gap?: string;
}

/** The parts of a plan that its own action decides. */
export interface PlanParts {
	others?: readonly Call[];
	calls: Hex[];
	/** Whether the operation may bring the registry of key changes to the network. */
	bringsRegistry?: boolean;
	sentences: string[];
	hazards?: Hazard[];
	keys?: PlannedKey[];
	gone?: readonly Address[];
	plugin?: boolean;
	isEmergencyStop?: boolean;
}

/**
 * Puts a plan together, with the record of the change where there can be one. One call is made directly, several in one
 * batch of the account.
 */
export function toPlan(snapshot: AccountSnapshot, parts: PlanParts): Plan {
	const { account, registry } = snapshot;
	const brings = parts.bringsRegistry === true && registry.deployer;
	const record = isRecorded(snapshot, parts) ? recordChange(account, brings) : undefined;
	const create = account.deployed
		? []
		: [`The account ${account.address} is created, with ${ownersWords(account.owners)}.`];
	return {
		account: account.address,
		others: parts.others ?? [],
		calls: parts.calls,
		record: record?.calls ?? [],
		callData: toCallData(account.address, parts, record?.calls),
		initCode: account.initCode,
		sentences: [...create, ...parts.sentences, ...(record?.sentences ?? [])],
		hazards: parts.hazards ?? [],
		keys: parts.keys ?? [],
		gone: parts.gone ?? [],
		plugin: parts.plugin,
		isEmergencyStop: parts.isEmergencyStop,
	};
}

/** Changes are, but not where a key of the account could stop them by taking their number. */
function isRecorded({ changeNumbers }: AccountSnapshot, parts: PlanParts): boolean {
	const { calls, gone = [], keys = [], isEmergencyStop } = parts;
	// A number noted in a stop would be taken by the next change, and the stop would fail.
	if (calls.length === 0 || isEmergencyStop || changeNumbers?.nextTaken) return false;
	const touched = [...gone, ...keys.map(({ key }) => key)];
	return !touched.some((key) => changeNumbers?.claimants.includes(key));
}

function ownersWords(owners: readonly Address[]): string {
	return owners.length === 1 ? `the owner ${owners[0]}` : `${owners.length} owners`;
}

function toCallData(account: Address, { others = [], calls }: PlanParts, record: readonly Call[] = []): Hex {
	const [first] = calls;
	if (others.length + record.length === 0 && calls.length === 1 && first) return first;
	const batch = [...others, ...calls.map((data): Call => ({ target: account, value: 0n, data })), ...record];
	return encodeFunctionData({ abi: IStandardExecutorAbi, functionName: 'executeBatch', args: [batch] });
}

/** The plugin's functions on the account, encoded by the SDK's ABI. */
export const pluginExecutionAbi = SessionKeyPluginExecutionFunctionAbi;

/** A key as updates make it, and everything about it that hurts people who didn't mean it. */
export interface UpdatePreview {
	planned: PlannedKey;
	hazards: Hazard[];
}

/**
 * Looks at what updates make of a key.
 * @param before the key as it is, with every contract that has an entry or a limit
 * @throws {InputError} for updates that can't be meant
 */
export function previewUpdates(
	before: KeyState,
	updates: readonly PermissionUpdate[],
	{ labels, now }: AccountSnapshot,
): UpdatePreview {
	const after = applyUpdates(before, updates, now);
	checkUpdates(updates, after, labels, now);
	return {
		planned: { key: after.key, state: after, risk: riskOf(after, labels, now) },
		hazards: hazardsOf(after, labels, now),
	};
}

/**
 * Goes on only when the owner has agreed to every hazard of a plan.
 * @param ticks the name of each hazard's tick, as a person sees it
 * @throws {InputError} that names what has to be ticked, and why
 */
export function requireAgreement(
	plan: Plan,
	agreed: readonly HazardCode[],
	ticks: Readonly<Record<HazardCode, string>>,
): void {
	const open = plan.hazards.filter(({ code }) => !agreed.includes(code));
	if (open.length === 0) return;
	const names = [...new Set(open.map(({ code }) => `"${ticks[code]}"`))];
	throw new InputError(
		'Accepted Risks',
		open.map(({ sentence }) => sentence).join(' '),
		`Change the permissions, or choose ${names.join(' and ')} under Options > Accepted Risks if you mean it.`,
	);
}

/**
 * Version 1.0.0 of the plugin has the same functions: the newer one can't be installed beside it.
 * @throws {InputError} when the account has it
 */
export function requireNoOldPlugin({ account }: AccountSnapshot): void {
	if (account.hasSessionKeyPlugin || !account.plugins.includes(SESSION_KEY_PLUGIN_1_0_0)) return;
	throw new InputError(
		'Smart Account Address',
		`The account ${account.address} has version 1.0.0 of the session key plugin (${SESSION_KEY_PLUGIN_1_0_0}), and only version 1.0.1 is used here`,
		'Uninstall version 1.0.0 with the tool that installed it, which ends its keys. Then run Key > Add, which installs 1.0.1 and adds a new key.',
	);
}

/** @throws {InputError} when the account has no session key plugin, so no keys either */
export function requirePlugin(snapshot: AccountSnapshot): void {
	const { account } = snapshot;
	if (account.hasSessionKeyPlugin) return;
	requireNoOldPlugin(snapshot);
	throw new InputError(
		'Smart Account Address',
		account.deployed
			? `The account ${account.address} does not have the session key plugin, so it has no keys`
			: `The account ${account.address} is not created yet, so it has no keys. Money at this address is safe: it belongs to the account's owner`,
		'Run Key > Add first: in one operation it creates the account if need be, installs the plugin and adds the key.',
	);
}

/** @throws {InputError} when the key isn't one of the account's */
export function requireKey({ account }: AccountSnapshot, key: Address, field = 'Session Key'): void {
	if (account.sessionKeys.includes(key)) return;
	throw new InputError(
		field,
		`${key} is not a session key of the account ${account.address}`,
		account.sessionKeys.length > 0
			? 'Choose one from the list. Key > Get Many shows them all.'
			: 'The account has no session keys at present. Add one first.',
	);
}
