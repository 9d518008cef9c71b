import { keccak256, slice, stringToHex, type Address, type Hex } from 'viem';
import { countedTokenAmount } from '../calls';
import type { PastOperation } from '../history/pastOperations';
import type { KeyEvent } from '../plugin/keyEvents';
import type { KeyState, SpendLimit } from '../plugin/keyState';
import { nonceKeyOf } from '../userOperation/userOperation';
import { keysIn } from './events';
import type { Snapshot } from './snapshot';

/** What a poll saw, as far as the next one compares it: plain JSON. */
export interface Seen {
	block: number;
	/** Unix seconds. */
	time: number;
	/** The next number of nonce key 0: owners use it, and other software. */
	nonce: string;
	/** The watched keys. */
	keys: Record<Address, SeenKey>;
	/** What the account has, in base units, by token; native money with what it has at the EntryPoint. */
	funds: Record<string, string>;
}

interface SeenKey {
	/** Fingerprints of what an owner decides: of the key itself, and of what it may do with each token. */
	rules: Record<string, Hex>;
	/** The next number of the nonce key that is the key's own. */
	nonce: string;
	/** Of each budget what is used, in base units, and when its window opened (unix seconds). */
	used: Record<string, [used: string, opened: number]>;
}

/** What is kept of a snapshot. */
export function toSeen({ block, nonce, states, nonces, funds }: Snapshot): Seen {
	const keys = states.map((state) => [state.key, seenKey(state, nonces[state.key] ?? 0n)] as const);
	const amounts = Object.entries(funds).map(([asset, amount]) => [asset, String(amount)] as const);
	return {
		block: Number(block.number),
		time: block.timestamp,
		nonce: String(nonce),
		keys: Object.fromEntries(keys),
		funds: Object.fromEntries(amounts),
	};
}

function seenKey(state: KeyState, nonce: bigint): SeenKey {
	const { listType, validAfter, validUntil, requiredPaymaster, native, gas, contracts } = state;
	const common = [listType, validAfter, validUntil, requiredPaymaster, ruleOf(native), ruleOf(gas)];
	const ofContracts = Object.entries(contracts).map(([contract, { onList, checkSelectors, tokenLimit }]) => {
		return [contract, fingerprint([onList, checkSelectors, ruleOf(tokenLimit)])] as const;
	});
	const tokens = Object.entries(contracts).map(([token, { tokenLimit }]) => [token, tokenLimit] as const);
	const used = [['native', native] as const, ...tokens].flatMap(([asset, limit]) =>
		limit ? [[asset, [String(limit.used), limit.lastUsed]] as const] : [],
	);
	return {
		rules: { key: fingerprint(common), ...Object.fromEntries(ofContracts) },
		nonce: String(nonce),
		used: Object.fromEntries(used) as SeenKey['used'],
	};
}

function ruleOf(limit: SpendLimit | undefined) {
	return limit && [String(limit.limit), limit.refreshInterval];
}

function fingerprint(data: unknown): Hex {
	return slice(keccak256(stringToHex(JSON.stringify(data))), 0, 8);
}

/** What is known to have happened between two polls. */
export interface Known {
	operations: readonly PastOperation[];
	changes: readonly KeyEvent[];
}

/** Whether the account or a key did anything, or something was done to a key. Money that came in is neither. */
export function hasMoved(before: Seen, now: Seen): boolean {
	if (JSON.stringify([before.nonce, before.keys]) !== JSON.stringify([now.nonce, now.keys])) return true;
	return Object.entries(now.funds).some(([asset, left]) => isShort(before.funds[asset], left, asset, []));
}

/**
 * Whether payments must have been made beside those that are known: a nonce, a used amount or the account's money moved
 * further than they explain. Money that came in can hide one that was taken from no budget.
 */
export function hasOtherPayments(before: Seen, now: Seen, { operations, changes }: Known): boolean {
	if (isFurther(before.nonce, now.nonce, 0n, operations)) return true;
	const changed = new Set(changes.flatMap(keysIn));
	const keys = Object.entries(now.keys) as [Address, SeenKey][];
	return (
		keys.some(([key, { nonce, used }]) => {
			const then = before.keys[key];
			if (!then) return false;
			if (isFurther(then.nonce, nonce, BigInt(key), operations)) return true;
			if (changed.has(key)) return false; // an owner may have reset what was used
			const paid = operations.filter((one) => one.success && one.key && BigInt(one.key) === BigInt(key));
			return Object.entries(used).some(([asset, [amount, opened]]) => {
				const [amountThen, openedThen] = then.used[asset] ?? [];
				if (amountThen === undefined) return false;
				const counted = paid.reduce((sum, one) => sum + countedIn(one, asset), 0n);
				// In a window that opened since then, nothing but what is known may be used; some of that fell into the one before.
				const explained = opened === openedThen ? BigInt(amountThen) + counted : counted;
				return opened === openedThen ? BigInt(amount) > explained : BigInt(amount) !== explained;
			});
		}) || Object.entries(now.funds).some(([asset, left]) => isShort(before.funds[asset], left, asset, operations))
	);
}

function isFurther(then: string, now: string, nonceKey: bigint, operations: readonly PastOperation[]): boolean {
	const own = operations.filter(({ nonce }) => nonceKeyOf(nonce) === nonceKey);
	return BigInt(now) > BigInt(then) + BigInt(own.length);
}

function countedIn({ calls = [] }: PastOperation, asset: string): bigint {
	const counted = calls.map((call) => {
		if (asset === 'native') return call.value;
		return call.target.toLowerCase() === asset.toLowerCase() ? countedTokenAmount(call) : 0n;
	});
	return counted.reduce((sum, one) => sum + one, 0n);
}

function isShort(then: string | undefined, left: string, asset: string, operations: readonly PastOperation[]): boolean {
	if (then === undefined) return false;
	const spent = operations.map((one) => {
		const gas = asset === 'native' && !one.paymaster ? one.gasCost : 0n;
		return one.success ? gas + countedIn(one, asset) : gas;
	});
	return BigInt(left) < spent.reduce((rest, one) => rest - one, BigInt(then));
}

/**
 * Whether an owner may have changed a key in a way that is not known: the keys, or the rules of one, are others, or an
 * operation of an owner's nonce key is not known.
 */
export function hasOtherChanges(before: Seen, now: Seen, { operations, changes }: Known): boolean {
	if (isFurther(before.nonce, now.nonce, 0n, operations)) return true;
	const changed = new Set(changes.flatMap(keysIn));
	const keys = new Set(Object.keys(before.keys) as Address[]);
	for (const change of changes) {
		if (change.kind === 'added') keys.add(change.key);
		if (change.kind === 'removed') keys.delete(change.key);
		if (change.kind === 'rotated' && keys.delete(change.oldKey)) keys.add(change.newKey);
	}
	const isOther = Object.keys(now.keys).some((key) => !keys.has(key as Address));
	if (isOther || [...keys].some((key) => !now.keys[key])) return true;
	return (Object.entries(now.keys) as [Address, SeenKey][]).some(([key, { rules }]) => {
		const then = before.keys[key]?.rules ?? {};
		return !changed.has(key) && Object.entries(rules).some(([about, rule]) => then[about] && then[about] !== rule);
	});
}
