/** One HTTP request that reached the gateway, and how it was answered. */
export interface LoggedCall {
	/** When its first byte was read and when the reply was written, in milliseconds since 1970, with fractions. */
	start: number;
	end: number;
	/** The JSON-RPC methods in it, in their order. */
	methods: string[];
	/** Whether it came as a batch. */
	batch: boolean;
	/** HTTP status of the reply; null when the connection was dropped. */
	status: number | null;
	/** Kinds of the faults that it met. */
	faults: string[];
	/** The methods' parameters; left out unless asked for. */
	params?: unknown[];
}

/** What a log remembers; older requests are forgotten. */
const REQUESTS_KEPT = 20_000;

/** The requests of one API key, newest last. */
export interface CallLog {
	add(call: LoggedCall): void;
	list(withParams?: boolean): LoggedCall[];
	clear(): void;
}

/** Makes an empty log. */
export function createCallLog(): CallLog {
	let calls: LoggedCall[] = [];
	return {
		add: (call) => {
			calls.push(call);
			if (calls.length > 2 * REQUESTS_KEPT) calls = calls.slice(-REQUESTS_KEPT);
		},
		list: (withParams = false) => calls.slice(-REQUESTS_KEPT).map((call) => (withParams ? call : withoutParams(call))),
		clear: () => {
			calls = [];
		},
	};
}

function withoutParams({ params: _params, ...call }: LoggedCall): LoggedCall {
	return call;
}

/** Milliseconds since 1970, with fractions. */
export function now(): number {
	return performance.timeOrigin + performance.now();
}

/**
 * How many round trips followed one another: the largest number of requests of which none began before the one
 * before it had ended. Requests sent side by side count once.
 */
export function countTrips(calls: readonly Pick<LoggedCall, 'start' | 'end'>[]): number {
	const byEnd = [...calls].sort((a, b) => a.end - b.end);
	let trips = 0;
	let lastEnd = -Infinity;
	for (const { start, end } of byEnd) {
		if (start < lastEnd) continue;
		trips += 1;
		lastEnd = end;
	}
	return trips;
}
