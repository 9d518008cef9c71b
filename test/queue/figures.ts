/** How quickly payments were made. */
export interface Speed {
	workers: number;
	payments: number;
	seconds: number;
	paymentsPerSecond: number;
	p50Milliseconds: number;
	p95Milliseconds: number;
}

/** @param took - Milliseconds of each payment. */
export function speedOf(workers: number, took: readonly number[], milliseconds: number): Speed {
	return {
		workers,
		payments: took.length,
		seconds: round(milliseconds / 1000),
		paymentsPerSecond: round(took.length / (milliseconds / 1000)),
		p50Milliseconds: Math.round(quantile(took, 0.5)),
		p95Milliseconds: Math.round(quantile(took, 0.95)),
	};
}

/** The smallest value that this share of all values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** How often each value occurs. */
export function counted(values: readonly string[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
	return counts;
}

function round(value: number): number {
	return Math.round(value * 100) / 100;
}
