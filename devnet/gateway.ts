import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCallLog, now, type CallLog, type LoggedCall } from './calls';
import { createFaults, type FaultRule, type Faults, type RequestFaults } from './faults';
import { post, toErrorObject, type RpcCall, type RpcErrorObject, type RpcResponse } from './rpc';

/** Answers one method itself; throws an RpcError to refuse. */
export type Handler = (params: readonly unknown[]) => Promise<unknown>;

/** What a gateway stands in front of. */
export interface GatewayOptions {
	/** Port to listen on; left out or 0: any free one. */
	port?: number;
	/** The API key in the path; `<key>-<anything>` are keys too, each with faults and a log of its own. */
	apiKey: string;
	/** JSON-RPC URL of the chain. */
	chainUrl: string;
	/** JSON-RPC URL of the bundler. */
	bundlerUrl: string;
	/** Methods that the gateway answers by itself. */
	handlers: Readonly<Record<string, Handler>>;
}

/** A running gateway. */
export interface Gateway {
	/** Its URL with the API key in the path. */
	url: string;
	close(): Promise<void>;
}

/** The methods a bundler knows and a chain doesn't. */
const BUNDLER_METHODS = /^(eth_(send|estimate|get)UserOperation|eth_supportedEntryPoints$|pimlico_|debug_bundler_)/;

/** Methods about the devnet itself: they never meet faults and are not in the log. */
const OWN_METHODS = /^devnet_/;

/** The name, behind the key, of whoever wants neither faults nor a log. */
export const HELPER = 'helper';

const KEEP_ALIVE_MILLISECONDS = 60_000;

interface Space {
	faults: Faults;
	log: CallLog;
}

interface Reply {
	/** HTTP status; null: the connection is dropped. */
	status: number | null;
	body: string;
	headers?: Record<string, string>;
}

/** Starts the one URL: the chain, the bundler and the gas manager behind it, with a log of calls and fault switches. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
	const spaces = new Map<string, Space>();
	const server = createServer((request, response) => {
		serve(options, spaces, request, response).catch((error: unknown) => {
			write(response, { status: 500, body: JSON.stringify(toErrorObject(error)) });
		});
	});
	// Longer than clients keep an idle connection, so that only faults break one.
	server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS;
	server.listen(options.port ?? 0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}/v2/${options.apiKey}`, close: () => close(server) };
}

async function close(server: Server): Promise<void> {
	if (!server.listening) return;
	const closed = once(server, 'close');
	server.close();
	server.closeAllConnections();
	await closed;
}

async function serve(
	options: GatewayOptions,
	spaces: Map<string, Space>,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const start = now();
	const body = await readBody(request);
	const key = /^\/v2\/([^/?]+)/.exec(request.url ?? '')?.[1] ?? '';
	const parsed = parse(body);
	if (!isKey(options.apiKey, key)) return write(response, unauthorized(parsed));
	if (!parsed) return write(response, parseError());
	const { calls, batch } = parsed;
	const space = spaceOf(spaces, key);
	if (calls.length > 0 && calls.every(({ method }) => OWN_METHODS.test(method))) {
		const answers = await Promise.all(calls.map((call) => answerOwn(options, space, call)));
		return write(response, ok(answers, batch));
	}
	const { reply, faults } = await answer(options, space, calls, batch);
	const methods = calls.map(({ method }) => method);
	const params = calls.map((call) => call.params);
	if (key !== `${options.apiKey}-${HELPER}`) {
		space.log.add({ start, end: now(), methods, batch, status: reply.status, faults, params } satisfies LoggedCall);
	}
	write(response, reply);
}

/** Carries out a request as its faults allow. */
async function answer(
	options: GatewayOptions,
	{ faults }: Space,
	calls: readonly RpcCall[],
	batch: boolean,
): Promise<{ reply: Reply; faults: string[] }> {
	const { latency, instead, kinds } = faults.forRequest(calls, batch);
	if (latency) await sleep(latency / 2);
	const carriedOut = !instead || (instead.kind === 'drop' ? instead.carriedOut !== false : isCarriedOut(instead));
	const { answers, met } = carriedOut ? await carryOut(options, faults, calls) : { answers: [], met: [] };
	if (latency) await sleep(latency / 2);
	const reply = instead ? insteadOf(instead, calls) : ok(answers, batch);
	return { reply, faults: [...kinds, ...met] };
}

function isCarriedOut(fault: NonNullable<RequestFaults['instead']>): boolean {
	return 'carriedOut' in fault && fault.carriedOut === true;
}

function insteadOf(fault: NonNullable<RequestFaults['instead']>, calls: readonly RpcCall[]): Reply {
	if (fault.kind === 'drop') return { status: null, body: '' };
	if (fault.kind === 'noBatch') {
		return json(200, failure(null, { code: -32600, message: 'Batch requests are not supported' }));
	}
	const headers: Record<string, string> =
		fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
	if (fault.body !== undefined) return { status: fault.status, body: fault.body, headers };
	if (fault.status === 429) return { ...json(429, failure(calls[0]?.id, TOO_MANY)), headers };
	// What a load balancer says when nobody behind it does: not JSON.
	const body = `<html><head><title>${fault.status}</title></head><body><h1>${fault.status}</h1></body></html>`;
	return { status: fault.status, body, headers: { ...headers, 'content-type': 'text/html' } };
}

/** As Alchemy says it: https://github.com/conduitxyz/node/issues/36. */
const TOO_MANY: RpcErrorObject = {
	code: 429,
	message:
		'Your app has exceeded its compute units per second capacity. If you have retries enabled, you can safely ' +
		'ignore this message. If not, check out https://docs.alchemy.com/reference/throughput',
};

/** Answers every call; those for the chain go there as one batch. */
async function carryOut(
	options: GatewayOptions,
	faults: Faults,
	calls: readonly RpcCall[],
): Promise<{ answers: RpcResponse[]; met: string[] }> {
	const latestBlock = latestBlockOf(options.chainUrl);
	const met: string[] = [];
	const answers = new Map<RpcCall, Promise<RpcResponse>>();
	const forChain: RpcCall[] = [];
	for (const call of calls) {
		const fault = await faults.forCall(call, latestBlock);
		if (fault) {
			met.push(fault.kind);
			if (fault.carriedOut) await route(options, call);
			answers.set(call, Promise.resolve({ jsonrpc: '2.0', id: call.id, ...fault.answer }));
		} else if (calls.length > 1 && isForChain(options, call)) {
			forChain.push(call);
		} else {
			answers.set(call, route(options, call));
		}
	}
	const batched = forChain.length ? await forwardBatch(options.chainUrl, forChain) : [];
	forChain.forEach((call, index) => answers.set(call, Promise.resolve(batched[index]!)));
	return { answers: await Promise.all(calls.map((call) => answers.get(call)!)), met };
}

function isForChain({ handlers }: GatewayOptions, { method }: RpcCall): boolean {
	return !Object.hasOwn(handlers, method) && !BUNDLER_METHODS.test(method);
}

async function route({ handlers, chainUrl, bundlerUrl }: GatewayOptions, call: RpcCall): Promise<RpcResponse> {
	const handler = Object.hasOwn(handlers, call.method) ? handlers[call.method] : undefined;
	if (handler) return handle(handler, call);
	return forward(BUNDLER_METHODS.test(call.method) ? bundlerUrl : chainUrl, call);
}

async function handle(handler: Handler, { id, params = [] }: RpcCall): Promise<RpcResponse> {
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

async function forwardBatch(url: string, calls: readonly RpcCall[]): Promise<RpcResponse[]> {
	const body = calls.map(({ method, params = [] }, id) => ({ jsonrpc: '2.0', id, method, params }));
	const replies = (await post(url, body)) as RpcResponse[] | RpcResponse;
	if (!Array.isArray(replies)) throw new Error(replies.error?.message ?? 'the chain answered a batch with no list');
	const byId = new Map(replies.map((reply) => [reply.id, reply]));
	return calls.map(({ id }, index) => ({ ...byId.get(index)!, id }));
}

function latestBlockOf(chainUrl: string): () => Promise<bigint> {
	let latest: Promise<bigint> | undefined;
	const read = async () => BigInt((await forward(chainUrl, { id: 1, method: 'eth_blockNumber' })).result as string);
	return () => (latest ??= read());
}

/** The methods about the devnet itself that are the same for every chain. */
const OWN_HANDLERS: Readonly<Record<string, (space: Space, params: readonly unknown[]) => unknown>> = {
	devnet_setFaults: ({ faults }, [rules]) => faults.set(rules as FaultRule[]),
	devnet_addFaults: ({ faults }, [rules]) => faults.add(rules as FaultRule[]),
	devnet_faults: ({ faults }) => faults.list(),
	devnet_calls: ({ log }, [withParams]) => log.list(withParams === true),
	devnet_clearCalls: ({ log }) => log.clear(),
};

function answerOwn({ handlers }: GatewayOptions, space: Space, call: RpcCall): Promise<RpcResponse> {
	const own = Object.hasOwn(OWN_HANDLERS, call.method) ? OWN_HANDLERS[call.method] : undefined;
	if (own) return handle(async (params) => own(space, params), call);
	const unknown: Handler = async () => {
		throw new Error(`no method ${call.method}`);
	};
	return handle(handlers[call.method] ?? unknown, call);
}

function spaceOf(spaces: Map<string, Space>, key: string): Space {
	const space = spaces.get(key) ?? { faults: createFaults(), log: createCallLog() };
	spaces.set(key, space);
	return space;
}

function isKey(apiKey: string, key: string): boolean {
	return key === apiKey || key.startsWith(`${apiKey}-`);
}

async function readBody(request: IncomingMessage): Promise<string> {
	request.setEncoding('utf8');
	let body = '';
	for await (const chunk of request) body += chunk as string;
	return body;
}

function parse(body: string): { calls: RpcCall[]; batch: boolean } | undefined {
	try {
		const value = JSON.parse(body) as RpcCall | RpcCall[];
		const calls = Array.isArray(value) ? value : [value];
		return calls.every((call) => typeof call?.method === 'string') ? { calls, batch: Array.isArray(value) } : undefined;
	} catch {
		return undefined;
	}
}

function ok(answers: readonly RpcResponse[], batch: boolean): Reply {
	return json(200, batch ? answers : answers[0]);
}

function json(status: number, value: unknown): Reply {
	return { status, body: JSON.stringify(value) };
}

function failure(id: unknown, error: RpcErrorObject): RpcResponse {
	return { jsonrpc: '2.0', id: id ?? null, error };
}

/** Alchemy's words: https://docs.alchemyapi.io/docs/error-reference. */
function unauthorized(parsed: { calls: RpcCall[] } | undefined): Reply {
	return json(401, failure(parsed?.calls[0]?.id, { code: -32600, message: 'Must be authenticated!' }));
}

function parseError(): Reply {
	return json(400, failure(null, { code: -32700, message: 'Parse error' }));
}

function write(response: ServerResponse, { status, body, headers }: Reply): void {
	if (status === null) {
		response.socket?.destroy();
		return;
	}
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(body);
}
