import type { ServerResponse } from 'node:http';
import type { RequestFaults } from './faults';
import type { Refusal } from './meter';
import { TOO_MANY_UNITS } from './plans';
import { failure, type RpcCall, type RpcResponse } from './rpc';

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
	if (fault.status === 429) return { ...json(429, failure(calls[0]?.id, TOO_MANY_UNITS)), headers };
	// What a load balancer says when nobody behind it does: not JSON.
	const body = `<html><head><title>${fault.status}</title></head><body><h1>${fault.status}</h1></body></html>`;
	return { status: fault.status, body, headers: { ...headers, 'content-type': 'text/html' } };
}

/** The true reply. */
export function ok(answers: readonly RpcResponse[], batch: boolean): Reply {
	return json(200, batch ? answers : answers[0]);
}

function json(status: number, value: unknown): Reply {
	return { status, body: JSON.stringify(value) };
}

/** The plan refuses the whole request, or the only call in it; undefined where something else is answered too. */
export function refused(
	calls: readonly RpcCall[],
	refusals: ReadonlyMap<RpcCall, Refusal>,
	batch: boolean,
): Reply | undefined {
	const [first] = refusals.values();
	if (!first || refusals.size < calls.length) return undefined;
	const isWhole =
		!batch || ((first.status === 429 || first.kind === 'batch') && calls.every((call) => refusals.get(call) === first));
	if (!isWhole) return undefined;
	const headers: Record<string, string> = first.status === 429 ? { 'retry-after': '1' } : {};
	return { ...json(first.status, failure(batch ? null : calls[0]?.id, first.error)), headers };
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
