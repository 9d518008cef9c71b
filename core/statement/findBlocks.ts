import type { Hex } from 'viem';
import { blockTimes } from '../rpc/blockTimes';
import { HistoryUnavailableError } from '../rpc/logs';
import { blockParam, read, rpcRead, type BlockTag } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';

/** A block, and how to tell whether it is still the same one. */
export interface BlockHead {
	number: bigint;
	/** Unix seconds. */
	time: number;
	hash: Hex;
}

/** One block's height, time and hash; undefined where the node doesn't have it. */
export function blockHeadRead(block: BlockTag) {
	type Answer = { number: Hex; timestamp: Hex; hash: Hex } | null;
	return rpcRead('eth_getBlockByNumber', [blockParam(block), false], (answer: Answer): BlockHead | undefined =>
		answer ? { number: BigInt(answer.number), time: Number(answer.timestamp), hash: answer.hash } : undefined,
	);
}

/**
 * The last block that was made before a moment; the chain's first one where none was. A few heights at once, around where
 * the chain's pace puts it: some batches of eight, however long the chain is.
 *
 * @param moment unix seconds
 * @throws {HistoryUnavailableError} when the endpoint doesn't show blocks that old; {EndpointError}
 */
export async function lastBlockBefore(rpc: Rpc, moment: number, latest: BlockHead): Promise<BlockHead> {
	const number = latest.time < moment ? latest.number : await heightBefore(rpc, moment, latest);
	const [head] = await read(rpc, [blockHeadRead(number)]);
	return head ?? unavailable(number);
}

interface Point {
	number: bigint;
	time: number;
}

async function heightBefore(rpc: Rpc, moment: number, latest: Point): Promise<bigint> {
	let low = await pointAt(rpc, 0n);
	let high: Point = latest;
	while (low.time < moment && high.number - low.number > 1n) {
		const heights = guesses(low, high, moment);
		const times = await blockTimes(rpc, heights);
		for (const number of heights) {
			const time = times.get(number) ?? unavailable(number);
			if (time < moment) low = number > low.number ? { number, time } : low;
			else high = number < high.number ? { number, time } : high;
		}
	}
	return low.number;
}

async function pointAt(rpc: Rpc, number: bigint): Promise<Point> {
	return { number, time: (await blockTimes(rpc, [number])).get(number) ?? unavailable(number) };
}

/** Heights between two: around where an even pace puts the moment, closer and wider, and the middle in any case. */
function guesses(low: Point, high: Point, moment: number): bigint[] {
	const width = high.number - low.number;
	const share = (moment - low.time) / Math.max(1, high.time - low.time);
	const likely = low.number + BigInt(Math.round(Number(width) * share));
	const root = BigInt(Math.ceil(Math.sqrt(Number(width))));
	const around = [0n, -2n, 2n, -root, root, -8n * root, 8n * root].map((distance) => likely + distance);
	const inside = [...around, low.number + width / 2n].filter((one) => one > low.number && one < high.number);
	return [...new Set(inside)];
}

function unavailable(number: bigint): never {
	throw new HistoryUnavailableError(`The endpoint doesn't show block ${number}`);
}
