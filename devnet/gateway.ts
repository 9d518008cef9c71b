import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCallLog, now, type CallLog, type LoggedCall } from './calls';
import { createFaults, type FaultRule, type Faults, type RequestFaults } from './faults';
import { executePlan, handle, type Backends, type Handler, type Instead } from './backends';
import { createMeter, planNamed, type Meter, type Refusal } from './meter';
import { createPendingOperations, type PendingOperations } from './pendingOperations';
import { DEFAULT_PLAN, type PlanName } from './plans';
import { insteadOf, ok, parseError, refused, unauthorized, write, type Reply } from './replies';
import { rpcClient, toErrorObject, type RpcCall, type RpcResponse } from './rpc';

/** What a gateway stands in front of. */
export interface GatewayOptions extends Backends {
	/** Port to listen on; left out or 0: any free one. */
	port?: number;
	/** The API key in the path; `<key>-<anything>` are keys too, each with faults and a log of its own. */
	apiKey: string;
	/** The provider's plan that every API key starts with. */
	plan?: PlanName;
}

/** A running gateway. */
export interface Gateway {
	/** Its URL with the API key in the path. */
	url: string;
	close(): Promise<void>;
}

/** Methods about the devnet itself: they never meet faults and are not in the log. */
const OWN_METHODS = /^devnet_/;

/** The name, behind the key, of whoever wants neither faults nor a log. */
export const HELPER = 'helper';

const KEEP_ALIVE_MILLISECONDS = 60_000;

interface Space {
	faults: Faults;
	log: CallLog;
	/** Left out for the helper's key: it is on no plan. */
	meter?: Meter;
}

/** What all API keys share. */
interface Shared {
	spaces: Map<string, Space>;
	/** The operations that the bundler holds. */
	pending: PendingOperations;
}

/** Starts the one URL: the chain, the bundler and the gas manager behind it, with a log of calls and fault switches. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
	planNamed(options.plan ?? DEFAULT_PLAN);
	const shared: Shared = {
		spaces: new Map(),
		pending: createPendingOperations(rpcClient(options.bundlerUrl)),
	};
	const server = createServer((request, response) => {
		serve(options, shared, request, response).catch((error: unknown) => {
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
	shared: Shared,
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
	const space = spaceOf(options, shared, key);
	if (calls.length > 0 && calls.every(({ method }) => OWN_METHODS.test(method))) {
		const answers = await Promise.all(calls.map((call) => answerOwn(options, space, call)));
		return write(response, ok(answers, batch));
	}
	const { reply, faults } = await answer(options, shared, space, calls, batch);
	const methods = calls.map(({ method }) => method);
	const params = calls.map((call) => call.params);
	if (space.meter) {
		space.log.add({ start, end: now(), methods, batch, status: reply.status, faults, params } satisfies LoggedCall);
	}
	write(response, reply);
}

/** Carries out a request as its faults and its plan allow. */
async function answer(
	options: GatewayOptions,
	{ pending }: Shared,
	{ faults, meter }: Space,
	calls: readonly RpcCall[],
	batch: boolean,
): Promise<{ reply: Reply; faults: string[] }> {
	const { latency, instead, kinds } = faults.forRequest(calls, batch);
	if (latency) await sleep(latency / 2);
	const refusals = meter?.admit(calls, batch) ?? new Map<RpcCall, Refusal>();
	const insteadOfCall: Instead = async (call, latestBlock) => {
		const fault = await faults.forCall(call, latestBlock);
		if (fault) return fault;
		const refusal = refusals.get(call) ?? (await meter?.refuse(call, latestBlock));
		if (!refusal) return undefined;
		refusals.set(call, refusal);
		return { kind: `plan: ${refusal.kind}`, carriedOut: false, answer: { error: refusal.error } };
	};
	const { answers, met } = isCarriedOut(instead)
		? await executePlan(options, insteadOfCall, calls)
		: { answers: [], met: [] };
	meter?.count(calls, refusals);
	calls.forEach((call, index) => {
		if (call.method === 'eth_sendUserOperation' && answers[index]) pending.answered(call, answers[index]);
	});
	if (latency) await sleep(latency / 2);
	const reply = instead ? insteadOf(instead, calls) : (refused(calls, refusals, batch) ?? ok(answers, batch));
	return { reply, faults: [...kinds, ...met] };
}

/** A dropped reply is that of a request that was carried out, unless the fault says otherwise. */
function isCarriedOut(instead: RequestFaults['instead']): boolean {
	if (!instead) return true;
	return 'carriedOut' in instead && instead.carriedOut !== undefined ? instead.carriedOut : instead.kind === 'drop';
}

/** The methods about the devnet itself that are the same for every chain. */
const OWN_HANDLERS: Readonly<Record<string, (space: Space, params: readonly unknown[]) => unknown>> = {
	devnet_setFaults: ({ faults }, [rules]) => faults.set(rules as FaultRule[]),
	devnet_addFaults: ({ faults }, [rules]) => faults.add(rules as FaultRule[]),
	devnet_faults: ({ faults }) => faults.list(),
	devnet_calls: ({ log }, [withParams]) => log.list(withParams === true),
	devnet_clearCalls: ({ log }) => log.clear(),
	devnet_setPlan: ({ meter }, [name]) => meter?.setPlan(name as PlanName),
	devnet_usage: ({ meter }) => meter?.usage(),
};

function answerOwn({ handlers }: GatewayOptions, space: Space, call: RpcCall): Promise<RpcResponse> {
	const own = Object.hasOwn(OWN_HANDLERS, call.method) ? OWN_HANDLERS[call.method] : undefined;
	if (own) return handle(async (params) => own(space, params), call);
	const unknown: Handler = async () => {
		throw new Error(`no method ${call.method}`);
	};
	return handle(handlers[call.method] ?? unknown, call);
}

function spaceOf({ apiKey, plan = DEFAULT_PLAN }: GatewayOptions, { spaces, pending }: Shared, key: string): Space {
	const known = spaces.get(key);
	if (known) return known;
	const meter = key === `${apiKey}-${HELPER}` ? undefined : createMeter(plan, pending);
	const space = { faults: createFaults(), log: createCallLog(), meter };
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
