import { numberToHex, pad, type Hex } from 'viem';
import { ENTRY_POINT } from '../contracts';
import { firstBlockWhere, getLogs } from '../rpc/logs';
import { read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { operationsIn, REVERT_REASON_EVENT, USER_OPERATION_EVENT } from '../userOperation/outcome';
import { withCalls, type PastOperation } from './operations';
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
export async function listPayments({ rpc, account, key }: Payer, options: ListOptions = {}): Promise<PastOperation[]> {
	const latest = BigInt(await rpc.request<Hex>('eth_blockNumber'));
	const from = options.since === undefined ? 0n : await firstBlockSince(rpc, options.since, latest);
	const topics = [[USER_OPERATION_EVENT, REVERT_REASON_EVENT] as Hex[], null, pad(account)];
	const operations = operationsIn(await getLogs(rpc, { address: ENTRY_POINT, topics }, from, latest)).reverse();
	const limit = options.limit ?? operations.length;
	const found: PastOperation[] = [];
	for (let at = 0; at < operations.length && found.length < limit; at += OPERATIONS_AT_ONCE) {
		const some = await withCalls(rpc, operations.slice(at, at + OPERATIONS_AT_ONCE));
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
