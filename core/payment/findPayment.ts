import { getAddress, pad, type Address, type Hex } from 'viem';
import { ENTRY_POINT } from '../contracts';
import { getLogs } from '../rpc/logs';
import { orElse, read, rpcRead } from '../rpc/read';
import { latestBlock } from '../userOperation/fees';
import { operationsIn, outcomeFrom, receiptRead, USER_OPERATION_EVENT } from '../userOperation/outcome';
import { nonceOf } from '../userOperation/userOperation';
import { usedLanes } from './findAttempts';
import { everyKey, keyHistoryRead } from './knownKeys';
import { withCalls, type PastOperation } from './operations';
import { pastAttempts } from './paidBefore';
import type { Payer } from './payment';
import { pluginView } from '../sessionKey/keyState';
import { nonceKeyOfReference, nonceKeyOfSessionKey } from './reference';
import { withHistory } from './withHistory';

/** What the chain knows of a reference or of an operation. */
export interface FoundPayment {
	/**
	 * `paid`; `notPaid`: mined and failed, nothing was paid; `pending`: the bundler has it, no block does; `unknown`:
	 * neither chain nor bundler know of it, so as far as they know nothing was paid.
	 */
	status: 'paid' | 'notPaid' | 'pending' | 'unknown';
	/** The payment, or the last attempt at it. */
	operation?: PastOperation;
	/** How many operations of the reference are in blocks. */
	attempts: number;
}

/**
 * Finds the payment of a reference, from the chain alone.
 * @throws {RefusalError} `historyUnavailable` when the endpoint can't tell; {EndpointError}
 */
export async function findByReference(payer: Payer, reference: string): Promise<FoundPayment> {
	const { rpc, network, account, key } = payer;
	const found = await read(rpc, {
		block: latestBlock(),
		referenceNonce: nonceOf(account, nonceKeyOfReference(network.chainId, account, reference)),
		presentKeys: pluginView('sessionKeysOf', [account]),
		pastKeys: keyHistoryRead(account),
	});
	const { keys } = await withHistory(payer, reference, () => everyKey(payer, { ...found, latest: found.block.number }));
	const nonces = await read(
		rpc,
		[...new Set([key, ...keys])].map((one) => nonceOf(account, nonceKeyOfSessionKey(one))),
	);
	const attempts = await pastAttempts(payer, reference, found, usedLanes(nonces));
	const operation = attempts.find(({ success }) => success) ?? attempts[attempts.length - 1];
	if (!operation) return { status: 'unknown', attempts: 0 };
	return { status: operation.success ? 'paid' : 'notPaid', operation, attempts: attempts.length };
}

/**
 * Finds an operation of the account by its hash: at the bundler first, then in the chain's logs. One of another account
 * is unknown here.
 * @throws {HistoryUnavailableError} when the endpoint can't tell; {EndpointError}
 */
export async function findByHash(payer: Payer, userOperationHash: Hex): Promise<FoundPayment> {
	const { rpc, account } = payer;
	const { receipt, waiting, block } = await read(rpc, {
		receipt: receiptRead(userOperationHash),
		waiting: orElse(
			rpcRead('eth_getUserOperationByHash', [userOperationHash], (answer: Waiting) => answer?.userOperation.sender),
			() => undefined,
		),
		block: latestBlock(),
	});
	const told = receipt && (await outcomeFrom(rpc, userOperationHash, receipt));
	const operation = told ?? (await inLogs(payer, userOperationHash, block.number));
	if (operation && operation.sender === account) {
		const [whole] = await withCalls(payer, [operation]);
		return { status: operation.success ? 'paid' : 'notPaid', operation: whole, attempts: 1 };
	}
	const isOurs = !operation && waiting !== undefined && getAddress(waiting) === account;
	return { status: isOurs ? 'pending' : 'unknown', attempts: 0 };
}

type Waiting = { userOperation: { sender: Address } } | null;

async function inLogs({ rpc, account }: Payer, hash: Hex, latest: bigint) {
	const topics = [USER_OPERATION_EVENT as Hex, hash, pad(account)];
	const logs = await getLogs(rpc, { address: ENTRY_POINT, topics }, 0n, latest);
	return operationsIn(logs)[0];
}
