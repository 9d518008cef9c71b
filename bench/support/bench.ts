import type { Devnet, PlanName } from '../../devnet';
import type { OurSubject, Subject } from './subject';
import type { Worker } from './worker';

/** What every benchmark has. */
export interface Stage {
	/** Chain 84532: the stock SDK takes only its own chains. */
	devnet: Devnet;
	ours: Worker<OurSubject>;
	stock: Worker<Subject>;
	/** More processes of the same kind, where several connections are needed at a time. The caller closes them. */
	another: { ours(): Worker<OurSubject>; stock(): Worker<Subject> };
	/** How often each is measured, ours and stock in turn. */
	pairs: number;
	/** Providers' plans to measure at. */
	plans: readonly PlanName[];
	/** An empty folder that goes at the end. */
	folder: string;
	log(line: string): void;
}

/** One line of figures: every row of a table has the same columns. */
export type Row = Record<string, string | number | null>;

/** What one benchmark found. */
export interface Result {
	title: string;
	rows: Row[];
	/** What a reader must know to understand the figures. */
	notes: string[];
}

/** The middle of them; the mean of the two in the middle when their number is even. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const half = sorted.length / 2;
	const [low, high] = [sorted[Math.ceil(half) - 1] ?? NaN, sorted[Math.floor(half)] ?? NaN];
	return (low + high) / 2;
}

/** `value` with so many decimals. */
export function rounded(value: number, decimals = 0): number {
	return Number(value.toFixed(decimals));
}

/**
 * Has all of them work in turn, so many times; every other time in the opposite order, so that a busy moment meets all.
 * @returns what each gave, in the order of `works`
 */
export async function inTurn<T>(turns: number, works: readonly (() => Promise<T>)[]): Promise<T[][]> {
	const results = works.map((): T[] => []);
	const order = [...works.keys()];
	for (let turn = 0; turn < turns; turn++) {
		for (const index of order) results[index]?.push(await (works[index] as () => Promise<T>)());
		order.reverse();
	}
	return results;
}
