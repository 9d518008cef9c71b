import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { decodeFunctionData, encodeFunctionData, getAddress, pad, size, type Address, type Hex } from 'viem';
import type { Call } from '../calls';
import { ENTRY_POINT, entryPointAbi } from '../contracts';
import { getLogs, HistoryUnavailableError, type LogFilter } from '../rpc/logs';
import type { Network } from '../networks';
import { orElse, read, rpcRead, type Read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import {
	operationsIn,
	REVERT_REASON_EVENT,
	USER_OPERATION_EVENT,
	type IncludedOperation,
} from '../userOperation/outcome';
import {
	fromRpcUserOperation,
	hashUserOperation,
	type RpcUserOperation,
	type UserOperation,
} from '../userOperation/userOperation';
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

/** Where an account's operations are read. */
export interface Chain {
	rpc: Rpc;
	network: Pick<Network, 'chainId'>;
	account: Address;
}

/** Calldata by operation hash: it never changes, so it is fetched once in the life of a process. */
const knownCallData = new Map<Hex, Hex>();
const MOST_KNOWN = 20_000;
const ASKED_AT_ONCE = 50;

/**
 * All operations of an account in a range of blocks (both ends inside), oldest first, from the EntryPoint's logs and the
 * transactions that they stand in.
 *
 * @throws {HistoryUnavailableError} when the endpoint gives too little history; {EndpointError}
 */
export async function operationsOf(
	{ rpc, network, account }: Chain,
	fromBlock: bigint,
	toBlock: bigint,
	isWanted: (operation: IncludedOperation) => boolean = () => true,
): Promise<PastOperation[]> {
	const logs = await getLogs(rpc, operationFilter(account), fromBlock, toBlock);
	return withCalls({ rpc, network }, operationsIn(logs).filter(isWanted));
}

/** Adds to operations what they did, from the transactions that they stand in, or else from the bundler. */
export async function withCalls(
	{ rpc, network: { chainId } }: Omit<Chain, 'account'>,
	operations: readonly IncludedOperation[],
): Promise<PastOperation[]> {
	const known = new Map<Hex, Hex>();
	const note = (hash: Hex, callData: Hex | undefined) => callData && known.set(hash, callData);
	const unknown = () => operations.filter(({ userOperationHash: hash }) => !known.has(hash));
	for (const { userOperationHash: hash } of operations) note(hash, knownCallData.get(hash));
	for (const fetch of [fromTransactions, fromBundler]) {
		for (const [hash, callData] of await fetch(rpc, chainId, unknown())) {
			note(hash, callData);
			rememberCallData(hash, callData);
		}
	}
	return operations.map((operation) => {
		const callData = known.get(operation.userOperationHash);
		return { ...operation, callData, ...(callData && decodeSessionKeyCalls(callData)) };
	});
}

/**
 * The same operations, when it is known what each of them did.
 * @throws {HistoryUnavailableError} otherwise: what is left out would be taken for not done
 */
export function allKnown<T extends PastOperation>(operations: readonly T[]): readonly T[] {
	if (operations.every(({ callData }) => callData)) return operations;
	throw new HistoryUnavailableError("The endpoint doesn't give an earlier transaction");
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

type CallDataByHash = [userOperationHash: Hex, callData: Hex][];

/** From the input of the bundlers' transactions. */
async function fromTransactions(
	rpc: Rpc,
	chainId: number,
	operations: readonly IncludedOperation[],
): Promise<CallDataByHash> {
	const hashes = [...new Set(operations.map(({ transactionHash }) => transactionHash))];
	const answers = await readInParts(
		rpc,
		hashes.map((hash) =>
			rpcRead('eth_getTransactionByHash', [hash], (answer: { input: Hex } | null) => answer?.input ?? '0x'),
		),
	);
	const inputs = new Map(hashes.map((hash, index) => [hash, answers[index] as Hex]));
	return operations.flatMap((operation) => {
		const op = operationIn(inputs.get(operation.transactionHash) ?? '0x', chainId, operation);
		return op ? [[operation.userOperationHash, op.callData]] : [];
	});
}

/**
 * From the bundler, which need not be believed: the hash of what it gives tells. Some bundlers compress what they send to
 * the chain, and nothing can be read in their transactions.
 */
async function fromBundler(
	rpc: Rpc,
	chainId: number,
	operations: readonly IncludedOperation[],
): Promise<CallDataByHash> {
	const answers = await readInParts(
		rpc,
		operations.map(({ userOperationHash }) => operationRead(userOperationHash, chainId)),
	);
	return operations.flatMap(({ userOperationHash }, index) => {
		const op = answers[index];
		return op ? [[userOperationHash, op.callData]] : [];
	});
}

/** Reads with large answers (one may hold 200 payments): fewer at once than `read` puts into one batch. */
async function readInParts<T>(rpc: Rpc, reads: readonly Read<T>[]): Promise<T[]> {
	const answers: T[] = [];
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
	return orElse(asked, () => undefined);
}

const HANDLE_OPS = '1fad948c';

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
	for (let at = input.indexOf(HANDLE_OPS, 2); at >= 0; at = input.indexOf(HANDLE_OPS, at + 2)) {
		if (at % 2) continue;
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

/** Whether two lists of calls are the same payment, to the last byte. */
export function sameCalls(a: readonly Call[], b: readonly Call[]): boolean {
	return encodeSessionKeyCalls(a, ANY_KEY) === encodeSessionKeyCalls(b, ANY_KEY);
}

const ANY_KEY = pad('0x', { size: 20 });
