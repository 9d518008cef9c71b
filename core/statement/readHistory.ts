import type { Address } from 'viem';
import { claimedOperations, walkClaimBlocks } from '../history/claims';
import { withCalls, type Chain, type PastOperation } from '../history/pastOperations';
import type { Transfer } from '../history/transfers';
import { keyEventFilter, toKeyEvents, type KeyEvent } from '../plugin/keyEvents';
import { CHANGE_REGISTRY } from '../registry/changeRegistry';
import { logsOfBlocks } from '../rpc/blockLogs';
import type { Heads } from './readBalances';
import { readLogs } from './readLogs';

/** What happened to an account in a range of blocks, as far as it was found. */
export interface History {
	/** Oldest first. */
	operations: PastOperation[];
	transfers: Transfer[];
	changes: KeyEvent[];
	/** Whether the endpoint gave all logs of the range: then no operation and no transfer of these tokens is missing. */
	hasAllLogs: boolean;
}

/** Which blocks, both ends inside, and where the walks begin. */
export interface HistoryQuestion {
	tokens: readonly Address[];
	from: bigint;
	to: bigint;
	/** At the end of the range, or later. */
	heads: Heads;
	/** How many references were claimed in it; left out where that isn't known. */
	claims?: number;
	/** Is told how far it is. */
	tell(words: string): void;
}

/** Operations of which the transactions are read before it is told how far it is. */
const TOLD_EVERY = 100;

/**
 * Reads what happened to an account: from the logs where the endpoint gives them over the whole range; else by walking back
 * from payment to payment, and from change to change, which every endpoint can answer. Then payments without a reference,
 * failed ones, and what moved besides, are not among it.
 *
 * @throws {HistoryUnavailableError} when a claim is missing; {EndpointError}
 */
export async function readHistory(chain: Chain, question: HistoryQuestion): Promise<History> {
	const logged = await readLogs(chain, question.tokens, question.from, question.to);
	if (logged) {
		const operations = await withCallsTold(chain, logged.operations, question);
		const isWhole = question.claims === undefined || claimsOf(operations) >= question.claims;
		if (isWhole) return { ...logged, operations, hasAllLogs: true };
	}
	return walk(chain, question);
}

async function withCallsTold(
	chain: Chain,
	operations: Parameters<typeof withCalls>[1],
	{ tell }: HistoryQuestion,
): Promise<PastOperation[]> {
	const found: PastOperation[] = [];
	for (let start = 0; start < operations.length; start += TOLD_EVERY) {
		found.push(...(await withCalls(chain, operations.slice(start, start + TOLD_EVERY))));
		if (operations.length > TOLD_EVERY) tell(`${found.length} of ${operations.length} operations read`);
	}
	return found;
}

function claimsOf(operations: readonly PastOperation[]): number {
	return operations.reduce((sum, { success, claims = [] }) => sum + (success ? claims.length : 0), 0);
}

async function walk(chain: Chain, { from, to, heads, claims, tell }: HistoryQuestion): Promise<History> {
	const onClaims = (found: number) => {
		if (found % TOLD_EVERY === 0) tell(`${found}${claims === undefined ? '' : ` of ${claims}`} payments found`);
	};
	const paid = heads.claims ? await claimedOperations(chain, heads.claims, { until: from, onClaims }) : [];
	const found = [...paid];
	const blocks: bigint[] = [];
	if (heads.changes) {
		for await (const block of walkClaimBlocks(chain, heads.changes, from, CHANGE_REGISTRY)) {
			blocks.push(block.blockNumber);
			found.push(...(block.operations as typeof found));
		}
	}
	const isInside = ({ blockNumber }: { blockNumber: bigint }) => blockNumber >= from && blockNumber <= to;
	const logs = await logsOfBlocks(chain.rpc, keyEventFilter(chain.account), blocks);
	const changes = logs instanceof Error ? [] : toKeyEvents(logs).filter(isInside);
	return { operations: uniqueOperations(found).filter(isInside), transfers: [], changes, hasAllLogs: false };
}

/** Each operation once, oldest first. */
export function uniqueOperations<T extends PastOperation>(operations: readonly T[]): T[] {
	const unique = [...new Map(operations.map((one) => [one.userOperationHash, one])).values()];
	return unique.sort((a, b) => Number(a.blockNumber - b.blockNumber));
}
