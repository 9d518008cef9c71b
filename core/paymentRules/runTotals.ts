import { NATIVE } from '../input/token';
import type { Outflow } from './outflows';

/** Base units by token: its checksummed address, or `native`. */
export type Totals = Record<string, bigint>;

/**
 * What the payments of one run of a workflow took, as plain data that n8n can keep with the run: by payment, by try, by
 * token; base units as text.
 */
export type RunStore = Record<string, Record<string, Record<string, string>>>;

/** One try of one payment among those of a run. */
export interface RunEntry {
	/** What all other payments of the run took, or may have taken. */
	others(): Totals;
	/** Counts this try: from before it is signed on. Of several under one reference one at most is paid. */
	count(totals: Totals): void;
	/** Takes this try back: it is certain that it paid nothing. */
	release(): void;
}

/** @param reference of the payment; left out: every try is a payment of its own */
export function entryIn(store: RunStore, reference: string | undefined): RunEntry {
	let payment = reference === undefined ? undefined : `reference:${reference}`;
	let place: string | undefined;
	return {
		others: () =>
			Object.entries(store)
				.filter(([one]) => one !== payment)
				.map(([, tries]) => Object.values(tries).map(fromText).reduce(highest, {}))
				.reduce(sum, {}),
		count: (totals) => {
			payment ??= freeKey(store, 'repeat:');
			const tries = (store[payment] ??= {});
			place ??= freeKey(tries, '');
			tries[place] = toText(totals);
		},
		release: () => {
			if (payment !== undefined && place !== undefined) delete store[payment]?.[place];
			place = undefined;
		},
	};
}

function freeKey(taken: object, prefix: string): string {
	let place = 0;
	while (`${prefix}${place}` in taken) place++;
	return `${prefix}${place}`;
}

/** What an operation takes of each token. */
export function totalsOf(flows: readonly Outflow[]): Totals {
	return flows.map(({ token = NATIVE, amount }) => ({ [token]: amount })).reduce(sum, {});
}

/** Two totals as one. */
export function sum(a: Totals, b: Totals): Totals {
	return merged(a, b, (one, other) => one + other);
}

function highest(a: Totals, b: Totals): Totals {
	return merged(a, b, (one, other) => (one > other ? one : other));
}

function merged(a: Totals, b: Totals, join: (one: bigint, other: bigint) => bigint): Totals {
	const tokens = new Set([...Object.keys(a), ...Object.keys(b)]);
	return Object.fromEntries([...tokens].map((token) => [token, join(a[token] ?? 0n, b[token] ?? 0n)]));
}

function toText(totals: Totals): Record<string, string> {
	return Object.fromEntries(Object.entries(totals).map(([token, amount]) => [token, amount.toString()]));
}

function fromText(totals: Record<string, string>): Totals {
	return Object.fromEntries(Object.entries(totals).map(([token, amount]) => [token, BigInt(amount)]));
}
