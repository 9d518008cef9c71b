import { countTrips, type DevnetClient, type LoggedCall } from '../../devnet';
import { median } from './bench';

/** What an endpoint saw of one piece of work, from its own log. */
export interface Traffic {
	/** HTTP requests. */
	requests: number;
	/** JSON-RPC calls, those inside batches counted one by one. */
	calls: number;
	/** Requests that followed one another, up to the answer to the send. */
	tripsToSend: number;
	/** Requests that followed one another after it: looking for the receipt. */
	tripsAfter: number;
	/** Times that an operation was sent. */
	sends: number;
}

const isSend = ({ methods }: LoggedCall) => methods.includes('eth_sendUserOperation');

/** What these requests were. */
export function trafficOf(log: readonly LoggedCall[]): Traffic {
	const sent = log.find(isSend)?.end ?? Infinity;
	return {
		requests: log.length,
		calls: log.reduce((sum, { methods }) => sum + methods.length, 0),
		tripsToSend: countTrips(log.filter(({ start }) => start < sent)),
		tripsAfter: countTrips(log.filter(({ start }) => start >= sent)),
		sends: log.filter(isSend).length,
	};
}

/** Does something and gives its traffic through this API key. */
export async function withTraffic<T>(devnet: DevnetClient, work: () => Promise<T>): Promise<T & Traffic> {
	await devnet.calls.clear();
	const result = await work();
	return { ...result, ...trafficOf(await devnet.calls.list()) };
}

/** The median of each number. */
export function medians<T extends object>(all: readonly T[]): { [K in keyof T]: number } {
	const names = Object.keys(all[0] ?? {}) as (keyof T)[];
	return Object.fromEntries(names.map((name) => [name, median(all.map((one) => Number(one[name])))])) as never;
}
