import { getAddress, pad, type Address, type Hex } from 'viem';
import { ENTRY_POINT } from '../contracts';
import { readClaimedOperation } from '../history/claims';
import { allKnown, withCalls, type PastOperation } from '../history/pastOperations';
import { refuse, RefusalError } from '../refusal/refusal';
import {
	claimRecordRead,
	hashReference,
	isRegistryDeployedRead,
	NO_REGISTRY,
	orNoRegistry,
	REFERENCE_REGISTRY,
	type ClaimRecord,
} from '../registry/referenceRegistry';
import { isTransient } from '../rpc/errors';
import { getLogs } from '../rpc/logs';
import { caught, optional, read, rpcRead } from '../rpc/read';
import { latestBlock } from '../userOperation/fees';
import {
	inNodesReceipt,
	operationsIn,
	outcomeFrom,
	receiptRead,
	transactionReceipt,
	USER_OPERATION_EVENT,
} from '../userOperation/outcome';
import type { Payer } from './send/payment';

/** What the chain knows of a reference or of an operation. */
export interface FoundPayment {
	/**
	 * `unclaimed`: nothing was paid under the reference up to `block`. `claimed`: the reference is used up by something that
	 * is no payment of it alone. `pending`: the bundler has it, no block does. `noPayment`: an operation in a block that no
	 * session key sent, or that called nothing. `unknown`: neither chain nor bundler know of the operation.
	 */
	status: 'mined' | 'unclaimed' | 'claimed' | 'pending' | 'noPayment' | 'unknown';
	/** With `mined`: the operation, made or failed; with `noPayment` too. Its time in unix seconds where the registry keeps it. */
	operation?: PastOperation & { time?: number };
	/** With `claimed`. */
	record?: ClaimRecord;
	/** The newest block when this was asked. */
	block: bigint;
}

/**
 * Finds the payment of a reference: one view of the registry, and the logs of one block.
 *
 * @throws {RefusalError} `registryMissing`; {HistoryUnavailableError} when the endpoint doesn't show that block;
 * {EndpointError}
 */
export async function findByReference(payer: Payer, reference: string): Promise<FoundPayment> {
	const { rpc, network, account } = payer;
	const hash = hashReference(reference);
	const { registryDeployed, record, block } = await read(rpc, {
		registryDeployed: isRegistryDeployedRead(),
		record: orNoRegistry(claimRecordRead(account, hash)),
		block: latestBlock(),
	});
	if (!registryDeployed || record === NO_REGISTRY)
		throw new RefusalError([refuse('registryMissing', { registry: REFERENCE_REGISTRY, network: network.name })]);
	if (!record) return { status: 'unclaimed', block: block.number };
	const operation = await readClaimedOperation(payer, hash, record);
	if (operation) allKnown([operation]);
	return operation
		? { status: 'mined', operation: { ...operation, time: record.time }, block: block.number }
		: { status: 'claimed', record, block: block.number };
}

/**
 * What a reference was paid in, where all of it was one token; the chain's own money has no address. undefined where nothing
 * was paid under it, or it can't be told: whoever asks has a reason of their own to say no.
 */
export async function readPaidToken(payer: Payer, reference: string): Promise<{ token?: Address } | undefined> {
	const found = await findByReference(payer, reference).catch(() => undefined);
	const paidIn = new Set(
		found?.operation?.calls?.map(({ target, data }) => (data === '0x' ? undefined : getAddress(target))),
	);
	const [token] = paidIn;
	return paidIn.size === 1 ? { ...(token && { token }) } : undefined;
}

/**
 * Finds an operation of the account by its hash: at the bundler first, then in the chain's logs; or by the hash of the
 * transaction that it stands in. One of another account is unknown here.
 * @throws {HistoryUnavailableError} when the endpoint can't tell; {EndpointError}
 */
export async function findByHash(payer: Payer, hash: Hex): Promise<FoundPayment> {
	const { rpc, account } = payer;
	const { receipt, waiting, transaction, block } = await read(rpc, {
		receipt: receiptRead(hash),
		waiting: waitingRead(hash),
		transaction: optional(transactionReceipt(hash)),
		block: latestBlock(),
	});
	const said = receipt && (await outcomeFrom(rpc, hash, receipt));
	// The bundler is believed only which transaction it is: success and moves are the node's word.
	const told = said && (await inNodesReceipt(rpc, said));
	const inTransaction = operationsIn(transaction?.logs ?? []).find(({ sender }) => sender === account);
	const isWaiting = typeof waiting === 'string' && getAddress(waiting) === account;
	const isOnlyWaiting = !said && isWaiting;
	const operation = told ?? inTransaction ?? (isOnlyWaiting ? undefined : await inLogs(payer, hash, block.number));
	if (operation?.sender === account) {
		const [whole] = allKnown(await withCalls(payer, [operation]));
		return { status: whole?.calls?.length ? 'mined' : 'noPayment', operation: whole, block: block.number };
	}
	if (waiting instanceof Error) throw waiting;
	return { status: isWaiting ? 'pending' : 'unknown', block: block.number };
}

type Waiting = { userOperation: { sender: Address } } | null;

/** Whose operation a bundler has under a hash; null where it knows none. That it doesn't answer is no answer: the error. */
function waitingRead(hash: Hex) {
	const asked = rpcRead(
		'eth_getUserOperationByHash',
		[hash],
		(answer: Waiting) => answer?.userOperation.sender ?? null,
	);
	const known = caught(asked, (error) => (isTransient(error) ? (error as Error) : null));
	return { ...known, optional: true };
}

async function inLogs({ rpc, account }: Payer, hash: Hex, latest: bigint) {
	const topics = [USER_OPERATION_EVENT as Hex, hash, pad(account)];
	const logs = await getLogs(rpc, { address: ENTRY_POINT, topics }, 0n, latest);
	return operationsIn(logs)[0];
}
