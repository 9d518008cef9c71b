import { decodeEventLog, encodeEventTopics, getAddress, pad, type Address, type Hex } from 'viem';
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

/** The claims of an account in one block, and all its operations there, oldest first. */
interface ClaimBlock<O extends IncludedOperation = IncludedOperation> {
	blockNumber: bigint;
	claims: readonly Claim[];
	operations: readonly O[];
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
		if (claim) {
			const { transactionHash } = claim;
			const candidates = operations.filter((one) => one.success && one.transactionHash === transactionHash);
			return claimedBy(claim.hash, await withCalls(chain, candidates));
		}
		if (attempt < TRIES) await chain.rpc.sleep(PAUSE_MS);
	}
	throw new HistoryUnavailableError('The endpoint says that a reference was claimed, but gives no log of it');
}

/** Decided by what an operation called, since its calldata is proven by its hash; where that can't be read, by its logs. */
function claimedBy(hash: Hex, succeeded: readonly PastOperation[]): PastOperation | undefined {
	const claims = (one: PastOperation) => one.claims ?? (one.callData ? [] : claimsIn(one));
	const found = succeeded.find((one) => claims(one).includes(hash));
	if (!found) return void allKnown(succeeded);
	return claims(found).length === 1 && found.calls?.length !== 0 ? found : undefined;
}

function claimsIn({ logs = [] }: PastOperation): Hex[] {
	return logs.flatMap((log) => toClaim(log)).map(({ hash }) => hash);
}

/** An operation that paid under references, newest first. */
export interface ClaimedOperation extends PastOperation {
	/** All references that were claimed in it: usually one. */
	claims: readonly Hex[];
}

/** Blocks of which the transactions are read together. */
const BLOCKS_AT_ONCE = 25;

/**
 * All that an account has paid under references, newest first, by walking back from its newest claim. The transactions of
 * many blocks are read together.
 *
 * @param until the walk ends before blocks that are older than this height
 * @param most the walk ends after about so many claims
 * @param onClaims is told how many claims were found so far
 * @throws {HistoryUnavailableError} when a claim is missing; {EndpointError}
 */
export async function claimedOperations(
	chain: Chain,
	head: ClaimHead,
	{ until = 0n, most = Infinity, onClaims }: { until?: bigint; most?: number; onClaims?: (found: number) => void } = {},
): Promise<ClaimedOperation[]> {
	const claiming: IncludedOperation[][] = [];
	let seen = 0;
	for await (const { claims, operations } of walkClaims(chain, head, until)) {
		const inSome = new Set(claims.map(({ transactionHash }) => transactionHash));
		claiming.push(operations.filter(({ transactionHash }) => inSome.has(transactionHash)).toReversed());
		seen += claims.length;
		onClaims?.(seen);
		if (seen >= most) break;
	}
	const found: ClaimedOperation[] = [];
	for (let start = 0; start < claiming.length; start += BLOCKS_AT_ONCE) {
		const operations = await withCalls(chain, claiming.slice(start, start + BLOCKS_AT_ONCE).flat());
		for (const operation of allKnown(operations)) {
			if (operation.success && operation.claims?.length) found.push({ ...operation, claims: operation.claims });
		}
	}
	return found;
}

/**
 * The walk by blocks, newest first, with everything that the account did in each of them; of some operations that may not be
 * known.
 *
 * @param registry the one that the head is of
 * @throws {HistoryUnavailableError} when a claim is missing; {EndpointError}
 */
export async function* walkClaimBlocks(
	chain: Chain,
	head: ClaimHead,
	until: bigint,
	registry: Address = REFERENCE_REGISTRY,
): AsyncGenerator<ClaimBlock<PastOperation>> {
	for await (const block of walkClaims(chain, head, until, registry)) {
		yield { ...block, operations: await withCalls(chain, block.operations) };
	}
}

/**
 * Walks back over all that an account has claimed, one block at a time: each claim names the block of the one before it, so
 * every provider can answer, however little of its past it shows at once. The numbers of claims have no gap.
 */
async function* walkClaims(
	chain: Chain,
	head: ClaimHead,
	until: bigint,
	registry: Address = REFERENCE_REGISTRY,
): AsyncGenerator<ClaimBlock> {
	let expected = head.count;
	let blockNumber = head.blockNumber;
	while (expected > 0 && blockNumber >= until) {
		const block = await readClaimBlock(chain, blockNumber, registry);
		const newestFirst = [...block.claims].sort((a, b) => b.index - a.index);
		for (const { index } of newestFirst) if (index !== expected--) throw gap(blockNumber);
		const [oldest] = newestFirst.slice(-1);
		// Nor may the walk ever turn back: whatever an endpoint says, it ends.
		if (!oldest || oldest.previousBlock >= blockNumber) throw gap(blockNumber);
		yield block;
		blockNumber = oldest.previousBlock;
	}
}

function gap(blockNumber: bigint): HistoryUnavailableError {
	return new HistoryUnavailableError(`The endpoint doesn't give every claim of block ${blockNumber}`);
}

/** Both addresses have the account in the same place: one request fetches the block's claims and operations. */
async function readClaimBlock(
	chain: Chain,
	blockNumber: bigint,
	registry: Address = REFERENCE_REGISTRY,
): Promise<ClaimBlock> {
	const topics = [[CLAIMED_EVENT, USER_OPERATION_EVENT, REVERT_REASON_EVENT] as Hex[], null, pad(chain.account)];
	const logs = await getLogs(chain.rpc, { address: [registry, ENTRY_POINT], topics }, blockNumber, blockNumber);
	return { blockNumber, claims: logs.flatMap((log) => toClaim(log, registry)), operations: operationsIn(logs) };
}

function toClaim(log: RpcLog, registry: Address = REFERENCE_REGISTRY): Claim[] {
	if (getAddress(log.address) !== registry || log.topics[0] !== CLAIMED_EVENT) return [];
	const { args } = decodeEventLog({ abi: referenceRegistryAbi, eventName: 'Claimed', ...log });
	const { paymentReference, index, previousBlock } = args;
	return [{ hash: paymentReference, index: Number(index), previousBlock, transactionHash: log.transactionHash }];
}
