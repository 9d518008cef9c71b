import { numberToHex, toEventSelector, toFunctionSelector, type Hex } from 'viem';
import { REFERENCE_REGISTRY } from '../../contracts/referenceRegistry';
import type { Post } from '../../core/rpc/rpc';
import { aggregated, answersIn, viewsIn, type ViewAnswer } from '../support/multicall';
import { rpcClient, type RpcCall, type RpcResponse } from '../../devnet/rpc';

/** What an endpoint answers instead of the truth, or undefined for the truth. */
type Instead = (call: RpcCall, answer: RpcResponse) => RpcResponse | undefined;

/** Answers each call of a request by itself; what is no JSON-RPC answer stays as it is. */
export function answering(post: Post, before: (call: RpcCall) => RpcCall, instead: Instead): Post {
	return async (url, body, timeout) => {
		const batch = Array.isArray(body);
		const calls = (batch ? body : [body]) as RpcCall[];
		const asked = calls.map(before);
		const reply = await post(url, batch ? asked : asked[0], timeout);
		const answers = (Array.isArray(reply.body) ? reply.body : [reply.body]) as RpcResponse[];
		const told = answers.map((answer) => {
			const call = calls.find(({ id }) => id === answer?.id);
			return (call && instead(call, answer)) ?? answer;
		});
		return { ...reply, body: Array.isArray(reply.body) ? told : told[0] };
	};
}

interface Mined {
	blockNumber?: Hex | null;
	receipt?: { blockNumber?: Hex };
}

/**
 * A node, and the bundler behind it, that know the chain only until some blocks ago, but at least until a certain one.
 * What is handed in goes where it ought to.
 */
export function lagging(post: Post, nodeUrl: string, blocks: number, atLeast: bigint): Post {
	return async (url, body, timeout) => {
		const past = BigInt(await rpcClient(nodeUrl)<Hex>('eth_blockNumber')) - BigInt(blocks);
		const newest = past > atLeast ? past : atLeast;
		const tag = numberToHex(newest);
		const isLater = (block?: Hex | null) => block !== undefined && block !== null && BigInt(block) > newest;
		const before = (call: RpcCall): RpcCall => ({ ...call, params: call.params?.map((one) => atOrBefore(one, tag)) });
		const instead: Instead = ({ method }, answer) => {
			const { id, result } = answer;
			if (method === 'eth_blockNumber') return { jsonrpc: '2.0', id, result: tag };
			if (!/Receipt$|ByHash$/.test(method) || !result) return undefined;
			const { blockNumber, receipt } = result as Mined;
			return isLater(blockNumber ?? receipt?.blockNumber) ? { jsonrpc: '2.0', id, result: null } : undefined;
		};
		return answering(post, before, instead)(url, body, timeout);
	};
}

function atOrBefore(param: unknown, tag: Hex): unknown {
	if (param === 'latest' || param === 'pending') return tag;
	if (typeof param !== 'object' || param === null || !('toBlock' in param)) return param;
	const { toBlock } = param as { toBlock: Hex | 'latest' };
	return toBlock === 'latest' || BigInt(toBlock) > BigInt(tag) ? { ...param, toBlock: tag } : param;
}

const RECORD_OF = toFunctionSelector('recordOf(address,bytes32)');
const GET_NONCE = toFunctionSelector('getNonce(address,uint192)');
const OPERATION_EVENT = toEventSelector('UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)');

/**
 * An endpoint that lies about money every other time: that a reference isn't claimed, that an operation was mined and
 * failed, that it wasn't taken, and what the next nonce is.
 */
export function lying(post: Post, random: () => number): Post {
	const instead: Instead = (call, answer) => {
		if (answer.error || random() < 0.5) return undefined;
		const lie = lieAboutAny(call, answer.result);
		return lie && { jsonrpc: '2.0', id: answer.id, ...lie };
	};
	return answering(post, (call) => call, instead);
}

/** Views that come together are lied about one by one. */
function lieAboutAny(call: RpcCall, result: unknown): Omit<RpcResponse, 'jsonrpc' | 'id'> | undefined {
	const views = viewsIn({ method: call.method, params: call.params ?? [] });
	if (!views) return lieAbout(call, result);
	const truth = answersIn(result as Hex);
	const told = views.map(({ params }, index) => {
		const one = truth[index] as ViewAnswer;
		const lie = one.error ? undefined : lieAbout({ ...call, params: [...params] }, one.result);
		return lie && !lie.error ? { result: lie.result } : one;
	});
	return aggregated(told);
}

function lieAbout({ method, params = [] }: RpcCall, result: unknown): Omit<RpcResponse, 'jsonrpc' | 'id'> | undefined {
	if (method === 'eth_sendUserOperation') return { error: { code: -32500, message: 'AA25 invalid account nonce' } };
	if (method === 'eth_getUserOperationReceipt') return { result: failedReceipt(params[0] as Hex, result) };
	if (method === 'eth_getTransactionReceipt' && result) return { result: withFailed(result as WithLogs) };
	if (method !== 'eth_call') return undefined;
	const { to = '', data = '' } = params[0] as { to?: string; data?: string };
	if (to.toLowerCase() === REFERENCE_REGISTRY.toLowerCase() && data.startsWith(RECORD_OF)) {
		return { result: `0x${'00'.repeat(128)}` };
	}
	if (data.startsWith(GET_NONCE)) return { result: numberToHex(BigInt(result as Hex) + 1n, { size: 32 }) };
	return undefined;
}

interface WithLogs {
	logs: { topics: Hex[]; data: Hex }[];
}

/** The same receipt, in which no operation succeeded. */
function withFailed<T extends WithLogs>(receipt: T): T {
	const failed = ({ topics, data }: WithLogs['logs'][number]) =>
		topics[0] === OPERATION_EVENT ? (`${data.slice(0, 66)}${'0'.repeat(64)}${data.slice(130)}` as Hex) : data;
	return { ...receipt, logs: receipt.logs.map((log) => ({ ...log, data: failed(log) })) };
}

/** Of an operation that is in a block, or in none. */
function failedReceipt(userOpHash: Hex, found: unknown): unknown {
	if (!found) {
		const receipt = { transactionHash: userOpHash, blockHash: userOpHash, blockNumber: '0x1', status: '0x1', logs: [] };
		return { userOpHash, success: false, actualGasCost: '0x1', actualGasUsed: '0x1', nonce: '0x0', logs: [], receipt };
	}
	const { receipt, ...others } = found as WithLogs & { receipt: WithLogs };
	return { ...withFailed(others), success: false, receipt: withFailed(receipt) };
}
