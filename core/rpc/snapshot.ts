import {
	decodeFunctionResult,
	encodeFunctionData,
	hexToBigInt,
	numberToHex,
	parseAbi,
	type Address,
	type Hex,
} from 'viem';
import { canPass, RpcError } from './errors';
import type { Rpc, RpcCall, RpcResult } from './rpc';

/** Stands at the same address on every network of this package (github.com/mds1/multicall, deployments). */
export const MULTICALL3: Address = '0xcA11bde05977b3631167028862bE2a173976CA11';
/** Arbitrum's own height (docs.arbitrum.io, ArbSys): `block.number` is Ethereum's there. Nothing stands here elsewhere. */
const ARB_SYS: Address = '0x0000000000000000000000000000000000000064';
const ARB_BLOCK_NUMBER: Hex = '0xa3b1b31d';

const abi = parseAbi([
	'struct Call3 { address target; bool allowFailure; bytes callData; }',
	'struct Result { bool success; bytes returnData; }',
	'function aggregate3(Call3[] calls) view returns (Result[] returnData)',
	'function getBlockNumber() view returns (uint256)',
	'function getChainId() view returns (uint256)',
	'function getCurrentBlockTimestamp() view returns (uint256)',
	'function getEthBalance(address) view returns (uint256)',
]);

/** So many views go into one eth_call: with 100,000 gas each they fit into what nodes give a call (geth: 50 million). */
const MOST_VIEWS = 200;

/** A question as calls of view functions, and their answers as that of the question. */
interface Views {
	calls: readonly { target: Address; callData: Hex }[];
	/** undefined: the contracts gave no answer that can be the question's. */
	toResult(returned: readonly RpcResult[]): RpcResult | undefined;
}

interface Joined {
	/** Places in the list of calls. */
	places: readonly number[];
	views: readonly Views[];
	call: RpcCall;
}

/** A call as `read` hands it in. */
export interface Question extends RpcCall {
	/** Of a block only these two are wanted, which a contract can tell as well. */
	onlyHeightAndTime?: boolean;
}

/** Connections at whose chain Multicall3 was seen not to stand, or whose node doesn't carry it out. */
const asksApart = new WeakSet<Rpc>();

/**
 * Asks all that contracts can answer (views, balances, chain, height and time) in ONE eth_call for each height, through
 * Multicall3's aggregate3: all of it is of one block then, and costs one call. Where that doesn't stand, or a node refuses,
 * everything is asked for itself.
 *
 * @returns in the order of the calls
 */
export async function askTogether(rpc: Rpc, calls: readonly Question[]): Promise<RpcResult[]> {
	const joined = asksApart.has(rpc) ? [] : join(calls);
	if (joined.length === 0) return rpc.batch(calls.map(asItself));
	const inside = new Set(joined.flatMap(({ places }) => places));
	const apart = calls.flatMap((call, place) => (inside.has(place) ? [] : [{ call, place }]));
	const answers = await rpc.batch([...joined.map(({ call }) => call), ...apart.map(({ call }) => asItself(call))]);
	const results: (RpcResult | undefined)[] = calls.map(() => undefined);
	joined.forEach((one, index) => {
		const parts = partsOf(rpc, one, answers[index] as RpcResult);
		one.places.forEach((place, i) => (results[place] = parts[i]));
	});
	apart.forEach(({ place }, index) => (results[place] = answers[joined.length + index]));
	const open = calls.flatMap((call, place) => (results[place] ? [] : [{ call, place }]));
	if (open.length > 0) {
		const again = await rpc.batch(open.map(({ call }) => asItself(call)));
		open.forEach(({ place }, index) => (results[place] = again[index]));
	}
	return results as RpcResult[];
}

function asItself({ method, params, optional }: RpcCall): RpcCall {
	return { method, params, ...(optional && { optional }) };
}

function join(calls: readonly Question[]): Joined[] {
	const byHeight = new Map<string, { place: number; views: Views }[]>();
	calls.forEach((call, place) => {
		const views = viewsOf(call);
		if (!views) return;
		const height = heightOf(call);
		byHeight.set(height, [...(byHeight.get(height) ?? []), { place, views }]);
	});
	return [...byHeight].flatMap(([height, questions]) =>
		inChunks(questions)
			// A single call is as good by itself.
			.filter((chunk) => chunk.length > 1)
			.map((chunk) => ({
				places: chunk.map(({ place }) => place),
				views: chunk.map(({ views }) => views),
				call: { method: 'eth_call', params: [{ to: MULTICALL3, data: aggregate(chunk) }, height] },
			})),
	);
}

function inChunks<T>(all: readonly T[]): T[][] {
	return Array.from({ length: Math.ceil(all.length / MOST_VIEWS) }, (_, i) =>
		all.slice(i * MOST_VIEWS, (i + 1) * MOST_VIEWS),
	);
}

function aggregate(questions: readonly { views: Views }[]): Hex {
	const calls = questions.flatMap(({ views }) => views.calls.map((call) => ({ ...call, allowFailure: true })));
	return encodeFunctionData({ abi, functionName: 'aggregate3', args: [calls] });
}

/** What Multicall3 answered to each question; undefined where it must be asked for itself. */
function partsOf(rpc: Rpc, { views }: Joined, answer: RpcResult): (RpcResult | undefined)[] {
	// Too many requests, a node that is behind: no answer to any of them.
	if (answer.error && canPass(answer.error)) return views.map(() => answer);
	const returned = answer.error ? undefined : decoded(answer.result);
	const count = views.reduce((sum, { calls }) => sum + calls.length, 0);
	if (returned?.length !== count) {
		asksApart.add(rpc);
		return views.map(() => undefined);
	}
	let next = 0;
	return views.map(({ calls, toResult }) => {
		const own = returned.slice(next, (next += calls.length));
		return toResult(own);
	});
}

function decoded(result: unknown): RpcResult[] | undefined {
	try {
		const parts = decodeFunctionResult({ abi, functionName: 'aggregate3', data: result as Hex });
		return parts.map(({ success, returnData }) => (success ? { result: returnData } : { error: revert(returnData) }));
	} catch {
		return undefined;
	}
}

/** As a node tells it of a call that is asked for itself: code 3 and the data. */
function revert(data: Hex): RpcError {
	return new RpcError('eth_call', 3, 'execution reverted', data);
}

function view(name: 'getBlockNumber' | 'getChainId' | 'getCurrentBlockTimestamp') {
	return { target: MULTICALL3, callData: encodeFunctionData({ abi, functionName: name }) };
}

function balanceOf(address: Address) {
	return { target: MULTICALL3, callData: encodeFunctionData({ abi, functionName: 'getEthBalance', args: [address] }) };
}

function heightOf({ params }: Question): string {
	return typeof params[1] === 'string' ? params[1] : 'latest';
}

function viewsOf({ method, params, onlyHeightAndTime }: Question): Views | undefined {
	if (method === 'eth_chainId') return { calls: [view('getChainId')], toResult: quantity };
	if (method === 'eth_getBalance') return { calls: [balanceOf(params[0] as Address)], toResult: quantity };
	if (onlyHeightAndTime) return BLOCK_VIEWS;
	if (method !== 'eth_call' || params.length !== 2) return undefined;
	const { to, data, ...others } = params[0] as { to?: Address; data?: Hex };
	// Whoever names a sender means it: Multicall3 would stand in its place.
	if (!to || !data || Object.keys(others).length > 0) return undefined;
	return { calls: [{ target: to, callData: data }], toResult: believed };
}

/**
 * A view that failed without a reason may have found its gas used up by another one of the call (EIP-150 leaves a 64th): it
 * is asked for itself.
 */
function believed([one]: readonly RpcResult[]): RpcResult | undefined {
	return one?.error instanceof RpcError && one.error.data === '0x' ? undefined : one;
}

function quantity([one]: readonly RpcResult[]): RpcResult | undefined {
	const value = uint(one);
	return value === undefined ? undefined : { result: numberToHex(value) };
}

function uint(one: RpcResult | undefined): bigint | undefined {
	const data = one?.result as Hex | undefined;
	return data?.length === 66 ? hexToBigInt(data) : undefined;
}

/** Height and time of the newest block, as eth_getBlockByNumber tells them. */
const BLOCK_VIEWS: Views = {
	calls: [{ target: ARB_SYS, callData: ARB_BLOCK_NUMBER }, view('getBlockNumber'), view('getCurrentBlockTimestamp')],
	toResult([arbitrum, ethereum, time]) {
		// Where ArbSys fails, nobody here knows which of the two heights is meant.
		const [number, timestamp] = [arbitrum?.error ? undefined : (uint(arbitrum) ?? uint(ethereum)), uint(time)];
		if (number === undefined || timestamp === undefined) return undefined;
		return { result: { number: numberToHex(number), timestamp: numberToHex(timestamp) } };
	},
};
