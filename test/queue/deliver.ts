import { setTimeout as sleep } from 'node:timers/promises';

/** What a webhook asks for. */
export interface Order {
	reference: string;
	recipient: string;
	/** In whole units. */
	amount: string;
}

/** What became of one delivery. */
export interface Delivery {
	reference: string;
	/** What the last answer said: `paid` or `alreadyPaid` when it was delivered. */
	status: string;
	/** How often it was sent until it was answered with one of them. */
	attempts: number;
	/** Every answer that was another one. */
	others: string[];
	/** Milliseconds from the first attempt to the last answer. */
	took: number;
}

/** How long a sender waits for an answer, in milliseconds. */
const PATIENCE = 30_000;

/** Whether an answer says that the order is paid. */
export function isDelivered(status: string): boolean {
	return status === 'paid' || status === 'alreadyPaid';
}

/**
 * Delivers an order as webhook senders do: again and again, until the answer says that it is paid. No answer, a broken
 * connection, a server error and `pending` all mean: once more.
 */
export async function deliver(url: string, order: Order, seconds = 300): Promise<Delivery> {
	const { reference } = order;
	const began = performance.now();
	const others: string[] = [];
	for (let attempts = 1; ; attempts++) {
		const status = await post(url, order);
		const took = performance.now() - began;
		if (isDelivered(status)) return { reference, status, attempts, others, took };
		others.push(status);
		if (took > seconds * 1000) return { reference, status, attempts, others, took };
		await sleep(1_000 + Math.random() * 1_000);
	}
}

async function post(url: string, order: Order): Promise<string> {
	try {
		const reply = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(order),
			signal: AbortSignal.timeout(PATIENCE),
		});
		const text = await reply.text();
		if (!reply.ok) return `HTTP ${reply.status}`;
		return String((JSON.parse(text) as { status?: string }).status ?? 'no status');
	} catch (error) {
		return error instanceof Error && error.name === 'TimeoutError' ? 'no answer' : 'no connection';
	}
}

/** Does something with each, so many at a time, in order. */
export async function inParallel<T, R>(
	items: readonly T[],
	width: number,
	what: (item: T) => Promise<R>,
): Promise<R[]> {
	const results: R[] = [];
	let next = 0;
	const one = async (): Promise<void> => {
		while (next < items.length) {
			const index = next++;
			results[index] = await what(items[index] as T);
		}
	};
	await Promise.all(Array.from({ length: Math.min(width, items.length) }, one));
	return results;
}
