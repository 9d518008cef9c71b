import type { Hex } from 'viem';
import { getUserOperationHash, type UserOperation as UserOperationOf } from 'viem/account-abstraction';
import { ADDRESSES } from '../../../devnet/contracts/addresses';
import { encodeOperation } from './encode';
import type { GasFields, Operation } from './format';
import type { Scene } from './scene';

/** Generous: gas used must never decide an outcome. */
const GAS: GasFields = { call: 2_000_000, verification: 1_000_000, pre: 100_000, maxFee: 1_000_000_000 };
const OWNER_CALL_GAS = 6_000_000;
const SEQUENCE_BITS = 64n;

/** A user operation as EntryPoint v0.6 takes it. */
type UserOperation = Required<Omit<UserOperationOf<'0.6'>, 'authorization'>>;

/** A signed user operation and the hash that was signed. */
export interface SignedOperation {
	op: UserOperation;
	hash: Hex;
}

/** The next sequence number of each lane. */
export type Sequences = Map<bigint, number>;

/**
 * Builds and signs an operation. Its lane moves on in `sequences`.
 * @param index The step's position: makes a lane that was never used before.
 */
export async function signOperation(
	scene: Scene,
	operation: Operation,
	sequences: Sequences,
	index: number,
): Promise<SignedOperation> {
	const { lab, cast } = scene;
	const lane = laneOf(scene, operation, index);
	const sequence = operation.sequence ?? sequences.get(lane) ?? 0;
	sequences.set(lane, sequence + 1);

	const gas = gasOf(operation);
	const unsigned = {
		sender: cast.address('account'),
		nonce: (lane << SEQUENCE_BITS) | BigInt(sequence),
		initCode: operation.initCode ? scene.initCode : '0x',
		callData: await encodeOperation(scene, operation),
		callGasLimit: BigInt(gas.call),
		verificationGasLimit: BigInt(gas.verification),
		preVerificationGas: BigInt(gas.pre),
		maxFeePerGas: BigInt(gas.maxFee),
		maxPriorityFeePerGas: BigInt(gas.maxFee),
		paymasterAndData: operation.paymaster ? cast.address(operation.paymaster) : '0x',
		signature: '0x',
	} satisfies UserOperation;
	const hash = getUserOperationHash({
		chainId: lab.chainId,
		entryPointAddress: ADDRESSES.EntryPoint,
		entryPointVersion: '0.6',
		userOperation: unsigned,
	});
	return { op: { ...unsigned, signature: await sign(scene, operation, hash) }, hash };
}

async function sign({ cast }: Scene, operation: Operation, hash: Hex): Promise<Hex> {
	const signer = operation.signer ?? (isByKey(operation) ? operation.key! : 'owner');
	return signer.startsWith('0x') ? (signer as Hex) : cast.signer(signer).signMessage({ message: { raw: hash } });
}

function isByKey(operation: Operation): boolean {
	return operation.do === 'executeWithSessionKey';
}

function gasOf(operation: Operation): GasFields {
	const call = isByKey(operation) ? GAS.call : OWNER_CALL_GAS;
	return { ...GAS, call, ...operation.gas };
}

function laneOf({ cast }: Scene, operation: Operation, index: number): bigint {
	const lane = operation.lane ?? (isByKey(operation) ? `of step ${index}` : 'zero');
	if (lane === 'zero') return 0n;
	if (lane === 'own') return BigInt(cast.address(operation.key!));
	if (lane.startsWith('0x')) return BigInt(lane);
	if (lane.startsWith('key')) return BigInt(cast.address(lane));
	return BigInt(cast.seed(`lane ${lane}`)) >> SEQUENCE_BITS;
}
