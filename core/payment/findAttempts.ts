import { numberToHex, type Address, type Hex } from 'viem';
import { RpcError } from '../rpc/errors';
import { firstBlockWhere, HistoryUnavailableError, SETTLED_DEPTH, type RpcLog } from '../rpc/logs';
import { mapRead, orElse, read, rpcRead, type Read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { operationsIn, type IncludedOperation } from '../userOperation/outcome';
import { nonceKeyOf, nonceOf, sequenceOf, toNonce } from '../userOperation/userOperation';
import { forgetSeen } from './foresee';
import { forgetKeys } from './knownKeys';
import { forgetCallData, operationFilter, operationsOf, withCalls, type Chain, type PastOperation } from './operations';

/** A node behind a load balancer may be some blocks behind the one that told the nonce: so often it is asked again. */
const TRIES = 6;
const PAUSE_MS = 500;

/**
 * The operation that used one nonce, found from the chain alone. The lane's nonce at past heights leads to the block, and
 * the logs of that one block give the operation. Where the node knows no past state, the account's logs are searched.
 *
 * @param nonce of the operation that is looked for; it must be used already
 * @throws {HistoryUnavailableError} when the endpoint gives neither; {EndpointError}
 */
export async function findByNonce(chain: Chain, nonce: bigint, latest: bigint): Promise<PastOperation> {
	const { rpc, account } = chain;
	const isIt = (operation: { nonce: bigint }) => operation.nonce === nonce;
	for (let attempt = 1; attempt <= TRIES; attempt++) {
		// The nonce may have been used in a block that is newer than the one that was read with it.
		const newest = attempt === 1 ? latest : BigInt(await rpc.request<Hex>('eth_blockNumber'));
		const block = await blockOfNonce(rpc, account, nonce, newest);
		const [from, to] = block === undefined ? [0n, newest] : [block, block];
		const [found] = await operationsOf(chain, from, to, isIt);
		if (found) return found;
		await rpc.sleep(PAUSE_MS);
	}
	throw new HistoryUnavailableError('The endpoint says that a nonce was used, but gives no log of it');
}

/** The block in which a nonce was used; undefined when the node knows no past state. */
async function blockOfNonce(rpc: Rpc, account: Address, nonce: bigint, latest: bigint): Promise<bigint | undefined> {
	const wasUsedAt = (heights: readonly bigint[]) => {
		const reads = heights.map((height) => mapRead(nonceAt(account, nonceKeyOf(nonce), height), (next) => next > nonce));
		return read(rpc, reads);
	};
	try {
		return await firstBlockWhere(wasUsedAt, 0n, latest);
	} catch (error) {
		if (error instanceof NoPastState) return undefined;
		throw error;
	}
}

class NoPastState extends Error {}

/** A lane's nonce at a past height. Before the EntryPoint was deployed a call to it gives no data: nothing was used. */
function nonceAt(account: Address, nonceKey: bigint, height: bigint) {
	return orElse(nonceOf(account, nonceKey, height), (error) => {
		if (error instanceof RpcError) throw new NoPastState();
		return 0n;
	});
}

/** A lane of a session key, and how many of its sequence numbers were used when it was read. */
export interface UsedLane {
	nonceKey: bigint;
	used: bigint;
}

/** The lanes with at least one operation, from the nonces that EntryPoint.getNonce gave for them. */
export function usedLanes(nonces: readonly bigint[]): UsedLane[] {
	return nonces
		.map((nonce) => ({ nonceKey: nonceKeyOf(nonce), used: sequenceOf(nonce) }))
		.filter(({ used }) => used > 0n);
}

interface Settled {
	/** Nothing up to this height has to be read again; -1 when nothing is that old yet. */
	upTo: bigint;
	operations: readonly PastOperation[];
}

const NOTHING_SETTLED: Settled = { upTo: -1n, operations: [] };

/** What was found in the lanes of session keys, by chain and account. The chain is the memory; this only saves time. */
const settled = new Map<string, Settled>();

/** The logs of an account's operations since those that are settled. */
export interface RecentLogs {
	before: Settled;
	logs: readonly RpcLog[];
}

/**
 * What `findByTag` would ask for, to go into a batch with other things. Only where the account's lanes were searched
 * before: then it is known that they have to be, and what is new is little. undefined where the provider doesn't say.
 */
export function recentLogsRead(chainId: number, account: Address): Read<RecentLogs | undefined> | undefined {
	const before = settled.get(placeOf(chainId, account));
	if (!before) return undefined;
	const filter = { ...operationFilter(account), fromBlock: numberToHex(before.upTo + 1n), toBlock: 'latest' };
	const recent = rpcRead('eth_getLogs', [filter], (logs: RpcLog[]): RecentLogs => ({ before, logs }));
	return orElse(recent, () => undefined);
}

function placeOf(chainId: number, account: Address): string {
	return `${chainId}:${account}`;
}

/**
 * The operations in the lanes of session keys that carry this tag. Such a lane is shared by all payments of its key, so
 * its nonce says nothing of one payment: the tags of its operations are read. Every sequence number that the lanes say
 * was used must be accounted for with what it did, so that a node that lags behind can't hide a payment.
 *
 * @param latest the newest block when the lanes were read
 * @param recent from `recentLogsRead`, where it was asked for
 * @throws {HistoryUnavailableError} when the endpoint doesn't give all of the lanes' operations
 */
export async function findByTag(
	chain: Chain,
	lanes: readonly UsedLane[],
	tag: Hex,
	latest: bigint,
	recent?: RecentLogs,
): Promise<PastOperation[]> {
	const { rpc, network, account } = chain;
	const place = placeOf(network.chainId, account);
	const known = recent && [...recent.before.operations, ...(await withCalls(chain, inKeyLanes(recent.logs)))];
	if (recent && known && isComplete(lanes, known)) {
		remember(place, recent.before, known, latest - SETTLED_DEPTH);
		return known.filter((operation) => operation.tag === tag);
	}
	for (let attempt = 1; attempt <= TRIES; attempt++) {
		const upTo = attempt === 1 ? latest : BigInt(await rpc.request<Hex>('eth_blockNumber'));
		// What was kept may have been read for other lanes, from an endpoint without logs: the last tries do without it.
		if (attempt > TRIES / 2) settled.delete(place);
		const before = settled.get(place) ?? NOTHING_SETTLED;
		const all = [...before.operations, ...(await operationsInLanes(chain, lanes, before, upTo))];
		if (isComplete(lanes, all)) {
			remember(place, before, all, upTo - SETTLED_DEPTH);
			return all.filter((operation) => operation.tag === tag);
		}
		await rpc.sleep(PAUSE_MS);
	}
	throw new HistoryUnavailableError("The endpoint doesn't give every past payment of this key");
}

function inKeyLanes(logs: readonly RpcLog[]): IncludedOperation[] {
	return operationsIn(logs).filter(isInKeyLane);
}

function isComplete(lanes: readonly UsedLane[], operations: readonly PastOperation[]): boolean {
	const found = new Set(operations.filter(({ callData }) => callData).map(({ nonce }) => nonce));
	return lanes.every(({ nonceKey, used }) => {
		for (let sequence = 0n; sequence < used; sequence++) if (!found.has(toNonce(nonceKey, sequence))) return false;
		return true;
	});
}

function remember(place: string, before: Settled, all: readonly PastOperation[], upTo: bigint): void {
	const present = settled.get(place);
	if (present && present.upTo >= upTo) return;
	const operations = all.filter(({ blockNumber }) => blockNumber <= upTo);
	settled.set(place, upTo > before.upTo ? { upTo, operations } : before);
}

async function operationsInLanes(
	chain: Chain,
	lanes: readonly UsedLane[],
	before: Settled,
	latest: bigint,
): Promise<PastOperation[]> {
	try {
		return await operationsOf(chain, before.upTo + 1n, latest, isInKeyLane);
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
		const known = new Set(before.operations.map(({ nonce }) => nonce));
		const found: PastOperation[] = [];
		for (const { nonceKey, used } of lanes) {
			for (let sequence = 0n; sequence < used; sequence++) {
				const nonce = toNonce(nonceKey, sequence);
				if (!known.has(nonce)) found.push(await findByNonce(chain, nonce, latest));
			}
		}
		return found;
	}
}

/** A session key's own lane is its address: the upper 32 of the 192 bits are empty. */
function isInKeyLane({ nonce }: { nonce: bigint }): boolean {
	const nonceKey = nonceKeyOf(nonce);
	return nonceKey > 0n && nonceKey < 1n << 160n;
}

/** Forgets what was read of the past, as a fresh n8n would have to read it. */
export function forgetHistory(): void {
	settled.clear();
	forgetKeys();
	forgetCallData();
	forgetSeen();
}
