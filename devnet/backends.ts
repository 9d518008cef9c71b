import type { CallFault } from './faults';
import type { LatestBlock } from './heights';
import type { PassedBlocks } from './passedBlocks';
import { failure, post, toErrorObject, type RpcCall, type RpcResponse } from './rpc';

/** Answers one method itself; throws an RpcError to refuse. */
export type Handler = (params: readonly unknown[]) => Promise<unknown>;

/** Who answers behind the gateway. */
export interface Backends {
	/** JSON-RPC URL of the chain. */
	chainUrl: string;
	/** JSON-RPC URL of the bundler. */
	bundlerUrl: string;
	/** Methods that the gateway answers by itself. */
	handlers: Readonly<Record<string, Handler>>;
	/** Blocks that the chain does not have, of a chain of our own. */
	passed?: PassedBlocks;
}

/** The methods a bundler knows and a chain doesn't. */
const BUNDLER_METHODS = /^(eth_(send|estimate|get)UserOperation|eth_supportedEntryPoints$|pimlico_|debug_bundler_)/;

/** What is said of a call instead of its true answer, if anything. */
export type Instead = (call: RpcCall, latestBlock: LatestBlock) => Promise<CallFault | undefined>;

/** Answers every call; those for the chain go there as one batch. */
export async function executePlan(
	backends: Backends,
	insteadOf: Instead,
	calls: readonly RpcCall[],
): Promise<{ answers: RpcResponse[]; met: string[] }> {
	const latestBlock = latestBlockOf(backends.chainUrl);
	const met: string[] = [];
	const answers = new Map<RpcCall, Promise<RpcResponse>>();
	const forChain: RpcCall[] = [];
	for (const call of calls) {
		const fault = await insteadOf(call, latestBlock);
		if (fault) {
			met.push(fault.kind);
			if (fault.carriedOut) await route(backends, call);
			answers.set(call, Promise.resolve({ jsonrpc: '2.0', id: call.id, ...fault.answer }));
		} else if (calls.length > 1 && isForChain(backends, call)) {
			forChain.push(call);
		} else {
			answers.set(call, route(backends, call));
		}
	}
	const batched = forChain.length ? await forwardBatch(backends, forChain) : [];
	forChain.forEach((call, index) => answers.set(call, Promise.resolve(batched[index]!)));
	return { answers: await Promise.all(calls.map((call) => answers.get(call)!)), met };
}

function isForChain({ handlers, passed }: Backends, call: RpcCall): boolean {
	return !Object.hasOwn(handlers, call.method) && !BUNDLER_METHODS.test(call.method) && !passed?.find(call);
}

async function route({ handlers, chainUrl, bundlerUrl, passed }: Backends, call: RpcCall): Promise<RpcResponse> {
	const handler = Object.hasOwn(handlers, call.method) ? handlers[call.method] : undefined;
	if (handler) return handle(handler, call);
	if (BUNDLER_METHODS.test(call.method)) return forward(bundlerUrl, call);
	const block = passed?.find(call);
	if (block) return { jsonrpc: '2.0', id: call.id, result: block };
	return forward(chainUrl, passed?.toReal(call) ?? call);
}

/** Answers a call with a handler; what the handler throws is the call's error. */
export async function handle(handler: Handler, { id, params = [] }: RpcCall): Promise<RpcResponse> {
	try {
		return { jsonrpc: '2.0', id, result: (await handler(params)) ?? null };
	} catch (error) {
		return failure(id, toErrorObject(error));
	}
}

async function forward(url: string, { id, method, params = [] }: RpcCall): Promise<RpcResponse> {
	try {
		const { result, error } = (await post(url, { jsonrpc: '2.0', id: 1, method, params })) as RpcResponse;
		// The bundler leaves the code out where it has none.
		return error
			? failure(id, { ...error, code: error.code ?? -32603 })
			: { jsonrpc: '2.0', id, result: result ?? null };
	} catch (error) {
		return failure(id, toErrorObject(error));
	}
}

async function forwardBatch({ chainUrl, passed }: Backends, calls: readonly RpcCall[]): Promise<RpcResponse[]> {
	const real = calls.map((call) => passed?.toReal(call) ?? call);
	const body = real.map(({ method, params = [] }, id) => ({ jsonrpc: '2.0', id, method, params }));
	const replies = (await post(chainUrl, body)) as RpcResponse[] | RpcResponse;
	if (!Array.isArray(replies)) throw new Error(replies.error?.message ?? 'the chain answered a batch with no list');
	const byId = new Map(replies.map((reply) => [reply.id, reply]));
	return calls.map(({ id }, index) => ({ ...byId.get(index)!, id }));
}

function latestBlockOf(chainUrl: string): LatestBlock {
	let latest: Promise<bigint> | undefined;
	const read = async () => BigInt((await forward(chainUrl, { id: 1, method: 'eth_blockNumber' })).result as string);
	return () => (latest ??= read());
}
