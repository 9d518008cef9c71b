import { NATIVE } from '../input/token';
import type { Asset } from './asset';
import type { Entry } from './entries';
import type { Balances } from './readBalances';

/** How a sum comes out. Amounts in base units. */
export interface AssetSum {
	asset: Asset;
	/** Missing where the endpoint can't tell it. */
	opening?: bigint;
	closing?: bigint;
	in: bigint;
	out: bigint;
	/** Paid for gas by the account; of native money only. */
	gas: bigint;
	/** Of `in` and `out`: what only the balances tell of. */
	unlistedIn: bigint;
	unlistedOut: bigint;
	/** What is left: opening + in - out - gas + left is closing. Missing where a balance is. */
	left?: bigint;
}

/**
 * Adds up a period: what each asset began with, what came and went, and what the balances tell besides. Nothing is rounded,
 * and nothing guessed where a balance isn't known.
 *
 * @param opening before the first block, `closing` after the last one; undefined where the endpoint doesn't have it
 */
export function closeSums(
	assets: readonly Asset[],
	entries: readonly Entry[],
	opening: Balances | undefined,
	closing: Balances | undefined,
	account: string,
): AssetSum[] {
	return assets.map((asset) => {
		const own = entries.filter((entry) => entry.asset === asset);
		const sum = {
			asset,
			opening: opening?.get(asset),
			closing: closing?.get(asset),
			in: total(own.map((entry) => entry.in)),
			out: total(own.map((entry) => entry.out)),
			unlistedIn: total(own.filter(({ kind }) => kind === 'otherIn').map((entry) => entry.in)),
			unlistedOut: total(own.filter(({ kind }) => kind === 'otherOut').map((entry) => entry.out)),
			gas: asset === NATIVE ? total(entries.map((entry) => gasOf(entry, account))) : 0n,
		};
		if (sum.opening === undefined || sum.closing === undefined) return sum;
		return { ...sum, left: sum.closing - (sum.opening + sum.in - sum.out - sum.gas) };
	});
}

/** What the account itself paid for an operation. */
export function gasOf({ gas = 0n, gasPaidBy }: Entry, account: string): bigint {
	return gasPaidBy === account ? gas : 0n;
}

/** The entries that the balances alone tell of: one for each sum that the others don't close. */
export function byDifference(sums: readonly AssetSum[]): Entry[] {
	return sums.flatMap(({ asset, left = 0n }): Entry[] => {
		if (left === 0n) return [];
		return left > 0n
			? [{ kind: 'otherIn', asset, in: left, out: 0n }]
			: [{ kind: 'otherOut', asset, in: 0n, out: -left }];
	});
}

/** Whether nothing happened to an asset that the account never had. */
export function isEmpty({ opening, closing, in: received, out, gas }: AssetSum): boolean {
	return [opening ?? 0n, closing ?? 0n, received, out, gas].every((one) => one === 0n);
}

function total(amounts: readonly bigint[]): bigint {
	return amounts.reduce((sum, one) => sum + one, 0n);
}
