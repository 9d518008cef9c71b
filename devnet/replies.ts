import type { ServerResponse } from 'node:http';
import type { RequestFaults } from './faults';
import { failure, type RpcCall, type RpcErrorObject, type RpcResponse } from './rpc';

/** An HTTP reply. */
export interface Reply {
	/** HTTP status; null: the connection is dropped. */
	status: number | null;
	body: string;
	headers?: Record<string, string>;
}

/** What a fault says in place of the true reply. */
export function insteadOf(fault: NonNullable<RequestFaults['instead']>, calls: readonly RpcCall[]): Reply {
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

/** The true reply. */
export function ok(answers: readonly RpcResponse[], batch: boolean): Reply {
	return json(200, batch ? answers : answers[0]);
}

function json(status: number, value: unknown): Reply {
	return { status, body: JSON.stringify(value) };
}

/** The API key is not known. Alchemy's words: https://docs.alchemyapi.io/docs/error-reference. */
export function unauthorized(parsed: { calls: RpcCall[] } | undefined): Reply {
	return json(401, failure(parsed?.calls[0]?.id, { code: -32600, message: 'Must be authenticated!' }));
}

/** The body was no JSON-RPC request. */
export function parseError(): Reply {
	return json(400, failure(null, { code: -32700, message: 'Parse error' }));
}

/** Sends a reply, or breaks the connection. */
export function write(response: ServerResponse, { status, body, headers }: Reply): void {
	if (status === null) {
		response.socket?.destroy();
		return;
	}
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(body);
}
