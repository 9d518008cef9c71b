import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { decodeFunctionData, encodeFunctionData, getAddress, pad, size, type Address, type Hex } from 'viem';
import type { Call } from '../calls';
import { ENTRY_POINT, entryPointAbi } from '../contracts';
import { getLogs, type LogFilter } from '../rpc/logs';
import { read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import {
	operationsIn,
	REVERT_REASON_EVENT,
	USER_OPERATION_EVENT,
	type IncludedOperation,
} from '../userOperation/outcome';
import { lastWord } from './reference';

/** The calldata of an operation of a session key: the plugin's executeWithSessionKey. */
export function encodeSessionKeyCalls(calls: readonly Call[], key: Address): Hex {
	return encodeFunctionData({
		abi: SessionKeyPluginExecutionFunctionAbi,
		functionName: 'executeWithSessionKey',
		args: [calls, key],
	});
}

/** What a session key had the account do. */
export interface SessionKeyCalls {
	key: Address;
	calls: readonly Call[];
	/** keccak256 of the reference, when the operation carries one. */
	tag?: Hex;
}

/** Reads the calldata of a session key's operation; undefined when it is something else (an owner's operation). */
export function decodeSessionKeyCalls(callData: Hex): SessionKeyCalls | undefined {
	try {
		const decoded = decodeFunctionData({ abi: SessionKeyPluginExecutionFunctionAbi, data: callData });
		if (decoded.functionName !== 'executeWithSessionKey') return undefined;
		const [calls, key] = decoded.args;
		const plain = encodeSessionKeyCalls(calls, key);
		const hasTag = size(callData) === size(plain) + 32 && callData.startsWith(plain);
		return { key, calls, tag: hasTag ? lastWord(callData) : undefined };
	} catch {
		return undefined;
	}
}

/** An operation of the account that is in a block, with what it did where a session key sent it. */
export interface PastOperation extends IncludedOperation, Partial<SessionKeyCalls> {
	/** Missing where the endpoint doesn't give the transaction, or it can't be read: what it did isn't known then. */
	callData?: Hex;
}

/** Calldata by operation hash: it never changes, so it is fetched once in the life of a process. */
const knownCallData = new Map<Hex, Hex>();
const MOST_KNOWN = 20_000;
const TRANSACTIONS_AT_ONCE = 50;

/**
 * All operations of an account in a range of blocks (both ends inside), oldest first, from the EntryPoint's logs and the
 * transactions that they stand in.
 *
 * @throws {HistoryUnavailableError} when the endpoint gives too little history; {EndpointError}
 */
export async function operationsOf(
	rpc: Rpc,
	account: Address,
	fromBlock: bigint,
	toBlock: bigint,
	isWanted: (operation: IncludedOperation) => boolean = () => true,
): Promise<PastOperation[]> {
	const logs = await getLogs(rpc, operationFilter(account), fromBlock, toBlock);
	return withCalls(rpc, operationsIn(logs).filter(isWanted));
}

/** Adds to operations what they did, from the transactions that they stand in. */
export async function withCalls(rpc: Rpc, operations: readonly IncludedOperation[]): Promise<PastOperation[]> {
	const known = operations.map(({ userOperationHash }) => knownCallData.get(userOperationHash));
	const unknown = operations.filter((_, index) => !known[index]);
	const fetched = await fetchCallData(rpc, unknown);
	return operations.map((operation, index) => {
		const callData = known[index] ?? fetched.get(operation.userOperationHash);
		return { ...operation, callData, ...(callData && decodeSessionKeyCalls(callData)) };
	});
}

const TOPICS = [USER_OPERATION_EVENT, REVERT_REASON_EVENT] as Hex[];

/** The EntryPoint's logs of an account's operations. */
export function operationFilter(account: Address): LogFilter {
	return { address: ENTRY_POINT, topics: [TOPICS, null, pad(account)] };
}

/** Notes what an operation of one's own does: its hash stands for these very bytes, so nobody need be asked for them. */
export function rememberCallData(userOperationHash: Hex, callData: Hex): void {
	const [oldest] = knownCallData.keys();
	if (oldest && knownCallData.size >= MOST_KNOWN) knownCallData.delete(oldest);
	knownCallData.set(userOperationHash, callData);
}

/** Forgets what was read of the past, as a fresh n8n would have to read it. */
export function forgetCallData(): void {
	knownCallData.clear();
}

async function fetchCallData(rpc: Rpc, operations: readonly IncludedOperation[]): Promise<Map<Hex, Hex>> {
	const fetched = new Map<Hex, Hex>();
	const hashes = [...new Set(operations.map(({ transactionHash }) => transactionHash))];
	for (let start = 0; start < hashes.length; start += TRANSACTIONS_AT_ONCE) {
		const some = hashes.slice(start, start + TRANSACTIONS_AT_ONCE);
		const inputs = await read(
			rpc,
			some.map((hash) =>
				rpcRead('eth_getTransactionByHash', [hash], (answer: { input: Hex } | null) => answer?.input ?? '0x'),
			),
		);
		for (const operation of operations) {
			const input = inputs[some.indexOf(operation.transactionHash)];
			const callData = input && callDataIn(input, operation);
			if (!callData) continue;
			fetched.set(operation.userOperationHash, callData);
			rememberCallData(operation.userOperationHash, callData);
		}
	}
	return fetched;
}

const HANDLE_OPS = '1fad948c';

/**
 * The calldata of one operation in the input of a bundler's transaction. Some bundlers call the EntryPoint through a
 * contract of their own: then handleOps stands somewhere inside.
 */
function callDataIn(input: Hex, { sender, nonce }: IncludedOperation): Hex | undefined {
	for (let at = input.indexOf(HANDLE_OPS, 2); at >= 0; at = input.indexOf(HANDLE_OPS, at + 2)) {
		if (at % 2) continue;
		try {
			const { args } = decodeFunctionData({ abi: entryPointAbi, data: `0x${input.slice(at)}` });
			const ops = args?.[0] as readonly { sender: Address; nonce: bigint; callData: Hex }[];
			const found = ops.find((op) => getAddress(op.sender) === getAddress(sender) && op.nonce === nonce);
			if (found) return found.callData;
		} catch {
			// Not the start of a handleOps call after all.
		}
	}
	return undefined;
}

/** Whether two lists of calls are the same payment, to the last byte. */
export function sameCalls(a: readonly Call[], b: readonly Call[]): boolean {
	return encodeSessionKeyCalls(a, ANY_KEY) === encodeSessionKeyCalls(b, ANY_KEY);
}

const ANY_KEY = pad('0x', { size: 20 });
