import { NATIVE } from '../input/token';
import type { Outflow } from './outflows';

/** Base units by token: its checksummed address, or `native`. */
export type Totals = Record<string, bigint>;

/**
 * What the payments of one run of a workflow took, as plain data that n8n can keep with the run: by payment, then by token,
 * in base units as text.
 */
export type RunStore = Record<string, Record<string, string>>;

/** The place of one payment among those of a run. */
export interface RunEntry {
	/** What all other payments of the run took, or may have taken. */
	others(): Totals;
	/** Counts this one: from before it is signed on. Of several tries under one reference, one at most is paid. */
	count(totals: Totals): void;
	/** Takes back what this try counted: it is certain that it paid nothing. */
	release(): void;
}

/** @param reference of the payment; left out: every try is a payment of its own */
export function entryIn(store: RunStore, reference: string | undefined): RunEntry {
	let key = reference === undefined ? undefined : `reference:${reference}`;
	const before = key === undefined ? undefined : store[key];
	return {
		others: () =>
			Object.entries(store)
				.filter(([one]) => one !== key)
				.map(([, totals]) => fromText(totals))
				.reduce(sum, {}),
		count: (totals) => {
			key ??= freeKey(store);
			store[key] = toText(before ? highest(fromText(before), totals) : totals);
		},
		release: () => {
			if (key === undefined) return;
			if (before) store[key] = before;
			else delete store[key];
		},
	};
}

function freeKey(store: RunStore): string {
	let place = 0;
	while (`repeat:${place}` in store) place++;
	return `repeat:${place}`;
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
