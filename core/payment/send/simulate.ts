import {
	decodeFunctionResult,
	encodeFunctionData,
	getAddress,
	numberToHex,
	parseAbi,
	size,
	slice,
	type Address,
	type Hex,
} from 'viem';
import { selectorOf, type Call } from '../../calls';
import { ENTRY_POINT, sessionKeyPluginAbi } from '../../contracts';
import { explainAnswer, type ExplainContext } from '../../explain/explain';
import { refuse, type Refusal } from '../../refusal/refusal';
import { isRevert, type RpcError } from '../../rpc/errors';
import { blockParam, type BlockTag, type Read } from '../../rpc/read';
import type { RpcResult } from '../../rpc/rpc';
import { isTokenPayment } from '../../permissions/access';
import { encodeSessionKeyCalls } from '../../plugin/sessionKeyCalls';
import type { UserOperation } from '../../userOperation/userOperation';

/** What carrying out the calls would give; undefined when the endpoint doesn't say. */
export type Execution = { results: readonly Hex[] } | { revertData: Hex } | undefined;

/**
 * Carries the calls out in an eth_call, as the EntryPoint would: token limits and the called contracts themselves are
 * asked. The rules that are looked at while validating are not: those `checkCalls` knows.
 *
 * @param claim of the reference that is claimed with it, see `claimCall`
 * @example
 * const { execution } = await read(rpc, { execution: executionRead(account, key, calls) });
 * const refusals = executionRefusals(execution, { state, calls, redact: rpc.redact });
 */
export function executionRead(
	account: Address,
	key: Address,
	calls: readonly Call[],
	claim?: Hex,
	block: BlockTag = 'latest',
): Read<Execution> {
	return entryPointCall(account, encodeSessionKeyCalls(calls, key, claim), block, (data) => {
		const results = decodeFunctionResult({ abi: sessionKeyPluginAbi, functionName: 'executeWithSessionKey', data });
		if (results.length !== calls.length + (claim ? 1 : 0)) return undefined;
		// A claim that answers nothing was made to nothing: where no registry stands, any call succeeds.
		if (claim && size(results[0] ?? '0x') !== 32) return undefined;
		return { results: claim ? results.slice(1) : results };
	});
}

/**
 * Carries one call out as if the account made it of itself: neither the key's rules nor its limits are asked, only the called
 * contract. For payments that the key may not make yet.
 */
export function ownCallRead(
	account: Address,
	{ target, value, data }: Call,
	block: BlockTag = 'latest',
): Read<Execution> {
	return {
		method: 'eth_call',
		params: [{ from: account, to: target, value: numberToHex(value), data }, blockParam(block)],
		decode: ({ result, error }: RpcResult) => (error ? revertOf(error) : { results: [result as Hex] }),
	};
}

/** Several executions as one; the first that was stopped, or not answered, is the whole. */
export function together(executions: readonly Execution[]): Execution {
	const failed = executions.findIndex((one) => !one || 'revertData' in one);
	if (failed >= 0) return executions[failed];
	return { results: executions.flatMap((one) => (one && 'results' in one ? one.results : [])) };
}

/** What the execution has against the payment: at most one reason, since the first one stops it. No answer is one. */
export function executionRefusals(
	execution: Execution,
	context: ExplainContext & { calls: readonly Call[] },
): Refusal[] {
	// No answer is never a yes.
	if (!execution) return [refuse('notSimulated', {})];
	if ('revertData' in execution) return [explainAnswer(execution.revertData, context)];
	const index = context.calls.findIndex((call, i) => saysFalse(call, execution.results[i]));
	const call = context.calls[index];
	if (!call) return [];
	const contract = getAddress(call.target);
	return [refuse('transferNotMade', { contract, symbol: context.state?.tokens[contract]?.symbol, index })];
}

/** ERC-20: a transfer may answer false instead of stopping. Old tokens answer nothing, which is fine. */
function saysFalse({ data }: Call, result: Hex | undefined): boolean {
	return (
		isTokenPayment(selectorOf(data)) &&
		result !== undefined &&
		size(result) >= 32 &&
		BigInt(slice(result, 0, 32)) === 0n
	);
}

/** ERC-4337's IAccount with EntryPoint v0.6. */
const accountAbi = parseAbi([
	'struct UserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; uint256 callGasLimit; uint256 verificationGasLimit; uint256 preVerificationGas; uint256 maxFeePerGas; uint256 maxPriorityFeePerGas; bytes paymasterAndData; bytes signature; }',
	'function validateUserOp(UserOperation userOp, bytes32 userOpHash, uint256 missingAccountFunds) returns (uint256 validationData)',
]);

/** What validating an operation gives: nothing is wrong with it, or the account's own reason. */
export type Validation =
	| { signatureMatches: boolean; validAfter: number; validUntil: number; revertData?: undefined }
	| { revertData: Hex }
	| undefined;

/**
 * Asks the account to validate a signed operation in an eth_call, as the EntryPoint would: the reason behind an AA23,
 * which the EntryPoint v0.6 keeps to itself. Times in unix seconds, 0 is open.
 *
 * @param hash the operation's hash
 */
export function validationRead(op: UserOperation, hash: Hex, block: BlockTag = 'latest'): Read<Validation> {
	const data = encodeFunctionData({ abi: accountAbi, functionName: 'validateUserOp', args: [op, hash, 0n] });
	return entryPointCall(op.sender, data, block, (answer) => {
		// ERC-4337: 160 bits of signature result, 48 of validUntil, 48 of validAfter.
		const packed = BigInt(answer);
		return {
			signatureMatches: (packed & ((1n << 160n) - 1n)) === 0n,
			validUntil: Number((packed >> 160n) & 0xffff_ffff_ffffn),
			validAfter: Number(packed >> 208n),
		};
	});
}

/** What the account would answer to an operation's calldata now, as the EntryPoint hands it over. */
export function callDataRead({ sender, callData }: Pick<UserOperation, 'sender' | 'callData'>) {
	return entryPointCall(sender, callData, 'latest', () => ({ revertData: undefined }));
}

function entryPointCall<T>(
	account: Address,
	data: Hex,
	block: BlockTag,
	decode: (answer: Hex) => T,
): Read<T | { revertData: Hex } | undefined> {
	return {
		method: 'eth_call',
		params: [{ from: ENTRY_POINT, to: account, data }, blockParam(block)],
		decode({ result, error }: RpcResult) {
			if (error) return revertOf(error);
			try {
				return decode(result as Hex);
			} catch {
				return undefined; // no account there: the check says so
			}
		},
	};
}

function revertOf(error: Error): { revertData: Hex } | undefined {
	if (!isRevert(error)) return undefined;
	return { revertData: (error as RpcError).revertData ?? '0x' };
}
