import type { Address } from 'viem';
import { PACE_SECONDS, type Outflow } from '../payment/check/runway';
import type { KeyState, SpendLimit } from '../plugin/keyState';

/**
 * What went out of each budget, as the plugin's own counters showed it from poll to poll: plain JSON. It needs no history of
 * the provider's, and knows nothing from before the trigger was switched on: of what it knows the pace is never too high.
 */
export interface Meter {
	/** Unix seconds: of the last poll. */
	readAt: number;
	/** By `meterName`. */
	counters: Record<string, Counter>;
}

interface Counter {
	/** At the last poll, in base units; and when that window opened (unix seconds). */
	used: string;
	opened: number;
	/** Of the last 30 days: by the hour. */
	spent: [hour: number, amount: string][];
}

const HOUR = 3_600;
/** After a longer pause nobody knows when something was spent: it is not counted. */
const LONGEST_PAUSE = 24 * HOUR;

/** The meter after another poll. @param now unix seconds */
export function readMeter(before: Meter | undefined, states: readonly KeyState[], now: number): Meter {
	const isAfterPause = before !== undefined && now - before.readAt > LONGEST_PAUSE;
	const counters = states.flatMap((state) =>
		budgetsOf(state).map(({ of, asset, limit }) => {
			const name = meterName(state.key, of, asset);
			const counter = before?.counters[name];
			// Begun anew, with what was seen before the pause.
			const known = counter && isAfterPause ? { ...counter, ...present(limit) } : counter;
			return [name, readCounter(known, limit, now)] as const;
		}),
	);
	return { readAt: now, counters: Object.fromEntries(counters) };
}

function present({ used, lastUsed }: SpendLimit): Pick<Counter, 'used' | 'opened'> {
	return { used: String(used), opened: lastUsed };
}

function readCounter(before: Counter | undefined, { used, lastUsed }: SpendLimit, now: number): Counter {
	const last = BigInt(before?.used ?? used);
	const isSameWindow = !before || before.opened === lastUsed;
	// A reorganisation takes something back for a while; an owner's reset takes all.
	const isTakenBack = isSameWindow && used > 0n && used < last;
	const amount = isSameWindow ? used - last : used;
	const recent = (before?.spent ?? []).filter(([hour]) => hour > now - PACE_SECONDS);
	const spent = amount > 0n ? withAmount(recent, now - (now % HOUR), amount) : recent;
	return { used: String(isTakenBack ? last : used), opened: lastUsed, spent };
}

function withAmount(spent: Counter['spent'], hour: number, amount: bigint): Counter['spent'] {
	const [last, ...earlier] = [...spent].reverse();
	if (last?.[0] !== hour) return [...spent, [hour, String(amount)]];
	return [...earlier.reverse(), [hour, String(BigInt(last[1]) + amount)]];
}

/** What went out of a budget, as far as it was seen. */
export function outflowsIn(meter: Meter | undefined, name: string): Outflow[] {
	return (meter?.counters[name]?.spent ?? []).map(([time, amount]) => ({ time, amount: BigInt(amount) }));
}

export type BudgetKind = 'native' | 'token' | 'gas';

/** A budget among a meter's. */
export function meterName(key: Address, of: BudgetKind, asset: Address | 'native'): string {
	return `${key}:${of === 'gas' ? of : asset}`;
}

/** A limit, and what it is on. */
export interface AssetLimit {
	asset: Address | 'native';
	of: BudgetKind;
	limit: SpendLimit;
}

/** Every budget that holds something: a limit of 0 is a prohibition, no budget. */
export function budgetsOf({ native, gas, contracts }: KeyState): AssetLimit[] {
	const tokens = Object.entries(contracts) as [Address, KeyState['contracts'][Address]][];
	const all: [AssetLimit['asset'], BudgetKind, SpendLimit | undefined][] = [
		['native', 'native', native],
		...tokens.map(([asset, { tokenLimit }]): (typeof all)[number] => [asset, 'token', tokenLimit]),
		['native', 'gas', gas],
	];
	return all.flatMap(([asset, of, limit]) => (limit && limit.limit > 0n ? [{ asset, of, limit }] : []));
}
