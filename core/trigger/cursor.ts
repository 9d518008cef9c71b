/** What a trigger keeps from one poll to the next: plain JSON. */
export interface Cursor {
	/** The height from which on everything counts; what happened before was before the trigger was switched on. */
	since: number;
	/** Everything up to this height was looked at. */
	block: number;
	/** The events told last, by id, oldest first: their blocks may be looked at again. */
	told: string[];
	/** The conditions that held at the last poll, by id: each is told once, until it has passed. */
	holding: string[];
}

/** Something that is told once. */
export interface Identified {
	/** The same however often it is read, and on whichever side of a reorganisation. */
	id: string;
}

/**
 * What is so many seconds behind the cursor is looked at again, on every chain: a node that lags behind may not have had
 * all its logs, and a reorganisation deeper than the confirmations may have moved an event. It is as long as 12 blocks of
 * Ethereum, whose slots take 12 seconds (consensus specification, SECONDS_PER_SLOT).
 */
const SECONDS_AGAIN = 144;
/** Blocks that are looked at again at the least and at the most, however quick they are. */
export const FEWEST_AGAIN = 12;
export const MOST_AGAIN = 600;
/** More than happens to an account in that time. */
const MOST_TOLD = 1_000;

/**
 * How many blocks are looked at again, where so many blocks took so many seconds.
 *
 * @param blocks above 0
 */
export function blocksAgain(blocks: number, seconds: number): number {
	const inTime = Math.ceil((SECONDS_AGAIN * blocks) / Math.max(seconds, 1));
	return Math.min(Math.max(inTime, FEWEST_AGAIN), MOST_AGAIN);
}

/** The cursor of a trigger that is switched on now. */
export function cursorAt(block: bigint): Cursor {
	return { since: Number(block) + 1, block: Number(block), told: [], holding: [] };
}

/** The first block that the next look takes in. @param again from `blocksAgain` */
export function firstBlock({ since, block }: Cursor, again: number): bigint {
	return BigInt(Math.max(since, block + 1 - again));
}

/** The events that weren't told yet, and the cursor after them. */
export function tellEvents<E extends Identified>(cursor: Cursor, block: bigint, events: readonly E[]): [E[], Cursor] {
	const told = new Set(cursor.told);
	const fresh = events.filter(({ id }) => !told.has(id) && told.add(id));
	return [fresh, { ...cursor, block: Number(block), told: [...told].slice(-MOST_TOLD) }];
}

/** The conditions that didn't hold at the last poll, and the cursor after them. */
export function tellConditions<C extends Identified>(cursor: Cursor, conditions: readonly C[]): [C[], Cursor] {
	const fresh = conditions.filter(({ id }) => !cursor.holding.includes(id));
	return [fresh, { ...cursor, holding: conditions.map(({ id }) => id) }];
}
