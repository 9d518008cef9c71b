import type { Address } from 'viem';
import type { Chain } from '../history/pastOperations';
import { NATIVE } from '../input/token';
import type { Asset } from './asset';
import { gasOf } from './close';
import type { Entry } from './entries';
import { readBalances, type Balances } from './readBalances';

/** A block in which something moved that is not accounted for, with the balances before and after it. */
export interface Movement {
	block: bigint;
	before: Balances;
	after: Balances;
}

/** A block height, the balances at its end, and how far they are from what the entries say. */
interface Sight {
	height: bigint;
	balances: Balances;
	unexplained: string;
}

/** Into so many parts a stretch is divided: a year of two-second blocks takes twelve steps. */
const PARTS = 4n;

/** Beyond so many movements the search costs more than it tells: what is left is told by difference. */
const MOST = 25;

/**
 * Finds the blocks in which an account's balances changed by what no entry tells of, by dividing the range where they
 * differ at its ends. What came and went again between two looks, to the last unit, is not found: it changes no sum.
 *
 * @param range heights with the balances at their ends
 * @param known entries that the chain tells of
 * @returns undefined where there are too many
 * @throws {EndpointError}, {RpcError} when a past state can't be read
 */
export async function findMovements(
	chain: Chain,
	tokens: readonly Address[],
	[opening, closing]: readonly [{ height: bigint; balances: Balances }, { height: bigint; balances: Balances }],
	known: readonly Entry[],
): Promise<Movement[] | undefined> {
	const assets: Asset[] = [NATIVE, ...tokens];
	const sight = (height: bigint, balances: Balances): Sight => {
		const entries = known.filter(({ blockNumber = 0n }) => blockNumber <= height);
		const left = assets.map((asset) => (balances.get(asset) ?? 0n) - expected(asset, entries, chain.account));
		return { height, balances, unexplained: left.join(' ') };
	};
	const found: Movement[] = [];
	let open: [Sight, Sight][] = [[sight(opening.height, opening.balances), sight(closing.height, closing.balances)]];
	for (;;) {
		open = open.filter(([low, high]) => low.unexplained !== high.unexplained);
		const isOne = ([low, high]: [Sight, Sight]) => high.height - low.height === 1n;
		for (const [low, high] of open.filter(isOne)) {
			found.push({ block: high.height, before: low.balances, after: high.balances });
		}
		open = open.filter((pair) => !isOne(pair));
		if (open.length + found.length > MOST) return undefined;
		if (open.length === 0) return found.sort((a, b) => Number(a.block - b.block));
		const parts = await Promise.all(
			open.map(async ([low, high]) => {
				const between = await Promise.all(
					heightsBetween(low.height, high.height).map(async (height) =>
						sight(height, await readBalances(chain, tokens, height)),
					),
				);
				const all = [low, ...between, high];
				return all.slice(1).map((one, index): [Sight, Sight] => [all[index] as Sight, one]);
			}),
		);
		open = parts.flat();
	}
}

function heightsBetween(low: bigint, high: bigint): bigint[] {
	const heights = Array.from({ length: Number(PARTS) - 1 }, (_, i) => low + ((high - low) * BigInt(i + 1)) / PARTS);
	return [...new Set(heights)].filter((height) => height > low && height < high);
}

function expected(asset: Asset, entries: readonly Entry[], account: string): bigint {
	return entries.reduce((sum, entry) => sum + changeBy(asset, entry, account), 0n);
}

/** By how much an entry changes what the account has of an asset. */
function changeBy(asset: Asset, entry: Entry, account: string): bigint {
	const moved = entry.asset === asset ? entry.in - entry.out : 0n;
	return asset === NATIVE ? moved - gasOf(entry, account) : moved;
}

/** What the balances tell of a block beside its entries. */
export function unexplainedIn(
	{ block, before, after }: Movement,
	assets: readonly Asset[],
	known: readonly Entry[],
	account: string,
): Entry[] {
	const own = known.filter(({ blockNumber }) => blockNumber === block);
	return assets.flatMap((asset): Entry[] => {
		const [had, has] = [before.get(asset), after.get(asset)];
		if (had === undefined || has === undefined) return [];
		const left = has - had - expected(asset, own, account);
		if (left === 0n) return [];
		return [
			left > 0n
				? { kind: 'otherIn', asset, in: left, out: 0n, blockNumber: block }
				: { kind: 'otherOut', asset, in: 0n, out: -left, blockNumber: block },
		];
	});
}
