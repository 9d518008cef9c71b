import { createRpc, type HttpReply, type Rpc, type RpcOptions } from '../../../core/rpc/rpc';

export const CHAIN_URL = 'https://chain.example/v2/chain-api-key';
export const BUNDLER_URL = 'https://bundler.example/v2/bundler-api-key';

/** One call as it stands in a request. */
export interface Asked {
	id: number;
	method: string;
	params: readonly unknown[];
}

/** One HTTP request as the endpoint sees it. */
export interface Request {
	url: string;
	batch: boolean;
	calls: Asked[];
}

/** Answers an HTTP request; `attempt` counts the requests from 1. Throwing is a connection that broke. */
export type Endpoint = (request: Request, attempt: number) => HttpReply;

/** An HTTP reply. */
export function reply(body: unknown, status = 200, headers: Record<string, unknown> = {}): HttpReply {
	return { status, headers, body };
}

/** A JSON-RPC endpoint that gives each call its own answer: `result`, or `error` when that is what comes out. */
export function answering(answer: (call: Asked) => { result: unknown } | { error: unknown }): Endpoint {
	return ({ batch, calls }) => {
		const answers = calls.map((call) => ({ jsonrpc: '2.0', id: call.id, ...answer(call) }));
		return reply(batch ? answers : answers[0]);
	};
}

/** Answers every call with its method's name. */
export const echo = answering(({ method }) => ({ result: method }));

/** An Rpc over an endpoint that exists in memory, with everything it was asked and every pause that was made. */
export function scripted(
	endpoint: Endpoint,
	options: Partial<RpcOptions> = {},
): { rpc: Rpc; requests: Request[]; pauses: number[] } {
	const requests: Request[] = [];
	const pauses: number[] = [];
	const rpc = createRpc({
		chainUrl: CHAIN_URL,
		post: async (url, body) => {
			const calls = [body].flat() as Asked[];
			const request = { url, batch: Array.isArray(body), calls };
			requests.push(request);
			return endpoint(request, requests.length);
		},
		sleep: async (milliseconds) => pauses.push(milliseconds),
		...options,
	});
	return { rpc, requests, pauses };
}

/** The methods of each request. */
export function methodsIn(requests: readonly Request[]): string[][] {
	return requests.map(({ calls }) => calls.map(({ method }) => method));
}
