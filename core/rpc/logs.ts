import { isAddress, numberToHex, type Address, type Hex } from 'viem';
import { EndpointError, isRangeRefusal, isTransient, RpcError } from './errors';
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
	address: Address | readonly Address[];
	topics: readonly (Hex | readonly Hex[] | null)[];
}

/** The endpoint gives too little history to answer a question that must be answered before paying. */
export class HistoryUnavailableError extends Error {
	override readonly name = 'HistoryUnavailableError';
}

/** So many requests may one look through history take; beyond that the endpoint is not fit for it. */
const MOST_REQUESTS = 400;

/** The most blocks at a time that an endpoint named in a refusal, by connection: asked in such parts from then on. */
const namedRanges = new WeakMap<Rpc, bigint>();

/**
 * eth_getLogs over a range of blocks, both ends inside. The whole range is asked for at once; where the provider limits
 * the range, parts of the size that it names are; where it names none, or limits the size of an answer, halves.
 *
 * @throws {HistoryUnavailableError} when the provider's limit would take more than `mostRequests`
 * @throws {RpcError} when there were too many requests, or another fault that passes; {EndpointError}
 */
export async function getLogs(
	rpc: Rpc,
	filter: LogFilter,
	fromBlock: bigint,
	toBlock: bigint,
	mostRequests = MOST_REQUESTS,
): Promise<RpcLog[]> {
	const isFar = (left: bigint, requests: number, most: bigint) => left > BigInt(mostRequests - requests) * most;
	const { logs, reached, most } = await readForwards(rpc, filter, fromBlock, toBlock, isFar);
	if (reached === toBlock) return logs;
	throw new HistoryUnavailableError(`The endpoint gives logs of only about ${most} blocks at a time`);
}

/** Logs from the beginning of a range on. */
export interface LogPart {
	logs: RpcLog[];
	/** The last block that was looked at; the one before the range when none was. */
	reached: bigint;
}

/**
 * As much of a range of blocks as so many requests give, from its beginning on.
 *
 * @throws {HistoryUnavailableError} when the endpoint gives no logs of its blocks; {RpcError}, {EndpointError}
 */
export async function getLogPart(
	rpc: Rpc,
	filter: LogFilter,
	fromBlock: bigint,
	toBlock: bigint,
	mostRequests: number,
): Promise<LogPart> {
	const isEnough = (_: bigint, requests: number) => requests >= mostRequests;
	const { logs, reached, most } = await readForwards(rpc, filter, fromBlock, toBlock, isEnough);
	// What it took after a refusal that named nothing is worth keeping too: the next part of the range is asked for soon.
	if (most < toBlock - fromBlock + 1n) namedRanges.set(rpc, most);
	return { logs, reached };
}

/** The most blocks at a time that the endpoint is known to give logs of; undefined while no refusal has named any. */
export function knownRange(rpc: Rpc): bigint | undefined {
	return namedRanges.get(rpc);
}

/** Has a new connection begin with the range that an earlier one to the same endpoint learnt. */
export function keepRange(rpc: Rpc, blocks: bigint): void {
	namedRanges.set(rpc, blocks);
}

/** @param isEnough ends the look when it is true of the blocks that are left, the requests made and the size of a part */
async function readForwards(
	rpc: Rpc,
	filter: LogFilter,
	fromBlock: bigint,
	toBlock: bigint,
	isEnough: (left: bigint, requests: number, most: bigint) => boolean,
): Promise<LogPart & { most: bigint }> {
	const logs: RpcLog[] = [];
	let most = smaller(namedRanges.get(rpc), toBlock - fromBlock + 1n);
	let from = fromBlock;
	for (let requests = 0; from <= toBlock; requests++) {
		if (isEnough(toBlock - from + 1n, requests, most)) break;
		const to = smaller(from + most - 1n, toBlock);
		try {
			const range = { ...filter, fromBlock: numberToHex(from), toBlock: numberToHex(to) };
			logs.push(...wholeLogs(await rpc.request('eth_getLogs', [range])));
			from = to + 1n;
		} catch (error) {
			most = smallerRange(rpc, error, to - from + 1n);
		}
	}
	return { logs, reached: from - 1n, most };
}

function smaller(one: bigint | undefined, other: bigint): bigint {
	return one !== undefined && one < other ? one : other;
}

/** How many blocks to ask for after a refusal of so many. */
function smallerRange(rpc: Rpc, error: unknown, refused: bigint): bigint {
	const isTooMuch = error instanceof RpcError ? !isTransient(error) : isTooLarge(error);
	if (!isTooMuch) throw error;
	if (refused === 1n) throw new HistoryUnavailableError(`The endpoint gives no logs: ${(error as Error).message}`);
	return learnRange(rpc, error, refused) ?? (refused + 1n) / 2n;
}

/** Keeps for a connection the range that a refusal names, if it names one. */
export function learnRange(rpc: Rpc, error: unknown, refused: bigint): bigint | undefined {
	const named = isRangeRefusal(error) ? rangeNamedIn((error as RpcError).message, refused) : undefined;
	if (named) namedRanges.set(rpc, named);
	return named;
}

function isTooLarge(error: unknown): boolean {
	return error instanceof EndpointError && (error.fault === 'tooLarge' || error.status === 413);
}

/** A number behind a word that limits, or before "block"; not one of results, bytes or seconds. */
const NAMED_RANGE =
	/(?:(?:up to|limit|max|maximum|exceeds?|than|within|only|at most)\b[^\d.]{0,30}|(?=\d[\d,]{0,12}k?[ -]block))(\d[\d,]{0,12})(k\b)?(?! ?(?:\d|results|logs|entries|events|[kmg]i?b\b|bytes|s\b|ms\b|seconds|addresses|topics))/gi;

/** The most blocks that a refusal names, as far as that is fewer than were asked for. */
function rangeNamedIn(words: string, refused: bigint): bigint | undefined {
	const named = [...words.replace(/limited/gi, 'limit').matchAll(NAMED_RANGE)]
		.map(([, digits = '', thousands]) => BigInt(digits.replace(/,/g, '')) * (thousands ? 1000n : 1n))
		.filter((blocks) => blocks > 0n && blocks < refused);
	return named.length > 0 ? named.reduce(smaller) : undefined;
}

/**
 * @returns the logs of an answer, without those that a reorganisation took out; null is an empty list
 * @throws {EndpointError} when it isn't a list of logs, each of them whole: one that is left out may be the payment
 */
export function wholeLogs(answer: unknown, method = 'eth_getLogs'): RpcLog[] {
	const logs = parseLogs(answer ?? []);
	if (answer !== null && answer !== undefined && (!Array.isArray(answer) || logs.length !== answer.length)) {
		throw new EndpointError('unintelligible', method);
	}
	return logs.filter(({ removed }) => !removed);
}

const BYTES = /^0x(?:[0-9a-f]{2})*$/i;
const BYTES_32 = /^0x[0-9a-f]{64}$/i;

/**
 * Reads logs from wherever they come, a bundler's receipt above all: as a list or as JSON text, block number and index as hex
 * or as numbers. What lacks a part that a log in a block has is left out, so whoever must not miss one asks the node.
 */
export function parseLogs(logs: unknown): RpcLog[] {
	const list = typeof logs === 'string' ? parseJson(logs) : logs;
	return Array.isArray(list) ? list.flatMap(parseLog) : [];
}

function parseLog(log: unknown): RpcLog[] {
	const given = ((typeof log === 'string' ? parseJson(log) : log) ?? {}) as Record<string, unknown>;
	const { address, topics, data = '0x', blockHash, transactionHash, removed } = given;
	const [blockNumber, logIndex] = [quantity(given.blockNumber), quantity(given.logIndex)];
	const isWhole =
		typeof address === 'string' &&
		isAddress(address, { strict: false }) &&
		Array.isArray(topics) &&
		topics.length > 0 &&
		[...(topics as unknown[]), blockHash, transactionHash].every(
			(one) => typeof one === 'string' && BYTES_32.test(one),
		) &&
		typeof data === 'string' &&
		BYTES.test(data) &&
		blockNumber !== undefined &&
		logIndex !== undefined;
	if (!isWhole) return [];
	const isRemoved = removed === true || removed === 'true';
	const parsed = { address, topics, data, blockNumber, blockHash, transactionHash, logIndex };
	return [{ ...parsed, ...(isRemoved && { removed: true }) } as RpcLog];
}

function quantity(value: unknown): Hex | undefined {
	if (typeof value === 'string') return /^0x[0-9a-f]{1,16}$/i.test(value) ? (value as Hex) : undefined;
	return Number.isSafeInteger(value) && (value as number) >= 0 ? numberToHex(value as number) : undefined;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** How many heights are asked at once while narrowing down. */
const HEIGHTS_AT_ONCE = 16;

/**
 * The first block in a range at which something that never turns back is true: sixteen heights in each batch. The first
 * batch asks closer and closer to the newest block, because what is looked for is mostly young: in a range of thirty
 * million blocks, what happened 1,000 blocks ago takes four batches, and anything at most seven.
 *
 * @param isTrueAt asks one batch of heights; it must be true at `to`. Where it became false in between, the newest time that
 * it was seen to become true is narrowed down
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
		const before = answers.lastIndexOf(false);
		if (before + 1 < heights.length) high = heights[before + 1] as bigint;
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
