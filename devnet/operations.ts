import {
	decodeErrorResult,
	encodeFunctionData,
	hexToBigInt,
	numberToHex,
	parseAbi,
	parseEventLogs,
	type Hex,
	type RpcTransactionReceipt,
} from 'viem';
import { entryPoint06Abi, getUserOperationHash, type UserOperation } from 'viem/account-abstraction';
import { privateKeyToAccount } from 'viem/accounts';
import type { DevnetClient } from './client';
import { RpcError } from './rpc';

/** A user operation of EntryPoint v0.6. */
export type Operation = UserOperation<'0.6'>;

/** What an operation consists of when it is included directly. */
export interface OperationParts extends Partial<Omit<Operation, 'signature'>> {
	sender: Operation['sender'];
	/** The private key that signs. */
	signerKey: Hex;
	/** The 192-bit nonce key whose next nonce is taken; 0 when left out. Not looked at when there is a nonce. */
	nonceKey?: bigint;
}

/** What became of an included operation. */
export interface Inclusion {
	userOperationHash: Hex;
	transactionHash: Hex;
	blockNumber: bigint;
	success: boolean;
	/** What execution reverted with. */
	revertReason?: Hex;
}

/** The EntryPoint refused a bundle: nothing in it was included. */
class RefusedError extends Error {
	override name = 'RefusedError';

	constructor(
		/** Position of the operation that was refused. */
		readonly index: number,
		/** The EntryPoint's reason, for example `AA23 reverted (or OOG)`. */
		readonly reason: string,
	) {
		super(`operation ${index} was refused: ${reason}`);
	}
}

/** Generous, and free: with no fee the account keeps all that it has. */
const DEFAULTS = {
	initCode: '0x',
	callData: '0x',
	callGasLimit: 6_000_000n,
	verificationGasLimit: 2_000_000n,
	preVerificationGas: 100_000n,
	maxFeePerGas: 0n,
	maxPriorityFeePerGas: 0n,
	paymasterAndData: '0x',
} as const;

const BUNDLE_GAS = 16_000_000n;
const POLL_MILLISECONDS = 5;

const nonceAbi = parseAbi(['function getNonce(address sender, uint192 key) view returns (uint256)']);

/** Completes an operation with the next nonce of its nonce key, defaults and a signature. */
export async function signOperation(devnet: DevnetClient, parts: OperationParts): Promise<Operation> {
	const { signerKey, nonceKey = 0n, ...given } = parts;
	const nonce = given.nonce ?? (await nextNonce(devnet, given.sender, nonceKey));
	const operation: Operation = { ...DEFAULTS, ...given, nonce, signature: '0x' };
	const raw = userOperationHash(devnet, operation);
	return { ...operation, signature: await privateKeyToAccount(signerKey).signMessage({ message: { raw } }) };
}

/** The hash by which bundlers and events know an operation. */
export function userOperationHash({ chainId, contracts }: DevnetClient, userOperation: Operation): Hex {
	return getUserOperationHash({
		chainId,
		entryPointAddress: contracts.EntryPoint,
		entryPointVersion: '0.6',
		userOperation,
	});
}

/** The next nonce of an account's nonce key. */
async function nextNonce(devnet: DevnetClient, sender: Hex, key: bigint): Promise<bigint> {
	const data = encodeFunctionData({ abi: nonceAbi, functionName: 'getNonce', args: [sender, key] });
	return hexToBigInt(await devnet.request<Hex>('eth_call', [{ to: devnet.contracts.EntryPoint, data }, 'latest']));
}

/**
 * Includes signed operations in one bundle without a bundler, sent by the devnet's operator. For tests that move the
 * chain's clock: a bundler goes by the clock on the wall.
 *
 * @throws {RefusedError} when validation of one of them fails.
 */
export async function includeOperations(devnet: DevnetClient, operations: readonly Operation[]): Promise<Inclusion[]> {
	const data = encodeFunctionData({
		abi: entryPoint06Abi,
		functionName: 'handleOps',
		args: [
			operations.map((operation) => ({ initCode: '0x' as const, paymasterAndData: '0x' as const, ...operation })),
			devnet.operator,
		],
	});
	const transaction = { from: devnet.operator, to: devnet.contracts.EntryPoint, data, gas: numberToHex(BUNDLE_GAS) };
	const hash = await devnet.request<Hex>('eth_sendTransaction', [transaction]);
	const receipt = await minedReceipt(devnet, hash);
	if (receipt.status !== '0x1') throw await refusal(devnet, transaction);
	return operations.map((operation) => inclusion(userOperationHash(devnet, operation), receipt));
}

/** Waits until a transaction is in a block, whether it succeeded there or failed. */
export async function minedReceipt(
	{ request }: Pick<DevnetClient, 'request'>,
	hash: Hex,
): Promise<RpcTransactionReceipt> {
	for (;;) {
		const receipt = await request<RpcTransactionReceipt | null>('eth_getTransactionReceipt', [hash]);
		if (receipt) return receipt;
		await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
	}
}

/** The state is as before the bundle failed: the same call again tells why. */
async function refusal(devnet: DevnetClient, transaction: object): Promise<Error> {
	try {
		await devnet.request('eth_call', [transaction, 'latest']);
		return new Error('the bundle failed, but not when it was repeated');
	} catch (error) {
		if (!(error instanceof RpcError) || typeof error.data !== 'string') return error as Error;
		const decoded = decodeErrorResult({ abi: entryPoint06Abi, data: error.data as Hex });
		if (decoded.errorName !== 'FailedOp') return new Error(decoded.errorName);
		return new RefusedError(Number(decoded.args[0]), decoded.args[1]);
	}
}

function inclusion(userOperationHash: Hex, receipt: RpcTransactionReceipt): Inclusion {
	const logs = parseEventLogs({
		abi: entryPoint06Abi,
		eventName: ['UserOperationEvent', 'UserOperationRevertReason'],
		logs: receipt.logs,
	});
	let success = false;
	let revertReason: Hex | undefined;
	for (const log of logs) {
		if (log.args.userOpHash !== userOperationHash) continue;
		if (log.eventName === 'UserOperationEvent') success = log.args.success;
		else revertReason = log.args.revertReason;
	}
	const { transactionHash, blockNumber } = receipt;
	return { userOperationHash, transactionHash, blockNumber: hexToBigInt(blockNumber), success, revertReason };
}
