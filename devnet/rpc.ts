/** One call of a JSON-RPC request. */
export interface RpcCall {
	jsonrpc?: string;
	id?: unknown;
	method: string;
	params?: unknown[];
}

/** The error of a JSON-RPC response. */
export interface RpcErrorObject {
	code: number;
	message: string;
	data?: unknown;
}

/** One call's JSON-RPC response. */
export interface RpcResponse {
	jsonrpc: '2.0';
	id: unknown;
	result?: unknown;
	error?: RpcErrorObject;
}

/** A JSON-RPC error as an exception; a handler that throws one answers with it. */
export class RpcError extends Error {
	override name = 'RpcError';

	constructor(
		readonly code: number,
		message: string,
		readonly data?: unknown,
	) {
		super(message);
	}

	toObject(): RpcErrorObject {
		const { code, message, data } = this;
		return data === undefined ? { code, message } : { code, message, data };
	}
}

/** Sends one JSON-RPC call and resolves with its result. */
export type Request = <T = unknown>(method: string, params?: readonly unknown[]) => Promise<T>;

/**
 * Makes a function that sends JSON-RPC calls to a URL, each once, and throws {@link RpcError}.
 *
 * @example
 * const blockNumber = await rpcClient(url)<Hex>('eth_blockNumber');
 */
export function rpcClient(url: string): Request {
	return async <T>(method: string, params: readonly unknown[] = []) => {
		const response = (await post(url, { jsonrpc: '2.0', id: 1, method, params })) as RpcResponse;
		if (response.error) throw new RpcError(response.error.code, response.error.message, response.error.data);
		return response.result as T;
	};
}

/** Posts a JSON body once and resolves with the reply's, whatever its status. */
export async function post(url: string, body: unknown): Promise<unknown> {
	const reply = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	const text = await reply.text();
	try {
		return JSON.parse(text);
	} catch {
		throw new Error(`HTTP ${reply.status}: ${text.slice(0, 200)}`);
	}
}

/** A JSON-RPC error's code and message, whatever was thrown. */
export function toErrorObject(error: unknown): RpcErrorObject {
	if (error instanceof RpcError) return error.toObject();
	return { code: -32603, message: error instanceof Error ? error.message : String(error) };
}

/** A response that says why a call failed. */
export function failure(id: unknown, error: RpcErrorObject): RpcResponse {
	return { jsonrpc: '2.0', id: id ?? null, error };
}
