/** The endpoint answered, and its answer is a JSON-RPC error. */
export class RpcError extends Error {
	override readonly name = 'RpcError';

	/**
	 * @param method the JSON-RPC method that was called
	 * @param code the JSON-RPC error code
	 * @param message the endpoint's words, redacted
	 * @param data the error's data field as it came: revert data, or whatever the provider puts there
	 */
	constructor(
		readonly method: string,
		readonly code: number,
		message: string,
		readonly data?: unknown,
	) {
		super(message);
	}

	/** The bytes a contract reverted with, wherever the provider put them; undefined when it gave none. */
	get revertData(): `0x${string}` | undefined {
		const nested = this.data as { data?: unknown; originalError?: { data?: unknown } } | undefined;
		for (const candidate of [this.data, nested?.data, nested?.originalError?.data]) {
			const hex = typeof candidate === 'string' ? /0x[0-9a-fA-F]*$/.exec(candidate)?.[0] : undefined;
			if (hex && hex.length % 2 === 0) return hex as `0x${string}`;
		}
		return undefined;
	}
}

/** Why an endpoint gave no usable answer. */
export type EndpointFault = 'unreachable' | 'unauthorized' | 'rateLimited' | 'unavailable' | 'unintelligible';

const SENTENCES: Record<EndpointFault, string> = {
	unreachable: 'could not be reached',
	unauthorized: 'refused the API key',
	rateLimited: 'answered that there were too many requests',
	unavailable: 'answered that it is out of order',
	unintelligible: 'gave an answer that is not JSON-RPC',
};

/**
 * No valid answer came. After a request that changes something nobody knows whether it was carried out: the caller must
 * find out, never send anew under another nonce.
 */
export class EndpointError extends Error {
	override readonly name = 'EndpointError';

	/**
	 * @param fault what happened
	 * @param method the JSON-RPC method, or the methods of a batch
	 * @param status the HTTP status, when there was one
	 * @param retryAfter milliseconds that the endpoint asked to wait
	 */
	constructor(
		readonly fault: EndpointFault,
		readonly method: string,
		readonly status?: number,
		readonly retryAfter?: number,
	) {
		super(`${sentenceOf(fault, status)} when asked for ${method}`);
	}

	/** The message without the names of methods, which people did not type and need not know. */
	get sentence(): string {
		return sentenceOf(this.fault, this.status);
	}
}

function sentenceOf(fault: EndpointFault, status?: number): string {
	return `The endpoint ${SENTENCES[fault]}${status ? ` (HTTP ${status})` : ''}`;
}
