import type { Address, Hex } from 'viem';
import { ALREADY_KNOWN, canPass, EndpointError, RpcError } from '../rpc/errors';
import { orElse, read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { ENTRY_POINT } from '../contracts';
import { feeReads, latestBlock, presentFees, type Block } from './fees';
import type { Draft } from './gas';
import { inNodesReceipt, outcomeFrom, receiptRead, type IncludedOperation } from './outcome';
import { hashUserOperation, nonceKeyOf, nonceRead, toRpcUserOperation, type UserOperation } from './userOperation';

/** Signs the hash of an operation as the account wants it: EIP-191 over the 32 bytes. */
export type SignHash = (userOperationHash: Hex) => Promise<Hex>;

/** What a user operation is sent with. */
export interface Submitter {
	rpc: Rpc;
	chainId: number;
	sign: SignHash;
	/** Alchemy gas policy that pays; the account pays when left out. */
	gasPolicyId?: string;
}

/** The same operation with its signature. */
export async function signed({ chainId, sign }: Submitter, op: UserOperation): Promise<UserOperation> {
	return { ...op, signature: await sign(hashUserOperation(op, chainId)) };
}

/**
 * What is known after handing an operation to the bundler. `unknown`: no answer came, or one that says nothing about the
 * operation, so it may be on its way. `refused`: the bundler looked at it and does not take it.
 */
export type SendResult = 'accepted' | 'unknown' | { refused: RpcError };

/**
 * eth_sendUserOperation, once. The hash is known beforehand, so nothing is lost when the answer is. Whatever is no answer
 * about the operation itself (401, 403, 429, 5xx, "internal error", a time-out) leaves open whether it was taken.
 */
export async function sendUserOperation(rpc: Rpc, op: UserOperation): Promise<SendResult> {
	try {
		await rpc.request('eth_sendUserOperation', [toRpcUserOperation(op), ENTRY_POINT]);
		return 'accepted';
	} catch (error) {
		if (error instanceof EndpointError) return 'unknown';
		if (!(error instanceof RpcError)) throw error;
		// A bundler that has this very operation already says so in an error: that is as good as accepted.
		if (ALREADY_KNOWN.test(error.message)) return 'accepted';
		return canPass(error) ? 'unknown' : { refused: error };
	}
}

export interface WaitOptions {
	/** Milliseconds from now until `pending` is the answer. */
	timeLimit: number;
	/** Blocks that must stand, the operation's own included; 1 is "as soon as it is in a block". */
	confirmations?: number;
	/** Called at every look while the operation isn't in: the place for replacing one that is stuck. */
	onWaiting?: (elapsedMs: number) => Promise<void>;
	/** n8n's "stop": the wait ends at once, with `pending`. */
	signal?: AbortSignal;
}

/**
 * In a block (`block` is the newest one then), or another operation used the nonce, or not known within the time limit.
 */
export type Awaited =
	| { status: 'included'; operation: IncludedOperation; block: Block }
	| { status: 'overtaken' }
	| { status: 'pending' };

const FIRST_LOOK_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Bundlers learn of their own bundle a little after the node: so many looks go by before a used nonce is somebody else's. */
const LOOKS_BEFORE_OVERTAKEN = 5;

/**
 * Waits for an operation. Each look asks bundler and node in one batch: for the receipt, and for the nonce key's next nonce, which
 * tells when another operation took the place (`overtaken`). After the confirmations the receipt is asked for anew, so a
 * reorganised block is noticed.
 *
 * @param hashesNow gives the hashes of all operations sent under this nonce (a replacement adds one)
 */
export async function waitFor(
	rpc: Rpc,
	op: Pick<UserOperation, 'sender' | 'nonce'>,
	hashesNow: () => readonly Hex[],
	options: WaitOptions,
): Promise<Awaited> {
	const start = Date.now();
	const confirmations = BigInt(options.confirmations ?? 1);
	let looksAfterUse = 0;
	do {
		const hashes = hashesNow();
		const seen = await lookFor(rpc, op, hashes).catch(noNews);
		if (seen?.used) {
			const { operation: told, block } = seen;
			const standing = told ? await readStanding(rpc, told, block, confirmations) : 'gone';
			if (typeof standing === 'object') return { status: 'included', operation: standing, block };
			// Without an operation of one's own there is no receipt to wait for.
			const isOthers = hashes.length === 0 || (standing === 'gone' && ++looksAfterUse >= LOOKS_BEFORE_OVERTAKEN);
			if (isOthers) return { status: 'overtaken' };
		} else if (seen) {
			// Also where the bundler has a receipt: it may remember a block that is gone.
			await options.onWaiting?.(Date.now() - start);
		}
	} while (!options.signal?.aborted && (await pauseWithin(rpc, start, options.timeLimit)));
	return { status: 'pending' };
}

/** What is on its way is in a block of the fast chains by then. */
const LATE_MS = 2_500;

/**
 * Whether an operation that was refused is on its way all the same, or its nonce is used: a gateway that hands one in twice
 * passes on what the bundler has against the second. The same bytes are handed in once more, as what a bundler has it says
 * that it knows; then the chain is looked at. That nobody answers is no proof that it isn't.
 */
export async function isOnItsWay(rpc: Rpc, op: UserOperation, hash: Hex, signal?: AbortSignal): Promise<boolean> {
	if (typeof (await sendUserOperation(rpc, op)) === 'string') return true;
	// Not every bundler has the method.
	const waiting = orElse(rpcRead('eth_getUserOperationByHash', [hash], Boolean), () => false);
	const known = await read(rpc, { waiting, block: latestBlock() }).catch(noNews);
	if (!known || known.waiting) return true;
	const awaited = await waitFor(rpc, op, () => [hash], { timeLimit: LATE_MS, signal });
	return awaited.status !== 'pending';
}

/** How many blocks stand on an operation, its own included. */
function depthOf({ blockNumber }: IncludedOperation, newest: Block): bigint {
	return newest.number - blockNumber + 1n;
}

/**
 * The operation as the node has it, once enough blocks stand on it: what a bundler says alone proves nothing, and it may
 * remember a block that is gone.
 */
async function readStanding(rpc: Rpc, told: IncludedOperation, newest: Block, confirmations: bigint) {
	if (depthOf(told, newest) < confirmations) return 'shallow';
	const inNode = await inNodesReceipt(rpc, told).catch(noNews);
	// A node that is behind its bundler shows no receipt yet.
	if (inNode === undefined) return 'shallow';
	if (!inNode) return 'gone';
	return depthOf(inNode, newest) < confirmations ? 'shallow' : inNode;
}

/**
 * Pauses a quarter as long as it has taken so far: that costs at most a quarter of the time, whatever the block time is.
 * @returns false, at once, when the time is over
 */
async function pauseWithin(rpc: Rpc, start: number, timeLimit: number): Promise<boolean> {
	const elapsed = Date.now() - start;
	if (elapsed >= timeLimit) return false;
	const pause = Math.min(Math.max(FIRST_LOOK_MS, elapsed / 4), LONGEST_PAUSE_MS);
	await rpc.sleep(Math.min(pause, timeLimit - elapsed));
	return true;
}

/** After sending, an endpoint that doesn't answer (well) is no news, and never a reason to end. */
function noNews(error: unknown): undefined {
	if (error instanceof EndpointError || error instanceof RpcError) return undefined;
	throw error;
}

async function lookFor(rpc: Rpc, op: Pick<UserOperation, 'sender' | 'nonce'>, hashes: readonly Hex[]) {
	const { receipts, nonce, block } = await read(rpc, {
		receipts: hashes.map((hash) => receiptRead(hash)),
		nonce: nonceRead(op.sender, nonceKeyOf(op.nonce)),
		block: latestBlock(),
	});
	return { used: nonce > op.nonce, block, operation: await firstIncluded(rpc, hashes, receipts) };
}

async function firstIncluded(rpc: Rpc, hashes: readonly Hex[], receipts: readonly (object | undefined)[]) {
	for (const [index, receipt] of receipts.entries()) {
		const operation = receipt && (await outcomeFrom(rpc, hashes[index] as Hex, receipt));
		if (operation) return operation;
	}
	return undefined;
}

/** What an account shall do, for those who need no more than that (the owner's operations). */
export interface OperationRequest {
	sender: Address;
	callData: Hex;
	/** Creates the account first. */
	initCode?: Hex;
	/** 192 bits; 0 when left out. */
	nonceKey?: bigint;
}

/** Reads nonce and fees in one batch: the draft of an operation that does what is ordered. */
export async function readDraft(rpc: Rpc, request: OperationRequest): Promise<Draft> {
	const { nonce, fee } = await read(rpc, { nonce: nonceRead(request.sender, request.nonceKey ?? 0n), fee: feeReads() });
	const fees = await presentFees(rpc, fee);
	return { sender: request.sender, nonce, initCode: request.initCode ?? '0x', callData: request.callData, ...fees };
}
