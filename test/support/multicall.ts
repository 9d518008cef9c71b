import {
	decodeAbiParameters,
	decodeFunctionData,
	decodeFunctionResult,
	deploylessCallViaBytecodeBytecode,
	encodeFunctionResult,
	multicall3Abi,
	type Address,
	type Hex,
} from 'viem';
import { MULTICALL3 } from '../../contracts/multicall3';
import type { RpcCall } from '../../core/rpc/rpc';

const AGGREGATE3 = '0x82ad56cb';

/** The views inside a call of Multicall3's aggregate3, each as an eth_call of its own; undefined for any other call. */
export function viewsIn({ method, params }: Pick<RpcCall, 'method' | 'params'>): RpcCall[] | undefined {
	const { to, data: given } = (params[0] ?? {}) as { to?: Address; data?: Hex };
	const data = to === MULTICALL3 ? given : broughtAlong(given);
	if (method !== 'eth_call' || !data?.startsWith(AGGREGATE3)) return undefined;
	const [views] = decodeFunctionData({ abi: multicall3Abi, data }).args as readonly unknown[];
	return (views as { target: Address; callData: Hex }[]).map(({ target, callData }) => ({
		method: 'eth_call',
		params: [{ to: target, data: callData }, params[1]],
	}));
}

/** Whether the call brings Multicall3 along (viem's deployless call). */
export function isDeployless({ params }: Pick<RpcCall, 'params'>): boolean {
	const { to, data } = (params[0] ?? {}) as { to?: Address; data?: Hex };
	return !to && broughtAlong(data) !== undefined;
}

function broughtAlong(data: Hex = '0x'): Hex | undefined {
	if (!data.startsWith(deploylessCallViaBytecodeBytecode)) return undefined;
	const given: Hex = `0x${data.slice(deploylessCallViaBytecodeBytecode.length)}`;
	return decodeAbiParameters([{ type: 'bytes' }, { type: 'bytes' }], given)[1];
}

/** What a single view gave; an error's `data` is what the contract reverted with. */
export interface ViewAnswer {
	result?: unknown;
	error?: object;
}

/** The answer of aggregate3, from what each of its views gave: a stand-in for the contract. */
export function aggregated(answers: readonly ViewAnswer[]): { result: Hex } {
	const result = answers.map(({ result: given, error }) => ({
		success: !error,
		returnData: (error ? ('data' in error && error.data) || '0x' : given) as Hex,
	}));
	return { result: encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result }) };
}

/** The other way round: what each view gave. */
export function answersIn(result: Hex): ViewAnswer[] {
	return decodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', data: result }).map(
		({ success, returnData }) => (success ? { result: returnData } : { error: { data: returnData } }),
	);
}
