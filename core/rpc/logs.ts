import { numberToHex, type Address, type Hex } from 'viem';
import { RpcError } from './errors';
import type { Rpc } from './rpc';

/** A log as JSON-RPC gives it. */
export interface RpcLog {
	address: Address;
	topics: [Hex, ...Hex[]];
	data: Hex;
	blockNumber: Hex;
	blockHash: Hex;
	transactionHash: Hex;
	logIndex: Hex;
	removed?: boolean;
}

/** Which logs. Topics as in eth_getLogs: null is any, a list is any of these. */
export interface LogFilter {
	address: Address;
	topics: readonly (Hex | readonly Hex[] | null)[];
}

/** The endpoint gives too little history to answer a question that must be answered before paying. */
export class HistoryUnavailableError extends Error {
	override readonly name = 'HistoryUnavailableError';
}

/** Blocks so old that no reorganisation reaches them. */
export const SETTLED_DEPTH = 128n;

/** So many requests may one look through history take; beyond that the endpoint is not fit for it. */
const MOST_REQUESTS = 400;

/**
 * eth_getLogs over a range of blocks, both ends inside. The whole range is asked for at once; where the provider limits
 * the range or the size of an answer, halves of it are.
 *
 * @throws {HistoryUnavailableError} when the provider's limit would take more than `mostRequests`
 * @throws {EndpointError}
 */
export async function getLogs(
	rpc: Rpc,
	filter: LogFilter,
	fromBlock: bigint,
	toBlock: bigint,
	mostRequests = MOST_REQUESTS,
): Promise<RpcLog[]> {
	const open: [bigint, bigint][] = [[fromBlock, toBlock]];
	const logs: RpcLog[] = [];
	let smallest = toBlock - fromBlock + 1n;
	for (let requests = 0; open.length > 0; requests++) {
		const [from, to] = open.shift() as [bigint, bigint];
		if (to - from + 1n > smallest) {
			open.unshift(...halves(from, to));
			requests--;
			continue;
		}
		if (requests >= mostRequests || (to - from + 1n) * BigInt(mostRequests) < toBlock - fromBlock) {
			throw new HistoryUnavailableError(`The endpoint gives logs of only about ${smallest} blocks at a time`);
		}
		try {
			const range = { ...filter, fromBlock: numberToHex(from), toBlock: numberToHex(to) };
			logs.push(...((await rpc.request<RpcLog[] | null>('eth_getLogs', [range])) ?? []));
		} catch (error) {
			if (!(error instanceof RpcError)) throw error;
			if (from === to) throw new HistoryUnavailableError(`The endpoint gives no logs: ${error.message}`);
			open.unshift(...halves(from, to));
			smallest = (to - from + 2n) / 2n;
		}
	}
	return logs.filter((log) => !log.removed);
}

function halves(from: bigint, to: bigint): [bigint, bigint][] {
	const middle = from + (to - from) / 2n;
	return [
		[from, middle],
		[middle + 1n, to],
	];
}

/** How many heights are asked at once while narrowing down. */
const HEIGHTS_AT_ONCE = 16;

/**
 * The first block in a range at which something that never turns back is true: sixteen heights in each batch. The first
 * batch asks closer and closer to the newest block, because what is looked for is mostly young: in a range of thirty
 * million blocks, what happened 1,000 blocks ago takes four batches, and anything at most seven.
 *
 * @param isTrueAt asks one batch of heights; it must be true at `to` and never become false again
 * @returns the height; `from` when it was true from the beginning
 */
export async function firstBlockWhere(
	isTrueAt: (heights: readonly bigint[]) => Promise<readonly boolean[]>,
	from: bigint,
	to: bigint,
): Promise<bigint> {
	let low = from - 1n; // not true here, as far as this range is concerned
	let high = to;
	for (let heights = recentHeights(low, high); heights.length > 0; heights = evenHeights(low, high)) {
		const answers = await isTrueAt(heights);
		const first = answers.indexOf(true);
		if (first >= 0) high = heights[first] as bigint;
		const before = first < 0 ? heights.length - 1 : first - 1;
		if (before >= 0) low = heights[before] as bigint;
	}
	return high;
}

/** Heights between two, ascending: 1, 3, 9, 27... blocks below the upper one. */
function recentHeights(low: bigint, high: bigint): bigint[] {
	return Array.from({ length: HEIGHTS_AT_ONCE }, (_, i) => high - 3n ** BigInt(i))
		.filter((height) => height > low)
		.reverse();
}

/** Heights between two, ascending, that part what lies between them evenly. */
function evenHeights(low: bigint, high: bigint): bigint[] {
	const between = high - low - 1n;
	const count = between < HEIGHTS_AT_ONCE ? Number(between) : HEIGHTS_AT_ONCE;
	return Array.from({ length: count }, (_, i) => low + ((high - low) * BigInt(i + 1)) / BigInt(count + 1));
}
