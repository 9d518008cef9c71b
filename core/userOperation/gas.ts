import { alchemyGasManagerMiddleware } from '@alchemy/aa-alchemy/middleware/gasManager';
import { zeroAddress, type Hex } from 'viem';
import { ENTRY_POINT } from '../contracts';
import { EndpointError } from '../rpc/errors';
import { read, rpcRead, type Read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { raised, type Fees } from './fees';
import { toRpcUserOperation, type UserOperation } from './userOperation';

/**
 * 65 bytes in the form of a signature that recovers to somebody: validation runs to its end with it, and the gas that
 * it takes is that of a real one.
 */
export const DUMMY_SIGNATURE: Hex =
	'0xfffffffffffffffffffffffffffffff0000000000000000000000000000000007aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1c';

/** An operation without its gas limits and its signature. */
export type Draft = Omit<
	UserOperation,
	'callGasLimit' | 'verificationGasLimit' | 'preVerificationGas' | 'paymasterAndData' | 'signature'
>;

/** What estimating or sponsoring adds. Gas in units. */
export type GasFields = Pick<
	UserOperation,
	'callGasLimit' | 'verificationGasLimit' | 'preVerificationGas' | 'paymasterAndData'
> &
	Partial<Pick<UserOperation, 'maxFeePerGas' | 'maxPriorityFeePerGas'>>;

interface EstimateAnswer {
	callGasLimit: Hex;
	verificationGasLimit?: Hex;
	verificationGas?: Hex;
	preVerificationGas: Hex;
}

/**
 * eth_estimateUserOperationGas, with headroom: an inner call gets at most 63/64 of what is left (EIP-150), so an
 * estimate that fits exactly is too low for large batches; the first use of a nonce key and changed storage cost more too.
 * Gas that isn't used isn't paid, but it counts against a gas limit of the key, so the headroom is no more than needed.
 * An RpcError in its place has the reason of the simulation.
 */
export function estimateRead(draft: Draft): Read<GasFields> {
	const asked = toRpcUserOperation({ ...draft, paymasterAndData: '0x', signature: DUMMY_SIGNATURE });
	const toGas = (answer: EstimateAnswer): GasFields => ({
		callGasLimit: raised(BigInt(answer.callGasLimit), 110n) + 10_000n,
		verificationGasLimit: raised(BigInt(answer.verificationGasLimit ?? answer.verificationGas ?? 0), 110n),
		preVerificationGas: raised(BigInt(answer.preVerificationGas), 105n),
		paymasterAndData: '0x',
	});
	return rpcRead('eth_estimateUserOperationGas', [asked, ENTRY_POINT], toGas);
}

type SponsorAnswer = Record<keyof GasFields, Hex>;

/**
 * Asks Alchemy's gas manager to pay (alchemy_requestGasAndPaymasterAndData, by the SDK's own middleware): it estimates,
 * sets the fees and signs in one answer.
 *
 * @param fees wanted instead of those that the gas manager would set: for replacing an operation
 * @throws {RpcError} when the policy doesn't sponsor this, {EndpointError}
 */
export async function sponsor(rpc: Rpc, draft: Draft, policyId: string, fees?: Fees): Promise<GasFields> {
	const client = {
		request: ({ method, params }: { method: string; params: unknown[] }) => rpc.request(method, params),
	};
	const middleware = alchemyGasManagerMiddleware(client as never, { policyId });
	const account = { getEntryPoint: () => ({ address: ENTRY_POINT, version: '0.6.0' }) };
	const { maxFeePerGas: _fee, maxPriorityFeePerGas: _priority, ...withoutFees } = draft;
	const answer = (await middleware.paymasterAndData?.paymasterAndData?.(
		toRpcUserOperation({ ...withoutFees, signature: DUMMY_SIGNATURE }) as never,
		{ account, overrides: fees ?? {}, feeOptions: { callGasLimit: { multiplier: 1.1 } } } as never,
	)) as unknown as SponsorAnswer;
	try {
		return toGasFields(answer);
	} catch {
		throw new EndpointError('unintelligible', 'alchemy_requestGasAndPaymasterAndData');
	}
}

function toGasFields(answer: SponsorAnswer): GasFields {
	return {
		callGasLimit: BigInt(answer.callGasLimit),
		verificationGasLimit: BigInt(answer.verificationGasLimit),
		preVerificationGas: BigInt(answer.preVerificationGas),
		maxFeePerGas: BigInt(answer.maxFeePerGas),
		maxPriorityFeePerGas: BigInt(answer.maxPriorityFeePerGas),
		paymasterAndData: answer.paymasterAndData,
	};
}

/**
 * Gas limits from whoever pays: the gas manager where a policy does, else the bundler's estimate.
 * @throws {RpcError} with what they have against the operation, {EndpointError}
 */
export async function requestGas(rpc: Rpc, draft: Draft, gasPolicyId: string | undefined): Promise<GasFields> {
	if (gasPolicyId) return sponsor(rpc, draft, gasPolicyId);
	return (await read(rpc, { gas: estimateRead(draft) })).gas;
}

/** The paymaster's address in paymasterAndData; undefined when the account pays, as it does for the zero address too. */
export function paymasterOf(paymasterAndData: Hex): Hex | undefined {
	const paymaster = paymasterAndData.slice(0, 42) as Hex;
	return paymaster.length === 42 && paymaster !== zeroAddress ? paymaster : undefined;
}
