import type { KeyState, ListType, SpendLimit } from '../../plugin/keyState';
import { accessWords, limitWords, ONE_AFTER_ANOTHER } from './permissionSentences';
import { mayClaim, namedContracts } from '../../permissions/references';
import { nameOf, showDuration, showNative, showTime, showToken, type Labels } from '../../permissions/labels';

const LIST_TYPES: Record<ListType, string> = {
	allowlist: 'allowlist (only what is on it is allowed)',
	denylist: 'denylist (everything but what is on it is allowed)',
	allowAll: 'allow all (everything is allowed)',
};

function timeRangeWords({ validAfter, validUntil }: KeyState): string {
	if (!validAfter && !validUntil) return 'until an owner removes it';
	const from = validAfter ? `from ${showTime(validAfter)}` : '';
	const until = validUntil ? `until ${showTime(validUntil)}` : '';
	return [from, until].filter(Boolean).join(' ');
}

/** What changes in the state of a key that is there already, a sentence each. */
export function changeSentences(before: KeyState, after: KeyState, labels: Labels, now: number): string[] {
	return [
		...differenceSentences(before, after, labels, now),
		...clockSentences(before, after, labels),
		...(before.gasShouldReset && !after.gasShouldReset ? ['The gas limit is no longer stuck.'] : []),
		...nonceKeySentence(before, after),
	];
}

/**
 * In what two states of a key differ for a person, a sentence each:
 * `Limit on USDC: 100 USDC in all → 200 USDC every 7 days.`
 */
export function differenceSentences(before: KeyState, after: KeyState, labels: Labels, now: number): string[] {
	const contracts = [...new Set([...namedContracts(before), ...namedContracts(after)])];
	const native = (limit?: SpendLimit) => limitWords(limit, now, (wei) => showNative(labels, wei));
	const rows: [string, (state: KeyState) => string][] = [
		['List type', ({ listType }) => LIST_TYPES[listType]],
		...contracts.flatMap((contract): typeof rows => [
			[`Allowed on ${nameOf(labels, contract)}`, (state) => accessWords(state, contract, labels)],
			[
				`Limit on ${nameOf(labels, contract)}`,
				(state) =>
					limitWords(state.contracts[contract]?.tokenLimit, now, (amount) => showToken(labels, contract, amount)),
			],
		]),
		['Payment references', (state) => (mayClaim(state) ? 'allowed' : 'not allowed')],
		[`Limit on ${labels.nativeSymbol}`, (state) => native(state.native)],
		['Gas limit', (state) => native(state.gas)],
		['Valid', timeRangeWords],
		['Required paymaster', ({ requiredPaymaster }) => requiredPaymaster ?? 'none'],
	];
	return rows.flatMap(([what, told]) => {
		const [old, fresh] = [told(before), told(after)];
		return old === fresh ? [] : [`${what}: ${old} → ${fresh}.`];
	});
}

/** Setting a limit that refreshes starts its window anew, also when all its numbers stay. */
function clockSentences(before: KeyState, after: KeyState, labels: Labels): string[] {
	const limits: [string, SpendLimit | undefined, SpendLimit | undefined][] = [
		[labels.nativeSymbol, before.native, after.native],
		['gas', before.gas, after.gas],
		...namedContracts(after).map((contract): [string, SpendLimit | undefined, SpendLimit | undefined] => [
			nameOf(labels, contract),
			before.contracts[contract]?.tokenLimit,
			after.contracts[contract]?.tokenLimit,
		]),
	];
	return limits.flatMap(([name, old, fresh]) => {
		if (!fresh || fresh.refreshInterval === 0 || fresh === old || fresh.lastUsed === old?.lastUsed) return [];
		const days = showDuration(fresh.refreshInterval);
		return [`The ${days} of the limit on ${name} are counted${old ? ' again' : ''} from this change.`];
	});
}

function nonceKeySentence({ gas: before }: KeyState, { gas: after }: KeyState): string[] {
	if (!before === !after) return [];
	return [after ? ONE_AFTER_ANOTHER : "Without a gas limit the key's payments can run side by side."];
}
