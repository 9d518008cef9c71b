import { numberToHex } from 'viem';
import { EndpointError, isRangeRefusal, RpcError } from './errors';
import { knownRange, learnRange, wholeLogs, type LogFilter, type RpcLog } from './logs';
import { rpcRead, type Read } from './read';
import type { Rpc, RpcResult } from './rpc';

/** Why an endpoint gives no logs of a whole chain at once, by connection: asked once, then known. */
const refusals = new WeakMap<Rpc, Error>();

/**
 * eth_getLogs from the first block to one, in one request.
 * @returns the refusal of a provider that doesn't give so much; its words may name the range that it gives
 * @throws {EndpointError} when no valid answer came
 */
export async function allLogs(rpc: Rpc, filter: LogFilter, newest: bigint): Promise<RpcLog[] | Error> {
	const known = refusals.get(rpc);
	if (known) return known;
	try {
		return wholeLogs(await rpc.request('eth_getLogs', [rangeOf(filter, [0n, newest])]));
	} catch (error) {
		if (!isNoSuchRange(error)) throw error;
		learnRange(rpc, error, newest + 1n);
		refusals.set(rpc, error);
		return error;
	}
}

/** Gateways end searches that take them too long with HTTP 5xx, and some say that a range is too large with HTTP 413. */
function isNoSuchRange(error: unknown): error is Error {
	if (error instanceof RpcError) return true;
	return error instanceof EndpointError && (error.fault === 'unavailable' || error.fault === 'tooLarge');
}

/** All logs of a chain, to go into one batch with other reads: refused by many providers. */
export function allLogsRead(filter: LogFilter): Read<RpcLog[]> {
	return rpcRead('eth_getLogs', [{ ...filter, fromBlock: '0x0', toBlock: 'latest' }], (logs: unknown) =>
		wholeLogs(logs),
	);
}

type Range = readonly [from: bigint, to: bigint];

/**
 * The logs of these blocks, in one batch. Blocks near each other are asked for as one range, as far as the endpoint is known
 * to give it. What lies between them comes along.
 *
 * @returns the refusal of a provider that gives no logs of a single block either
 * @throws {EndpointError} when no valid answer came
 */
export async function logsOfBlocks(rpc: Rpc, filter: LogFilter, blocks: readonly bigint[]): Promise<RpcLog[] | Error> {
	const ranges = joined(blocks, knownRange(rpc) ?? 1n);
	const answers = await ask(rpc, filter, ranges);
	const refused = answers.findIndex(({ error }) => error);
	if (refused < 0) return logsIn(answers);
	const { error } = answers[refused] as RpcResult;
	if (!(error instanceof RpcError)) throw error;
	// The endpoint gives less than it said: block by block then.
	const isRange = ranges.some(([from, to]) => to > from);
	if (!isRange || !isRangeRefusal(error)) return error;
	const single = await ask(
		rpc,
		filter,
		blocks.map((block) => [block, block] as const),
	);
	return single.find((one) => one.error)?.error ?? logsIn(single);
}

function ask(rpc: Rpc, filter: LogFilter, ranges: readonly Range[]): Promise<RpcResult[]> {
	return rpc.batch(ranges.map((range) => ({ method: 'eth_getLogs', params: [rangeOf(filter, range)] })));
}

function rangeOf(filter: LogFilter, [from, to]: Range) {
	return { ...filter, fromBlock: numberToHex(from), toBlock: numberToHex(to) };
}

function logsIn(answers: readonly RpcResult[]): RpcLog[] {
	return answers.flatMap(({ result }) => wholeLogs(result));
}

/** Ranges of at most so many blocks that hold all of these. */
function joined(blocks: readonly bigint[], most: bigint): Range[] {
	const ranges: [bigint, bigint][] = [];
	for (const block of [...new Set(blocks)].sort((a, b) => Number(a - b))) {
		const last = ranges.at(-1);
		if (last && block - last[0] < most) last[1] = block;
		else ranges.push([block, block]);
	}
	return ranges;
}
