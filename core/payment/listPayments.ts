import { claimedOperations } from '../history/claims';
import { withTimes, type TimedOperation } from '../history/operationTimes';
import { allKnown, readOperations, type Chain, type PastOperation } from '../history/pastOperations';
import { claimHeadRead, isRegistryDeployedRead, NO_REGISTRY, orNoRegistry } from '../registry/referenceRegistry';
import { HistoryUnavailableError } from '../rpc/logs';
import { read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { blockTimes } from '../rpc/blockTimes';
import { latestBlock, type Block } from '../userOperation/fees';

export interface ListOptions {
	/** The most to list; left out: all. */
	limit?: number;
	/** Unix seconds: nothing before it. */
	since?: number;
	/** Nothing is looked for further where not everything can be listed: then nothing is. */
	allOrNothing?: boolean;
}

/** Payments of an account's session keys, newest first. */
export interface ListedPayments {
	operations: TimedOperation[];
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
	chain: Chain,
	{ limit = Infinity, since = 0, allOrNothing = false }: ListOptions = {},
): Promise<ListedPayments> {
	const { rpc, account } = chain;
	const { block, registryDeployed, head } = await read(rpc, {
		block: latestBlock(),
		registryDeployed: isRegistryDeployedRead(),
		head: orNoRegistry(claimHeadRead(account)),
	});
	const from = since === 0 ? 0n : await blockBefore(rpc, since, block);
	const logged = await fromLogs(chain, from, block.number);
	if (!logged && allOrNothing) return { operations: [], hasUnreferenced: false };
	const hasClaims = registryDeployed && head !== NO_REGISTRY && head.count > 0;
	const claimed = hasClaims ? await claimedOperations(chain, head, { until: from, most: limit }) : [];
	const found = new Map([...(logged ?? []), ...claimed].map((one) => [one.userOperationHash, one]));
	const newestFirst = [...found.values()].sort((a, b) => Number(b.blockNumber - a.blockNumber)).slice(0, limit);
	const timed = await withTimes(chain, newestFirst);
	const isSince = ({ time }: TimedOperation) => time === undefined || time >= since;
	return { operations: timed.filter(isSince), hasUnreferenced: logged !== undefined };
}

/** Beside the claims, logs are worth so many requests. */
const MOST_LOG_REQUESTS = 10;

/** All operations of session keys in the logs; undefined where the endpoint gives too little of them. */
async function fromLogs(chain: Chain, from: bigint, to: bigint): Promise<PastOperation[] | undefined> {
	try {
		const operations = await readOperations(chain, from, to, { mostRequests: MOST_LOG_REQUESTS });
		return allKnown(operations).filter(({ key }) => key !== undefined);
	} catch (error) {
		if (error instanceof HistoryUnavailableError) return undefined;
		throw error;
	}
}

/** As many blocks as show a chain's pace. */
const PACE = 1_000n;

/**
 * A block before a moment, and not long before: chains make blocks at a steady pace, so the second guess is mostly near.
 *
 * @param since unix seconds
 */
async function blockBefore(rpc: Rpc, since: number, latest: Block): Promise<bigint> {
	let blocks = latest.number < PACE ? latest.number : PACE;
	for (;;) {
		const height = latest.number - blocks;
		if (height <= 0n) return 0n;
		const time = (await blockTimes(rpc, [height])).get(height);
		if (time === undefined || time < since) return height;
		const [seconds, wanted] = [Math.max(1, latest.timestamp - time), latest.timestamp - since];
		const atThisPace = BigInt(Math.ceil((Number(blocks) * wanted * 1.02) / seconds));
		blocks = atThisPace > blocks * 2n ? atThisPace : blocks * 2n;
	}
}
