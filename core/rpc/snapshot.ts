import {
	decodeFunctionResult,
	deploylessCallViaBytecodeBytecode,
	encodeDeployData,
	encodeFunctionData,
	getContractAddress,
	hexToBigInt,
	keccak256,
	numberToHex,
	parseAbi,
	slice,
	stringToHex,
	zeroHash,
	type Address,
	type Hex,
} from 'viem';
import { MULTICALL3, MULTICALL3_INIT_CODE } from '../../contracts/multicall3';
import { canPass, RpcError } from './errors';
import type { Rpc, RpcCall, RpcResult } from './rpc';

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

/** How Multicall3 is reached. */
interface Way {
	/** Where it stands, for its own views. */
	multicall: Address;
	/** So many views go into one eth_call. */
	mostViews: number;
	/** What eth_call is asked, from what Multicall3 is asked. */
	toCall(data: Hex): { to?: Address; from?: Address; data: Hex };
}

const STANDING: Way = {
	multicall: MULTICALL3,
	// With 100,000 gas each they fit into what nodes give a call (geth: 50 million).
	mostViews: 200,
	toCall: (data) => ({ to: MULTICALL3, data }),
};

const deploylessAbi = parseAbi(['constructor(bytes code, bytes data)']);
/** Nobody has its key, so it will never have sent anything: what it would create has one address for ever. */
const NOBODY = slice(keccak256(stringToHex('n8n-nodes-session-keys/nobody/v1')), 12);

/** viem's deployless call, where Multicall3 does not stand: a contract that is never created brings it along and asks it. */
const DEPLOYLESS: Way = {
	multicall: getContractAddress({
		opcode: 'CREATE2',
		from: getContractAddress({ from: NOBODY, nonce: 0n }),
		bytecode: MULTICALL3_INIT_CODE,
		salt: zeroHash,
	}),
	// The answer counts as the code of a contract: at most 24,576 bytes (EIP-170).
	mostViews: 64,
	toCall: (data) => ({
		from: NOBODY,
		data: encodeDeployData({
			abi: deploylessAbi,
			bytecode: deploylessCallViaBytecodeBytecode,
			args: [MULTICALL3_INIT_CODE, data],
		}),
	}),
};

const WAYS: readonly Way[] = [STANDING, DEPLOYLESS];

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

/** How many ways were refused over a connection: none of them is tried again. */
const refusedWays = new WeakMap<Rpc, number>();

/**
 * Asks all that contracts can answer (views, balances, chain, height and time) in ONE eth_call for each height, through
 * Multicall3's aggregate3: all of it is of one block then, and costs one call. Where that doesn't stand it is brought along
 * in the call; where a node refuses that too, everything is asked for itself.
 *
 * @returns in the order of the calls
 */
export async function askTogether(rpc: Rpc, calls: readonly Question[]): Promise<RpcResult[]> {
	const results: (RpcResult | undefined)[] = calls.map(() => undefined);
	for (let isLast = false; ; ) {
		const tried = refusedWays.get(rpc) ?? 0;
		const way = isLast ? undefined : WAYS[tried];
		const open = calls.flatMap((call, place) => (results[place] ? [] : [{ call, place }]));
		if (open.length === 0) return results as RpcResult[];
		const isRefused = await askOpen(rpc, way, open, results);
		if (isRefused) refusedWays.set(rpc, Math.max(refusedWays.get(rpc) ?? 0, tried + 1));
		// What Multicall3 answered, and left open, it can't tell.
		isLast = !isRefused;
	}
}

interface Placed {
	call: Question;
	place: number;
}

/** Asks what is open, and puts answers in their places. @returns whether the way to Multicall3 was refused */
async function askOpen(
	rpc: Rpc,
	way: Way | undefined,
	open: readonly Placed[],
	results: (RpcResult | undefined)[],
): Promise<boolean> {
	const joined = way ? join(way, open) : [];
	const inside = new Set(joined.flatMap(({ places }) => places));
	const apart = open.filter(({ place }) => !inside.has(place));
	const answers = await rpc.batch([...joined.map(({ call }) => call), ...apart.map(({ call }) => asItself(call))]);
	apart.forEach(({ place }, index) => (results[place] = answers[joined.length + index]));
	const parts = joined.map((one, index) => partsOf(one, answers[index] as RpcResult));
	joined.forEach(({ places }, index) => places.forEach((place, i) => (results[place] = parts[index]?.[i])));
	return parts.includes(undefined);
}

function asItself({ method, params, optional }: RpcCall): RpcCall {
	return { method, params, ...(optional && { optional }) };
}

function join(way: Way, open: readonly Placed[]): Joined[] {
	const byHeight = new Map<string, { place: number; views: Views }[]>();
	for (const { call, place } of open) {
		const views = viewsOf(call, way);
		if (!views) continue;
		const height = heightOf(call);
		byHeight.set(height, [...(byHeight.get(height) ?? []), { place, views }]);
	}
	return [...byHeight].flatMap(([height, questions]) =>
		inChunks(questions, way.mostViews)
			// A single call is as good by itself.
			.filter((chunk) => chunk.length > 1)
			.map((chunk) => ({
				places: chunk.map(({ place }) => place),
				views: chunk.map(({ views }) => views),
				call: { method: 'eth_call', params: [way.toCall(aggregate(chunk)), height] },
			})),
	);
}

function inChunks<T>(all: readonly T[], size: number): T[][] {
	return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

function aggregate(questions: readonly { views: Views }[]): Hex {
	const calls = questions.flatMap(({ views }) => views.calls.map((call) => ({ ...call, allowFailure: true })));
	return encodeFunctionData({ abi, functionName: 'aggregate3', args: [calls] });
}

/**
 * What Multicall3 answered to each question; undefined where it must be asked for itself, and in place of all where it gave
 * no answer of its own.
 */
function partsOf({ views }: Joined, answer: RpcResult): (RpcResult | undefined)[] | undefined {
	// Too many requests, a node that is behind: no answer to any of them.
	if (answer.error && canPass(answer.error)) return views.map(() => answer);
	const returned = answer.error ? undefined : decoded(answer.result);
	const count = views.reduce((sum, { calls }) => sum + calls.length, 0);
	if (returned?.length !== count) return undefined;
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

function view({ multicall }: Way, name: 'getBlockNumber' | 'getChainId' | 'getCurrentBlockTimestamp') {
	return { target: multicall, callData: encodeFunctionData({ abi, functionName: name }) };
}

function balanceOf({ multicall }: Way, address: Address) {
	return { target: multicall, callData: encodeFunctionData({ abi, functionName: 'getEthBalance', args: [address] }) };
}

function heightOf({ params }: Question): string {
	return typeof params[1] === 'string' ? params[1] : 'latest';
}

function viewsOf({ method, params, onlyHeightAndTime }: Question, way: Way): Views | undefined {
	if (method === 'eth_chainId') return { calls: [view(way, 'getChainId')], toResult: quantity };
	if (method === 'eth_getBalance') return { calls: [balanceOf(way, params[0] as Address)], toResult: quantity };
	if (onlyHeightAndTime) return { calls: blockViews(way), toResult: toBlock };
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

/** Height and time of the newest block. */
function blockViews(way: Way) {
	const arbitrum = { target: ARB_SYS, callData: ARB_BLOCK_NUMBER };
	return [arbitrum, view(way, 'getBlockNumber'), view(way, 'getCurrentBlockTimestamp')];
}

/** The answers to `blockViews` as eth_getBlockByNumber tells them. */
function toBlock([arbitrum, ethereum, time]: readonly RpcResult[]): RpcResult | undefined {
	// Where ArbSys fails, nobody here knows which of the two heights is meant.
	const [number, timestamp] = [arbitrum?.error ? undefined : (uint(arbitrum) ?? uint(ethereum)), uint(time)];
	if (number === undefined || timestamp === undefined) return undefined;
	return { result: { number: numberToHex(number), timestamp: numberToHex(timestamp) } };
}
