import type { Request, RpcCall, RpcErrorObject, RpcResponse } from './rpc';

/** The user operations that the bundler holds, as far as they went through the gateway. */
export interface PendingOperations {
	/**
	 * Takes a place for the operation of an eth_sendUserOperation; an error when its account has no more than `most`. One that
	 * replaces another, with its nonce, takes that one's place.
	 */
	enter(call: RpcCall, most: number): Promise<RpcErrorObject | undefined>;
	/** The bundler's answer: a refused operation gives its place back. */
	answered(call: RpcCall, response: RpcResponse): void;
}

interface Sent {
	sender: string;
	nonce: string;
}

/** What alto says of an operation that it holds; of any other: it was included, it failed, or it is not known. */
const HELD: ReadonlySet<unknown> = new Set(['not_submitted', 'submitted']);

/**
 * Keeps count of them. Alto itself takes as many as it is told to; Alchemy's bundler (rundler) four of an account that has no
 * stake.
 */
export function createPendingOperations(bundler: Request): PendingOperations {
	/** Hash by nonce, of each sender; no hash yet: it is on its way to the bundler. */
	const held = new Map<string, Map<string, string | undefined>>();

	async function forgetIncluded(operations: Map<string, string | undefined>): Promise<void> {
		const asked = [...operations].map(async ([nonce, hash]) => {
			if (hash === undefined || (await isHeld(bundler, hash))) return;
			if (operations.get(nonce) === hash) operations.delete(nonce);
		});
		await Promise.all(asked);
	}

	return {
		enter: async (call, most) => {
			const { sender, nonce } = sentOf(call);
			const operations = held.get(sender) ?? new Map<string, string | undefined>();
			held.set(sender, operations);
			await forgetIncluded(operations);
			// From here on nothing waits: two that come at once can't take the same place.
			if (operations.has(nonce)) return undefined;
			if (operations.size >= most) return tooMany(call, most);
			operations.set(nonce, undefined);
			return undefined;
		},
		answered: (call, { result }) => {
			const { sender, nonce } = sentOf(call);
			const operations = held.get(sender);
			if (!operations?.has(nonce)) return;
			if (typeof result === 'string') operations.set(nonce, result);
			else if (operations.get(nonce) === undefined) operations.delete(nonce);
		},
	};
}

async function isHeld(bundler: Request, hash: string): Promise<boolean> {
	try {
		return HELD.has((await bundler<{ status: string }>('pimlico_getUserOperationStatus', [hash])).status);
	} catch {
		// Another bundler than alto: held until it has a receipt.
		return (await bundler('eth_getUserOperationReceipt', [hash])) === null;
	}
}

function sentOf({ params }: RpcCall): Sent {
	const { sender, nonce } = (params?.[0] ?? {}) as Partial<Sent>;
	return { sender: String(sender).toLowerCase(), nonce: String(nonce).toLowerCase() };
}

/** Rundler's words: https://github.com/alchemyplatform/rundler (crates/pool, MempoolError::MaxOperationsReached). */
function tooMany({ params }: RpcCall, most: number): RpcErrorObject {
	const { sender } = (params?.[0] ?? {}) as Partial<Sent>;
	return { code: -32505, message: `Max operations (${most}) reached for account ${sender} due to being unstaked` };
}
