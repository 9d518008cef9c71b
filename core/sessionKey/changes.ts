import type { Address, Hex } from 'viem';
import { accessOf, type Access } from './access';
import { functionName, type FunctionNames } from './functions';
import { limitAt, type KeyState, type ListType, type SpendLimit } from './keyState';
import { listOf, nameOf, showDuration, showNative, showTime, showToken, type Vocabulary } from './words';

const LIST_TYPES: Record<ListType, string> = {
	allowlist: 'allowlist (only what is on the list)',
	denylist: 'denylist (everything but what is on the list)',
	allowAll: 'no list (everything)',
};

/** What a key may do with a contract, in words: `only transfer(address,uint256)`. */
export function accessWords(access: Access, functions?: FunctionNames): string {
	const names = (selectors: readonly Hex[]) =>
		listOf(selectors.map((selector) => functionName(selector, functions) ?? `the function ${selector}`));
	switch (access.functions) {
		case 'none':
			return 'nothing';
		case 'only':
			return `only ${names(access.selectors)}`;
		case 'all':
			return access.counted ? 'only transfer and approve, within its limit' : 'every function';
		case 'allBut':
			return `every function but ${names(access.selectors)}${access.counted ? ', of transfer and approve within its limit' : ''}`;
	}
}

/** A limit in words: `100 USDC every 7 days, 20 USDC of it used`. */
export function limitWords(limit: SpendLimit | undefined, now: number, show: (amount: bigint) => string): string {
	if (!limit) return 'no limit';
	const every = limit.refreshInterval > 0 ? ` every ${showDuration(limit.refreshInterval)}` : ' in all';
	const { used } = limitAt(limit, now);
	return `${show(limit.limit)}${every}${used > 0n ? `, ${show(used)} of it used` : ''}`;
}

function timeRangeWords({ validAfter, validUntil }: KeyState): string {
	if (!validAfter && !validUntil) return 'always';
	const from = validAfter ? `from ${showTime(validAfter)}` : '';
	const until = validUntil ? `until ${showTime(validUntil)}` : '';
	return [from, until].filter(Boolean).join(' ');
}

/** What changes in a key's state, a sentence each: `Limit on USDC: 100 USDC in all → 200 USDC every 7 days.` */
export function changeSentences(before: KeyState, after: KeyState, words: Vocabulary, now: number): string[] {
	const native = (wei: bigint) => showNative(words, wei);
	const contracts = [...new Set([...Object.keys(before.contracts), ...Object.keys(after.contracts)])] as Address[];
	const rows: [string, string, string][] = [
		['List', LIST_TYPES[before.listType], LIST_TYPES[after.listType]],
		...contracts.map((contract): [string, string, string] => [
			`May call on ${nameOf(words, contract)}`,
			accessWords(accessOf(before, before.contracts[contract]), words.functions),
			accessWords(accessOf(after, after.contracts[contract]), words.functions),
		]),
		...contracts.map((contract): [string, string, string] => [
			`Limit on ${nameOf(words, contract)}`,
			...(both(before, after, (state) =>
				limitWords(state.contracts[contract]?.tokenLimit, now, (amount) => showToken(words, contract, amount)),
			) as [string, string]),
		]),
		[`Limit on ${words.nativeSymbol}`, limitWords(before.native, now, native), limitWords(after.native, now, native)],
		['Gas limit', limitWords(before.gas, now, native), limitWords(after.gas, now, native)],
		['Valid', timeRangeWords(before), timeRangeWords(after)],
		['Required paymaster', before.requiredPaymaster ?? 'none', after.requiredPaymaster ?? 'none'],
	];
	return [
		...rows.filter(([, old, fresh]) => old !== fresh).map(([what, old, fresh]) => `${what}: ${old} → ${fresh}.`),
		...clockSentences(before, after, words),
		...(before.gasShouldReset && !after.gasShouldReset ? ['The gas limit is no longer stuck.'] : []),
		...laneSentence(before, after),
	];
}

function both<T>(before: KeyState, after: KeyState, of: (state: KeyState) => T): [T, T] {
	return [of(before), of(after)];
}

/** Setting a limit that refreshes starts its window anew, also when all its numbers stay. */
function clockSentences(before: KeyState, after: KeyState, words: Vocabulary): string[] {
	const limits: [string, SpendLimit | undefined, SpendLimit | undefined][] = [
		[words.nativeSymbol, before.native, after.native],
		['gas', before.gas, after.gas],
		...(Object.keys(after.contracts) as Address[]).map(
			(contract): [string, SpendLimit | undefined, SpendLimit | undefined] => [
				nameOf(words, contract),
				before.contracts[contract]?.tokenLimit,
				after.contracts[contract]?.tokenLimit,
			],
		),
	];
	return limits
		.filter(([, old, fresh]) => fresh && fresh.refreshInterval > 0 && fresh !== old && fresh.lastUsed !== old?.lastUsed)
		.map(([name, old]) => `The window of the limit on ${name} starts ${old ? 'anew ' : ''}with this change.`);
}

function laneSentence({ gas: before }: KeyState, { gas: after }: KeyState): string[] {
	if (!before === !after) return [];
	return [
		after
			? 'With a gas limit the chain takes the operations of this key one after another, no longer side by side.'
			: 'Without a gas limit the chain takes several operations of this key side by side.',
	];
}
