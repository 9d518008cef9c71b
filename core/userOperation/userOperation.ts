import { numberToHex, type Address, type Hex } from 'viem';
import { getUserOperationHash } from 'viem/account-abstraction';
import { ENTRY_POINT, entryPointAbi } from '../contracts';
import { contractRead, type BlockTag, type Read } from '../rpc/read';

/** ERC-4337's UserOperation of EntryPoint v0.6. Gas in units, fees and costs in wei. */
export interface UserOperation {
	sender: Address;
	/** 192 bits of nonce key, 64 bits of sequence number. */
	nonce: bigint;
	initCode: Hex;
	callData: Hex;
	callGasLimit: bigint;
	verificationGasLimit: bigint;
	preVerificationGas: bigint;
	maxFeePerGas: bigint;
	maxPriorityFeePerGas: bigint;
	paymasterAndData: Hex;
	signature: Hex;
}

/** Its fields that are numbers, in the order of EntryPoint v0.6's struct. Emergency stops are written in this order. */
export const OPERATION_NUMBERS = [
	'nonce',
	'callGasLimit',
	'verificationGasLimit',
	'preVerificationGas',
	'maxFeePerGas',
	'maxPriorityFeePerGas',
] as const;

/** The form that JSON-RPC takes: every number as hex. */
export function toRpcUserOperation(op: Partial<UserOperation>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(op).map(([name, value]) => [name, typeof value === 'bigint' ? numberToHex(value) : value]),
	);
}

/** An operation as JSON-RPC gives it: every number as hex. */
export type RpcUserOperation = Record<keyof UserOperation, Hex>;

/** The opposite of `toRpcUserOperation`. */
export function fromRpcUserOperation(op: RpcUserOperation): UserOperation {
	return {
		...op,
		nonce: BigInt(op.nonce),
		callGasLimit: BigInt(op.callGasLimit),
		verificationGasLimit: BigInt(op.verificationGasLimit),
		preVerificationGas: BigInt(op.preVerificationGas),
		maxFeePerGas: BigInt(op.maxFeePerGas),
		maxPriorityFeePerGas: BigInt(op.maxPriorityFeePerGas),
	};
}

/** EntryPoint.getUserOpHash: what is signed, and the name of the operation from then on. */
export function hashUserOperation(op: UserOperation, chainId: number): Hex {
	return getUserOperationHash({
		chainId,
		entryPointAddress: ENTRY_POINT,
		entryPointVersion: '0.6',
		userOperation: op,
	});
}

/** EntryPoint.getNonce: the next nonce of a nonce key, with that key in its upper 192 bits. */
export function nonceRead(account: Address, nonceKey: bigint, block?: BlockTag): Read<bigint> {
	return contractRead(entryPointAbi, ENTRY_POINT, 'getNonce', [account, nonceKey], block);
}

/** The sequence number in a nonce: its lower 64 bits. */
export function sequenceOf(nonce: bigint): bigint {
	return nonce & 0xffff_ffff_ffff_ffffn;
}

/** The nonce key of a nonce: its upper 192 bits. */
export function nonceKeyOf(nonce: bigint): bigint {
	return nonce >> 64n;
}

/** Puts a nonce together. */
export function toNonce(nonceKey: bigint, sequence: bigint): bigint {
	return (nonceKey << 64n) | sequence;
}
