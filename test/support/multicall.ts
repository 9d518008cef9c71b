import {
	decodeFunctionData,
	decodeFunctionResult,
	encodeFunctionResult,
	multicall3Abi,
	type Address,
	type Hex,
} from 'viem';
import type { RpcCall } from '../../core/rpc/rpc';
import { MULTICALL3 } from '../../core/rpc/snapshot';

const AGGREGATE3 = '0x82ad56cb';

/** The views inside a call of Multicall3's aggregate3, each as an eth_call of its own; undefined for any other call. */
export function viewsIn({ method, params }: Pick<RpcCall, 'method' | 'params'>): RpcCall[] | undefined {
	const { to, data } = (params[0] ?? {}) as { to?: Address; data?: Hex };
	if (method !== 'eth_call' || to !== MULTICALL3 || !data?.startsWith(AGGREGATE3)) return undefined;
	const [views] = decodeFunctionData({ abi: multicall3Abi, data }).args as readonly unknown[];
	return (views as { target: Address; callData: Hex }[]).map(({ target, callData }) => ({
		method: 'eth_call',
		params: [{ to: target, data: callData }, params[1]],
	}));
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
