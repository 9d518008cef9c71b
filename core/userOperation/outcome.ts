import { decodeEventLog, encodeEventTopics, getAddress, zeroAddress, type Address, type Hex } from 'viem';
import { ENTRY_POINT, entryPointAbi } from '../contracts';
import { parseLogs, wholeLogs, type RpcLog } from '../rpc/logs';
import type { Rpc } from '../rpc/rpc';
import { optional, read, rpcRead } from '../rpc/read';

/** An operation that is in a block. Mined is not paid: `success` decides. */
export interface IncludedOperation {
	userOperationHash: Hex;
	sender: Address;
	nonce: bigint;
	/** From UserOperationEvent: whether the calls were carried out. */
	success: boolean;
	/** What the calls reverted with, when they did and said so. */
	revertData?: Hex;
	/** In wei, paid by the paymaster or else by the account. */
	gasCost: bigint;
	/** In gas units. */
	gasUsed: bigint;
	paymaster?: Address;
	transactionHash: Hex;
	blockNumber: bigint;
	blockHash: Hex;
	/** Everything that happened in the operation, where a receipt told it. */
	logs?: readonly RpcLog[];
}

export const [USER_OPERATION_EVENT] = encodeEventTopics({ abi: entryPointAbi, eventName: 'UserOperationEvent' });
export const [REVERT_REASON_EVENT] = encodeEventTopics({ abi: entryPointAbi, eventName: 'UserOperationRevertReason' });

const [BEFORE_EXECUTION_EVENT] = encodeEventTopics({ abi: entryPointAbi, eventName: 'BeforeExecution' });

/** The operations whose UserOperationEvent stands in these logs, each with its reason when it failed. */
export function operationsIn(logs: readonly RpcLog[]): IncludedOperation[] {
	const ours = logs.filter((log) => !log.removed && getAddress(log.address) === ENTRY_POINT);
	const reasons = new Map<Hex, Hex>();
	for (const log of ours) {
		const reason = log.topics[0] === REVERT_REASON_EVENT ? eventIn(log, 'UserOperationRevertReason') : undefined;
		if (reason) reasons.set(reason.userOpHash, reason.revertReason);
	}
	return ours.flatMap((log) => {
		const args = log.topics[0] === USER_OPERATION_EVENT ? eventIn(log, 'UserOperationEvent') : undefined;
		if (!args) return [];
		return [
			{
				userOperationHash: args.userOpHash,
				sender: args.sender,
				nonce: args.nonce,
				success: args.success,
				revertData: reasons.get(args.userOpHash),
				gasCost: args.actualGasCost,
				gasUsed: args.actualGasUsed,
				paymaster: args.paymaster === zeroAddress ? undefined : args.paymaster,
				transactionHash: log.transactionHash,
				blockNumber: BigInt(log.blockNumber),
				blockHash: log.blockHash,
			},
		];
	});
}

/** What an event of the EntryPoint says; undefined where the endpoint gives something that can't be read as it. */
function eventIn<N extends 'UserOperationEvent' | 'UserOperationRevertReason'>(log: RpcLog, eventName: N) {
	try {
		return decodeEventLog({ abi: entryPointAbi, eventName, ...log }).args;
	} catch {
		return undefined;
	}
}

/** As bundlers give it: whatever is in it is read with care. */
interface UserOperationReceipt {
	logs?: unknown;
	receipt?: { transactionHash?: unknown; logs?: unknown } | null;
	transactionHash?: unknown;
}

/** eth_getUserOperationReceipt as a read: undefined while the bundler knows of no receipt, or doesn't answer. */
export function receiptRead(userOperationHash: Hex) {
	return optional(
		rpcRead(
			'eth_getUserOperationReceipt',
			[userOperationHash],
			(answer: UserOperationReceipt | null) => answer ?? undefined,
		),
	);
}

/**
 * What became of an operation, by its bundler's receipt. The receipt's own `success` is not believed: the event in the
 * logs is read, from the node where the bundler leaves the logs out.
 *
 * @returns undefined while it isn't included, as far as bundler and node know
 */
export async function outcomeFrom(
	rpc: Rpc,
	userOperationHash: Hex,
	receipt: UserOperationReceipt,
): Promise<IncludedOperation | undefined> {
	const told =
		operationInReceipt(receipt.receipt?.logs, userOperationHash) ?? operationInReceipt(receipt.logs, userOperationHash);
	if (told) return told;
	const transactionHash = receipt.receipt?.transactionHash ?? receipt.transactionHash;
	if (typeof transactionHash !== 'string') return undefined;
	const { transaction } = await read(rpc, { transaction: transactionReceipt(transactionHash as Hex) });
	return operationInReceipt(transaction?.logs, userOperationHash);
}

/** One operation in a receipt's logs, with all that happened in it. */
export function operationInReceipt(given: unknown, userOperationHash: Hex): IncludedOperation | undefined {
	const logs = parseLogs(given ?? []);
	const operation = operationsIn(logs).find((one) => one.userOperationHash === userOperationHash);
	return operation && { ...operation, logs: logsOf(operation, logs) };
}

/** The logs between the end of the operation before (or the start of the bundle's execution) and the operation's own end. */
function logsOf({ userOperationHash }: IncludedOperation, logs: readonly RpcLog[]): RpcLog[] {
	const inOrder = [...logs].sort((a, b) => Number(BigInt(a.logIndex) - BigInt(b.logIndex)));
	const isEnd = ({ address, topics }: RpcLog) =>
		getAddress(address) === ENTRY_POINT && (topics[0] === USER_OPERATION_EVENT || topics[0] === BEFORE_EXECUTION_EVENT);
	const end = inOrder.findIndex((log) => isEnd(log) && log.topics[1] === userOperationHash);
	const before = inOrder.slice(0, end).findLastIndex(isEnd);
	return inOrder.slice(before + 1, end + 1);
}

/** eth_getTransactionReceipt: null while the transaction isn't in a block. One without all of its logs is no answer. */
export function transactionReceipt(hash: Hex) {
	return rpcRead('eth_getTransactionReceipt', [hash], (answer: { logs?: unknown; blockHash?: Hex } | null) =>
		answer ? { logs: wholeLogs(answer.logs, 'eth_getTransactionReceipt'), blockHash: answer.blockHash } : null,
	);
}

/** Only which transaction it is the bundler is believed; null where the node doesn't have the operation in it. */
export async function inNodesReceipt(rpc: Rpc, told: IncludedOperation): Promise<IncludedOperation | null> {
	const { receipt } = await read(rpc, { receipt: transactionReceipt(told.transactionHash) });
	return operationInReceipt(receipt?.logs, told.userOperationHash) ?? null;
}
