import { numberToHex, type Hex } from 'viem';
import { firstBlockWhere, getLogs } from '../rpc/logs';
import { read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { operationsIn } from '../userOperation/outcome';
import { allKnown, operationFilter, withCalls, type PastOperation } from './operations';
import type { Payer } from './payment';

export interface ListOptions {
	/** The most to list; left out: all. */
	limit?: number;
	/** Unix seconds: nothing before it. */
	since?: number;
}

const OPERATIONS_AT_ONCE = 50;

/**
 * What this key did, newest first, from the chain alone: for reconciliation. Operations that were mined and failed are
 * among them.
 *
 * @throws {HistoryUnavailableError} when the endpoint gives too little history; {EndpointError}
 */
export async function listPayments(payer: Payer, options: ListOptions = {}): Promise<PastOperation[]> {
	const { rpc, account, key } = payer;
	const latest = BigInt(await rpc.request<Hex>('eth_blockNumber'));
	const from = options.since === undefined ? 0n : await firstBlockSince(rpc, options.since, latest);
	const operations = operationsIn(await getLogs(rpc, operationFilter(account), from, latest)).reverse();
	const limit = options.limit ?? operations.length;
	const found: PastOperation[] = [];
	for (let at = 0; at < operations.length && found.length < limit; at += OPERATIONS_AT_ONCE) {
		const some = allKnown(await withCalls(payer, operations.slice(at, at + OPERATIONS_AT_ONCE)));
		found.push(...some.filter((operation) => operation.key === key));
	}
	return found.slice(0, limit);
}

/** The first block at or after a moment; the newest one when there is none yet. */
async function firstBlockSince(rpc: Rpc, since: number, latest: bigint): Promise<bigint> {
	return firstBlockWhere(
		(heights) =>
			read(
				rpc,
				heights.map((height) => isSince(height, since)),
			),
		0n,
		latest,
	);
}

function isSince(height: bigint, since: number) {
	return rpcRead(
		'eth_getBlockByNumber',
		[numberToHex(height), false],
		({ timestamp }: { timestamp: Hex }) => Number(timestamp) >= since,
	);
}
