import { decodeEventLog, encodeEventTopics, getAddress, pad, type Hex } from 'viem';
import { REFERENCE_REGISTRY, referenceRegistryAbi } from '../../contracts/referenceRegistry';
import { ENTRY_POINT } from '../contracts';
import type { ClaimHead, ClaimRecord } from '../registry/referenceRegistry';
import { getLogs, HistoryUnavailableError, type RpcLog } from '../rpc/logs';
import {
	operationsIn,
	REVERT_REASON_EVENT,
	USER_OPERATION_EVENT,
	type IncludedOperation,
} from '../userOperation/outcome';
import { allKnown, withCalls, type Chain, type PastOperation } from './pastOperations';

const [CLAIMED_EVENT] = encodeEventTopics({ abi: referenceRegistryAbi, eventName: 'Claimed' }) as [Hex];

/** A claim as its event tells it. */
interface Claim {
	hash: Hex;
	index: number;
	previousBlock: bigint;
	transactionHash: Hex;
}

/** The claims of an account in one block, and its operations in their transactions. */
interface ClaimBlock {
	claims: readonly Claim[];
	operations: readonly IncludedOperation[];
}

/** A node behind a load balancer may be some blocks behind the one that told of the claim: so often it is asked again. */
const TRIES = 6;
const PAUSE_MS = 500;

/**
 * The operation that claimed a reference, with what it did and moved, from the logs of one block and its transactions. It
 * has no `calls` where the transaction can't be read (anybody may include an operation so), and its logs name the claim.
 *
 * @returns undefined when the claim is no payment under this reference alone: an owner can claim, and so can a plain
 * transaction, and a session key can claim without paying, or several references for one payment
 * @throws {HistoryUnavailableError} when the endpoint doesn't show the block, or what was done in it; {EndpointError}
 */
export async function readClaimedOperation(
	chain: Chain,
	hash: Hex,
	{ blockNumber }: Pick<ClaimRecord, 'blockNumber'>,
): Promise<PastOperation | undefined> {
	for (let attempt = 1; attempt <= TRIES; attempt++) {
		const { claims, operations } = await readClaimBlock(chain, blockNumber);
		const claim = claims.find((one) => one.hash === hash);
		if (claim) return claimedBy(claim, await withCalls(chain, operations));
		if (attempt < TRIES) await chain.rpc.sleep(PAUSE_MS);
	}
	throw new HistoryUnavailableError('The endpoint says that a reference was claimed, but gives no log of it');
}

/** Decided by what an operation called, since its calldata is proven by its hash; where that can't be read, by its logs. */
function claimedBy(claim: Claim, operations: readonly PastOperation[]): PastOperation | undefined {
	const succeeded = operations.filter((one) => one.success && one.transactionHash === claim.transactionHash);
	const claims = (one: PastOperation) => one.claims ?? (one.callData ? [] : claimsIn(one));
	const found = succeeded.find((one) => claims(one).includes(claim.hash));
	if (!found) return void allKnown(succeeded);
	return claims(found).length === 1 && found.calls?.length !== 0 ? found : undefined;
}

function claimsIn({ logs = [] }: PastOperation): Hex[] {
	return logs.flatMap(toClaim).map(({ hash }) => hash);
}

/** An operation that paid under references, newest first. */
export interface ClaimedOperation extends PastOperation {
	/** All references that were claimed in it: usually one. */
	claims: readonly Hex[];
}

/** Blocks of which the transactions are read together. */
const BLOCKS_AT_ONCE = 25;

/**
 * Walks back over all that an account has claimed, newest first, one block at a time: each claim names the block of the
 * one before it, so every provider can answer, however little of its past it shows at once.
 *
 * @param until the walk ends before blocks that are older than this height
 * @param most the walk ends after about so many claims
 * @throws {HistoryUnavailableError} when a claim is missing: the numbers of claims have no gap; {EndpointError}
 */
export async function claimedOperations(
	chain: Chain,
	head: ClaimHead,
	{ until = 0n, most = Infinity }: { until?: bigint; most?: number } = {},
): Promise<ClaimedOperation[]> {
	const included = await claimBlocks(chain, head, until, most);
	const found: ClaimedOperation[] = [];
	for (let start = 0; start < included.length; start += BLOCKS_AT_ONCE) {
		const operations = included.slice(start, start + BLOCKS_AT_ONCE).flat();
		for (const operation of allKnown(await withCalls(chain, operations))) {
			if (operation.success && operation.claims?.length) found.push({ ...operation, claims: operation.claims });
		}
	}
	return found;
}

/** The account's operations in each block with a claim, newest first. */
async function claimBlocks(
	chain: Chain,
	head: ClaimHead,
	until: bigint,
	most: number,
): Promise<(readonly IncludedOperation[])[]> {
	const found: (readonly IncludedOperation[])[] = [];
	let expected = head.count;
	let blockNumber = head.blockNumber;
	while (expected > 0 && blockNumber >= until && head.count - expected < most) {
		const { claims, operations } = await readClaimBlock(chain, blockNumber);
		const newestFirst = [...claims].sort((a, b) => b.index - a.index);
		for (const { index } of newestFirst) if (index !== expected--) throw gap(blockNumber);
		const [oldest] = newestFirst.slice(-1);
		// Nor may the walk ever turn back: whatever an endpoint says, it ends.
		if (!oldest || oldest.previousBlock >= blockNumber) throw gap(blockNumber);
		found.push(operations.toReversed());
		blockNumber = oldest.previousBlock;
	}
	return found;
}

function gap(blockNumber: bigint): HistoryUnavailableError {
	return new HistoryUnavailableError(`The endpoint doesn't give every claim of block ${blockNumber}`);
}

/** Both addresses have the account in the same place: one request fetches the block's claims and operations. */
async function readClaimBlock(chain: Chain, block: bigint): Promise<ClaimBlock> {
	const topics = [[CLAIMED_EVENT, USER_OPERATION_EVENT, REVERT_REASON_EVENT] as Hex[], null, pad(chain.account)];
	const logs = await getLogs(chain.rpc, { address: [REFERENCE_REGISTRY, ENTRY_POINT], topics }, block, block);
	const claims = logs.flatMap(toClaim);
	const inSome = new Set(claims.map(({ transactionHash }) => transactionHash));
	const operations = operationsIn(logs).filter(({ transactionHash }) => inSome.has(transactionHash));
	return { claims, operations };
}

function toClaim(log: RpcLog): Claim[] {
	if (getAddress(log.address) !== REFERENCE_REGISTRY || log.topics[0] !== CLAIMED_EVENT) return [];
	const { args } = decodeEventLog({ abi: referenceRegistryAbi, eventName: 'Claimed', ...log });
	const { paymentReference, index, previousBlock } = args;
	return [{ hash: paymentReference, index: Number(index), previousBlock, transactionHash: log.transactionHash }];
}
