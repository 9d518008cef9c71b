import type { Address, Hex } from 'viem';
import { REFERENCE_REGISTRY } from '../../registry/referenceRegistry';
import { APPROVE, PLAIN_PAYMENT, TRANSFER } from '../../calls';
import {
	accessOf,
	isPlainPaymentOnly,
	mayCall,
	mayHideEntries,
	opensUncounted,
	type Access,
} from '../../permissions/access';
import { functionName } from '../../permissions/functions';
import { limitAt, type KeyState, type ListType, type SpendLimit } from '../../plugin/keyState';
import { mayClaim, namedContracts, referenceSentence } from '../../permissions/references';
import {
	gasFigures,
	listOf,
	nameOf,
	showDuration,
	showNative,
	showTime,
	showToken,
	type Labels,
} from '../../permissions/labels';

/**
 * All that a key may do, in sentences, whether it is new or not: the money first, then what stands on the chain for it.
 *
 * @param state with every contract that has an entry or a limit
 * @param now unix seconds
 */
export function permissionSentences(state: KeyState, labels: Labels, now: number): string[] {
	return [
		...namedContracts(state).flatMap((contract) => contractSentence(state, contract, labels, now)),
		referenceSentence(state),
		listSentence(state),
		nativeSentence(state, labels, now),
		...gasSentences(state, labels, now),
		...timeSentences(state),
	];
}

/** What a key may do with a contract, in words: `only payments (transfer(address,uint256))`. */
export function accessWords(state: KeyState, contract: Address, labels: Labels): string {
	if (contract === REFERENCE_REGISTRY) return mayClaim(state) ? 'recording payment references as paid' : 'nothing';
	const access = accessOf(state, state.contracts[contract]);
	const names = (selectors: readonly Hex[]) =>
		listOf(selectors.map((selector) => functionWords(selector, contract, labels)));
	// Where functions are looked at, one that nobody told of may be listed as well; a token limit closes all that isn't asked.
	const stored = state.contracts[contract];
	const hides = mayHideEntries(state) && stored?.checkSelectors && !stored.tokenLimit;
	switch (access.functions) {
		case 'none':
			return hides ? 'nothing that is known here' : 'nothing';
		case 'only':
			return `${hides ? 'at least' : 'only'} ${names(access.selectors)}`;
		case 'all':
			return labels.contracts[contract]?.isContract === false
				? `payments in ${labels.nativeSymbol} (no contract is at this address)`
				: 'every function';
		case 'allBut':
			return access.selectors.length > 0 ? `every function but ${names(access.selectors)}` : 'every function';
	}
}

/** What the counted functions of a token do, for people who don't know them. */
const ON_A_TOKEN: Readonly<Record<Hex, string>> = { [TRANSFER]: 'payments', [APPROVE]: 'letting others take it' };

function functionWords(selector: Hex, contract: Address, { nativeSymbol, contracts, functions }: Labels): string {
	const name = functionName(selector, functions) ?? `the function ${selector}`;
	const meaning =
		selector === PLAIN_PAYMENT ? `payments in ${nativeSymbol}` : contracts[contract]?.token && ON_A_TOKEN[selector];
	return meaning ? `${meaning} (${name})` : name;
}

/** A limit in words: `100 USDC every 7 days, 20 USDC of it used`. */
export function limitWords(limit: SpendLimit | undefined, now: number, show: (amount: bigint) => string): string {
	if (!limit) return 'no limit';
	const every = limit.refreshInterval > 0 ? ` every ${showDuration(limit.refreshInterval)}` : ' in all';
	const { used } = limitAt(limit, now);
	return `${show(limit.limit)}${every}${used > 0n ? `, ${show(used)} of it used` : ''}`;
}

/** How the payments of a key with a gas limit run: the chain then takes its operations by one nonce. */
export const ONE_AFTER_ANOTHER = "With a gas limit the key's payments run one after another.";

/** Nothing for a contract that is treated like all those that are not named. */
function contractSentence(state: KeyState, contract: Address, labels: Labels, now: number): string[] {
	const stored = state.contracts[contract];
	const access = accessOf(state, stored);
	if (!stored?.tokenLimit && access.functions === accessOf(state, undefined).functions) return [];
	const name = nameOf(labels, contract);
	const allowed = `Allowed on ${name}: ${accessWords(state, contract, labels)}.`;
	const money = stored?.tokenLimit
		? limitedSentence(stored.tokenLimit, access, contract, labels, now)
		: isOpenToken(access, contract, labels) && `It may take all ${name} of the account: there is no limit on it.`;
	return [money ? `${money} ${allowed}` : allowed];
}

function limitedSentence(
	tokenLimit: SpendLimit,
	access: Access,
	contract: Address,
	labels: Labels,
	now: number,
): string {
	const limit = limitWords(tokenLimit, now, (amount) => showToken(labels, contract, amount));
	if (access.functions === 'none') return `It has a limit of ${limit}, but may not pay any of it.`;
	if (opensUncounted(access)) {
		const name = nameOf(labels, contract);
		return `It may take all ${name} of the account: its limit of ${limit} counts transfer and approve only.`;
	}
	const pays = mayCall(access, TRANSFER) ? ['pay anyone'] : [];
	const approves = mayCall(access, APPROVE) ? ['let anyone take'] : [];
	return `It may ${[...pays, ...approves].join(' or ')} up to ${limit}.`;
}

function isOpenToken(access: Access, contract: Address, { contracts }: Labels): boolean {
	return access.functions !== 'none' && !isPlainPaymentOnly(access) && contracts[contract]?.token !== undefined;
}

function listSentence(state: KeyState): string {
	const open = 'Everything that is not named here is allowed';
	const taken = 'it may take every token and collectible of the account that has no limit here';
	switch (state.listType) {
		case 'allowAll':
			return `${open} (allow all): ${taken}.`;
		case 'denylist':
			return `${open} (denylist): ${taken}.`;
		case 'allowlist': {
			const access = Object.values(state.contracts).map((stored) => accessOf(state, stored));
			if (mayHideEntries(state)) return 'This provider cannot tell what else is on its allowlist.';
			return access.some(({ functions }) => functions !== 'none')
				? 'Nothing else is allowed (allowlist).'
				: 'Nothing is allowed yet (allowlist).';
		}
	}
}

const TO: Readonly<Record<ListType, string>> = {
	allowlist: 'only to what is on its list',
	denylist: 'to anyone its list does not forbid',
	allowAll: 'to anyone',
};

function nativeSentence({ native, listType }: KeyState, labels: Labels, now: number): string {
	const { nativeSymbol } = labels;
	if (native?.limit === 0n && native.used === 0n) return `It may not pay any ${nativeSymbol}, the chain's own money.`;
	const limit = limitWords(native, now, (wei) => showNative(labels, wei));
	return `It may pay ${native ? `up to ${limit}` : `all ${nativeSymbol} of the account`}, ${TO[listType]}.`;
}

function gasSentences({ gas, requiredPaymaster }: KeyState, labels: Labels, now: number): string[] {
	if (!gas && !requiredPaymaster) {
		return [
			`It may burn all ${labels.nativeSymbol} of the account as gas: it has neither a gas limit nor a required paymaster.`,
		];
	}
	const limit = gas && limitWords(gas, now, gasFigures(labels, gas, 'up'));
	return [
		...(gas ? [`For gas it may use up to ${limit}.`, ONE_AFTER_ANOTHER] : []),
		...(requiredPaymaster
			? [`The paymaster ${requiredPaymaster} pays its gas: without this paymaster it can do nothing.`]
			: []),
	];
}

function timeSentences({ validAfter, validUntil }: KeyState): string[] {
	return [
		...(validAfter > 0 ? [`It may act from ${showTime(validAfter)} on.`] : []),
		validUntil > 0 ? `It expires on ${showTime(validUntil)}.` : 'It is valid until an owner removes it.',
	];
}
