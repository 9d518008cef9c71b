import { decodeFunctionData, getAddress, pad, size, type Address, type Hex } from 'viem';
import { ENTRY_POINT, entryPointAbi } from '../contracts';
import type { Network } from '../networks';
import { getLogs, HistoryUnavailableError, type LogFilter } from '../rpc/logs';
import { optional, read, rpcRead, type Answers } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { decodeSessionKeyCalls, type SessionKeyCalls } from '../plugin/sessionKeyCalls';
import { getRequiredPrefund } from '../userOperation/bounds';
import {
	operationInReceipt,
	operationsIn,
	REVERT_REASON_EVENT,
	transactionReceipt,
	USER_OPERATION_EVENT,
	type IncludedOperation,
} from '../userOperation/outcome';
import {
	fromRpcUserOperation,
	hashUserOperation,
	type RpcUserOperation,
	type UserOperation,
} from '../userOperation/userOperation';
import { arrivalOf, movedBy, type Arrival } from './transfers';

/** An operation of the account that is in a block, with what it did where a session key sent it. */
export interface PastOperation extends IncludedOperation, Partial<SessionKeyCalls> {
	/** Missing where the endpoint doesn't give the transaction, or it can't be read: what it did isn't known then. */
	callData?: Hex;
	/** Not proven by the operation's hash. Missing like the calldata. */
	signature?: Hex;
	/** Wei: the most that its gas could have cost, which the plugin counts against a gas limit. Missing like the calldata. */
	prefund?: bigint;
	/** From `movedBy`; missing where it failed, or the endpoint doesn't give the receipt. */
	moved?: readonly (bigint | undefined)[];
}

/** Where an account's operations are read. */
export interface Chain {
	rpc: Rpc;
	network: Pick<Network, 'chainId'>;
	account: Address;
}

/** How far a look goes. */
export interface LookOptions {
	/** See `getLogs`. */
	mostRequests?: number;
	/** Only of these it is asked what they did. */
	isWanted?: (operation: IncludedOperation) => boolean;
}

const ASKED_AT_ONCE = 50;

/**
 * All operations of an account in a range of blocks (both ends inside), oldest first, from the EntryPoint's logs and the
 * transactions that they stand in.
 *
 * @throws {HistoryUnavailableError} when the endpoint gives too little history; {EndpointError}
 */
export async function readOperations(
	{ rpc, network, account }: Chain,
	fromBlock: bigint,
	toBlock: bigint,
	{ mostRequests, isWanted = () => true }: LookOptions = {},
): Promise<PastOperation[]> {
	const logs = await getLogs(rpc, operationFilter(account), fromBlock, toBlock, mostRequests);
	return withCalls({ rpc, network }, operationsIn(logs).filter(isWanted));
}

/** Adds to operations what they did and moved, from the transactions that they stand in, or else from the bundler. */
export async function withCalls(
	{ rpc, network: { chainId } }: Omit<Chain, 'account'>,
	operations: readonly IncludedOperation[],
): Promise<PastOperation[]> {
	const transactions = await readTransactions(rpc, operations);
	const found = operations.map((operation): PastOperation => {
		const { input = '0x', logs } = transactions.get(operation.transactionHash) ?? {};
		const { userOperationHash: hash } = operation;
		const whole = { ...operation, logs: operationInReceipt(logs, hash)?.logs ?? operation.logs };
		return withCallData(whole, operationIn(input, chainId, operation));
	});
	const unread = found.filter(({ callData }) => !callData).map(({ userOperationHash }) => userOperationHash);
	const told = await readInParts(
		rpc,
		unread.map((hash) => operationRead(hash, chainId)),
	);
	const toldOf = new Map(unread.map((hash, index) => [hash, told[index]]));
	return found.map((one) => (one.callData ? one : withCallData(one, toldOf.get(one.userOperationHash))));
}

function withCallData(operation: IncludedOperation, whole?: UserOperation): PastOperation {
	const { sender, success, logs } = operation;
	const { callData, signature } = whole ?? {};
	const prefund = whole && getRequiredPrefund(whole);
	const decoded = callData && decodeSessionKeyCalls(callData);
	const moved = success && logs && decoded ? movedBy(sender, decoded.calls, logs) : undefined;
	return { ...operation, callData, signature, prefund, ...decoded, moved };
}

/**
 * The same operations, when it is known what each of them did and moved.
 * @throws {HistoryUnavailableError} otherwise: what is left out would be taken for not done
 */
export function allKnown<T extends PastOperation>(operations: readonly T[]): readonly T[] {
	if (operations.every(({ callData, success, logs }) => callData && (!success || logs))) return operations;
	throw new HistoryUnavailableError("The endpoint doesn't give an earlier transaction");
}

/** What became of an operation that is in a block. Mined is not paid, and carried out is not paid either. */
export function pastStatus({ success, calls = [], moved = [] }: PastOperation): Arrival | 'notPaid' {
	return success ? arrivalOf(calls, moved) : 'notPaid';
}

const TOPICS = [USER_OPERATION_EVENT, REVERT_REASON_EVENT] as Hex[];

/** The EntryPoint's logs of an account's operations. */
export function operationFilter(account: Address): LogFilter {
	return { address: ENTRY_POINT, topics: [TOPICS, null, pad(account)] };
}

/** Input and logs of the bundlers' transactions. */
async function readTransactions(rpc: Rpc, operations: readonly IncludedOperation[]) {
	const hashes = [...new Set(operations.map(({ transactionHash }) => transactionHash))];
	const answers = await readInParts(
		rpc,
		hashes.map((hash) => ({
			input: rpcRead('eth_getTransactionByHash', [hash], (answer: { input?: Hex } | null) => answer?.input),
			receipt: transactionReceipt(hash),
		})),
	);
	return new Map(
		hashes.map((hash, index) => [hash, { input: answers[index]?.input, logs: answers[index]?.receipt?.logs }]),
	);
}

/** Reads with large answers (one may hold 200 payments): fewer at once than `read` puts into one batch. */
async function readInParts<const R extends object>(rpc: Rpc, reads: readonly R[]): Promise<Answers<R>[]> {
	const answers: Answers<R>[] = [];
	for (let start = 0; start < reads.length; start += ASKED_AT_ONCE) {
		answers.push(...(await read(rpc, reads.slice(start, start + ASKED_AT_ONCE))));
	}
	return answers;
}

/** eth_getUserOperationByHash; undefined where the bundler doesn't know it, or gives something else. */
function operationRead(hash: Hex, chainId: number) {
	const asked = rpcRead('eth_getUserOperationByHash', [hash], (answer: { userOperation: RpcUserOperation }) => {
		const op = fromRpcUserOperation(answer.userOperation);
		return hashUserOperation(op, chainId) === hash ? op : undefined;
	});
	return optional(asked);
}

const HANDLE_OPS = '1fad948c';
/** Whoever sends a transaction can fill it with false starts: no more than these are tried, and none in a huge one. */
const MOST_STARTS = 16;
const LARGEST_INPUT = 1_000_000;

/**
 * One operation in the input of a bundler's transaction. Some bundlers call the EntryPoint through a contract of their
 * own: then handleOps stands somewhere inside. Whoever sends the transaction can put anything beside it, so only what has
 * the operation's hash is taken for it.
 */
function operationIn(
	input: Hex,
	chainId: number,
	{ sender, nonce, userOperationHash }: IncludedOperation,
): UserOperation | undefined {
	if (size(input) > LARGEST_INPUT) return undefined;
	let starts = 0;
	for (let at = input.indexOf(HANDLE_OPS, 2); at >= 0; at = input.indexOf(HANDLE_OPS, at + 2)) {
		if (at % 2) continue;
		if (++starts > MOST_STARTS) return undefined;
		try {
			const { args } = decodeFunctionData({ abi: entryPointAbi, data: `0x${input.slice(at)}` });
			const found = (args?.[0] as readonly UserOperation[]).find(
				(op) =>
					op.nonce === nonce &&
					getAddress(op.sender) === getAddress(sender) &&
					hashUserOperation(op, chainId) === userOperationHash,
			);
			if (found) return found;
		} catch {
			// Not the start of a handleOps call after all.
		}
	}
	return undefined;
}
