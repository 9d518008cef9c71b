import { decodeFunctionData, encodeFunctionResult, multicall3Abi, type Address, type Hex } from 'viem';
import { RpcError } from '../../core/rpc/errors';
import type { RpcCall, RpcResult } from '../../core/rpc/rpc';
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

/** Multicall3 as a chain has it that answers its views so: a stand-in. */
export function aggregated(views: readonly RpcCall[], answer: (view: RpcCall) => RpcResult): RpcResult {
	const results = views.map((one) => {
		const { result, error } = answer(one);
		if (error && !(error instanceof RpcError)) throw error;
		const returnData = (error ? (error.revertData ?? '0x') : result) as Hex;
		return { success: !error, returnData };
	});
	return { result: encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result: results }) };
}
