import { numberToHex, type Hex } from 'viem';
import { walkClaims } from '../history/claims';
import { allKnown, operationsOf, type PastOperation } from '../history/pastOperations';
import { claimHeadRead, isRegistryDeployedRead, NO_REGISTRY, orNoRegistry } from '../registry/referenceRegistry';
import { firstBlockWhere, HistoryUnavailableError } from '../rpc/logs';
import { read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { latestBlock } from '../userOperation/fees';
import type { Payer } from './payment';

export interface ListOptions {
	/** The most to list; left out: all. */
	limit?: number;
	/** Unix seconds: nothing before it. */
	since?: number;
}

/** Payments of an account's session keys, newest first. */
export interface ListedPayments {
	operations: PastOperation[];
	/**
	 * Whether payments without a reference, and operations that were mined and failed, are among them: for those the
	 * endpoint must give its logs over the whole range. Payments under a reference are complete in any case.
	 */
	hasUnreferenced: boolean;
}

/**
 * What the session keys of an account paid, newest first, from the chain alone: for reconciliation. Payments under a
 * reference are found by walking back from claim to claim, with any provider.
 *
 * @throws {HistoryUnavailableError} when the endpoint doesn't show every claim; {EndpointError}
 */
export async function listPayments(
	payer: Payer,
	{ limit = Infinity, since }: ListOptions = {},
): Promise<ListedPayments> {
	const { rpc, account } = payer;
	const { block, registryDeployed, head } = await read(rpc, {
		block: latestBlock(),
		registryDeployed: isRegistryDeployedRead(),
		head: orNoRegistry(claimHeadRead(account)),
	});
	const from = since === undefined ? 0n : await firstBlockSince(rpc, since, block.number);
	const found = new Map<Hex, PastOperation>();
	const logged = await fromLogs(payer, from, block.number);
	for (const operation of logged ?? []) found.set(operation.userOperationHash, operation);
	if (registryDeployed && head !== NO_REGISTRY && head.count > 0) {
		let walked = 0;
		for await (const operation of walkClaims(payer, head, from)) {
			found.set(operation.userOperationHash, operation);
			if (++walked >= limit) break;
		}
	}
	const newestFirst = [...found.values()].sort((a, b) => Number(b.blockNumber - a.blockNumber));
	return { operations: newestFirst.slice(0, limit), hasUnreferenced: logged !== undefined };
}

/** All operations of session keys in the logs; undefined where the endpoint gives too little of them. */
async function fromLogs(payer: Payer, from: bigint, to: bigint): Promise<PastOperation[] | undefined> {
	try {
		return allKnown(await operationsOf(payer, from, to)).filter(({ key }) => key !== undefined);
	} catch (error) {
		if (error instanceof HistoryUnavailableError) return undefined;
		throw error;
	}
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
