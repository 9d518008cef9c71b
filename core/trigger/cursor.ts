import type { Address } from 'viem';
import type { Holding, Identified } from './events';
import type { Meter } from './meter';
import type { Seen } from './seen';
import type { SeenStop } from './watchStop';

/** What a trigger keeps from one poll to the next: plain JSON. */
export interface Cursor {
	shape: typeof SHAPE;
	/** The height from which on everything counts; what happened before was before the trigger was switched on. */
	since: number;
	/** What lies so deep is looked at no more: everything up to this height was told. */
	settled: number;
	/** What was seen at the last poll. */
	seen: Seen;
	/** What explains it, of the blocks that are looked at again: operations and changes, by the beginning of their ids. */
	counted: string[];
	/** The tokens whose budgets are looked at, by key. */
	tokens: Record<Address, Address[]>;
	/** How far the logs of payments, and of changes of keys, were looked at. */
	payments: LogPosition;
	changes: LogPosition;
	/** The events told last, by id, oldest first: their blocks may be looked at again. */
	told: string[];
	/** The conditions that held at the last poll: each is told once, until it has passed. */
	holding: Record<string, Held>;
	/** What went out of budgets, where the days that they last are watched. */
	meter?: Meter;
	/** What was seen of the emergency stop, where it is watched. */
	stop?: SeenStop;
}

/** How far logs were looked at, where they are looked at. */
export interface LogPosition {
	/** The last height whose logs need not be looked at any more. */
	read: number;
	/** Something moved that nothing explains: logs are looked at beyond this height, and until this time (unix seconds). */
	open?: { block: number; time: number };
	/** While there is more than one poll may ask for: what is left, and the requests that the next poll may make. */
	behind?: { blocks: number; requests: number };
}

/** A condition that holds. */
interface Held {
	id: string;
	/** The height at which it was first seen, as long as it isn't told. */
	from?: number;
}

/** Of another shape than this, what a former version kept is not understood. */
const SHAPE = 2;

/**
 * What is so many seconds behind the newest block is looked at again, on every chain: a node that lags behind may not have
 * had all its logs, and a reorganisation deeper than the confirmations may have moved an event. It is as long as 12 blocks
 * of Ethereum, whose slots take 12 seconds (consensus specification, SECONDS_PER_SLOT).
 */
export const SECONDS_AGAIN = 144;
/** Blocks that are looked at again at least and at the most, however quick they are. */
export const FEWEST_AGAIN = 12;
export const MOST_AGAIN = 600;
/** More than happens to an account in that time. */
const MOST_TOLD = 1_000;

/** How many blocks are looked at again, where so many blocks took so many seconds. */
export function blocksAgain(blocks: number, seconds: number): number {
	if (blocks <= 0) return MOST_AGAIN;
	const inTime = Math.ceil((SECONDS_AGAIN * blocks) / Math.max(seconds, 1));
	return Math.min(Math.max(inTime, FEWEST_AGAIN), MOST_AGAIN);
}

/** The cursor of a trigger that is switched on now. */
export function cursorAt(seen: Seen, tokens: Cursor['tokens'] = {}): Cursor {
	const read = { read: seen.block };
	const [since, settled] = [seen.block + 1, seen.block];
	return {
		shape: SHAPE,
		since,
		settled,
		seen,
		counted: [],
		tokens,
		payments: read,
		changes: read,
		told: [],
		holding: {},
	};
}

/** What n8n kept, when it is a cursor of this shape. */
export function asCursor(kept: unknown): Cursor | undefined {
	const isCursor = typeof kept === 'object' && (kept as Partial<Cursor> | null)?.shape === SHAPE;
	return isCursor ? (JSON.parse(JSON.stringify(kept)) as Cursor) : undefined;
}

/** The events that weren't told yet, and all that are told after them. */
export function tellEvents<E extends Identified>(before: readonly string[], events: readonly E[]): [E[], string[]] {
	const told = new Set(before);
	const fresh = events.filter(({ id }) => !told.has(id) && told.add(id));
	return [fresh, [...told].slice(-MOST_TOLD)];
}

/**
 * The conditions that were not told since they began to hold, once the height at which they were first seen is confirmed.
 *
 * @param block where they hold now
 */
export function tellConditions<C extends Holding>(
	before: Cursor['holding'],
	conditions: readonly C[],
	block: number,
	confirmed: number,
): [C[], Cursor['holding']] {
	const fresh: C[] = [];
	const holding: Cursor['holding'] = {};
	for (const one of conditions) {
		const { id, from } = before[one.condition] ?? { id: one.id, from: block };
		const isTold = from === undefined || from <= confirmed;
		if (isTold && from !== undefined) fresh.push({ ...one, id });
		holding[one.condition] = isTold ? { id } : { id, from };
	}
	return [fresh, holding];
}
