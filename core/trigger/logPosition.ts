import { HistoryUnavailableError } from '../rpc/logs';
import { SECONDS_AGAIN, type LogPosition } from './cursor';
import { notSeen, type NotSeenEvent } from './events';

/** Requests for logs that a poll makes at the least, where there is so much to read. */
const FEWEST_REQUESTS = 30;
/** More than these would take a poll too long. */
const MOST_REQUESTS = 480;

/** Part of a range of blocks, from its beginning on. */
export interface Part<T> {
	found: T[];
	/** The last block that was looked at. */
	reached: bigint;
}

/** Heights of a poll, and its time in unix seconds. */
export interface Heights {
	settled: number;
	confirmed: number;
	block: number;
	time: number;
}

interface Question<T> {
	/** Something moved that nothing explains. */
	isOpen: boolean;
	/** Logs are looked at up to this height in any case; left out: only while something isn't explained. */
	upTo?: number;
	read(from: bigint, to: bigint, most: number): Promise<Part<T>>;
}

interface Advanced<T> {
	position: LogPosition;
	found: T[];
	missed: NotSeenEvent[];
}

/**
 * Reads on in logs, so many requests at a poll. Where the chain grows faster than that, the next poll may make more. What
 * was read counts as read only when it is settled; where the endpoint gives no logs of the past, that is said and passed over.
 */
export async function advance<T>(
	what: 'payments' | 'changes',
	{ read, open: before, behind }: LogPosition,
	{ settled, confirmed, block, time }: Heights,
	{ isOpen, upTo, read: ask }: Question<T>,
): Promise<Advanced<T>> {
	const open = isOpen ? { block, time: time + SECONDS_AGAIN } : before;
	const to = open ? confirmed : upTo;
	if (to === undefined) return { position: { read: Math.max(read, settled) }, found: [], missed: [] };
	if (to <= read) return { position: { read, ...(open && { open }) }, found: [], missed: [] };
	const requests = behind?.requests ?? FEWEST_REQUESTS;
	let part: Part<T>;
	const missed: NotSeenEvent[] = [];
	try {
		part = await ask(BigInt(read + 1), BigInt(to), requests);
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
		// Young blocks may only not have come to this node yet; and where none that is settled can be read, nothing can.
		const passed = Math.floor((read + 1 + settled) / 2);
		if (passed > read) {
			await ask(BigInt(settled), BigInt(settled), 1);
			missed.push(notSeen(what, BigInt(read + 1), BigInt(passed)));
		}
		part = { found: [], reached: BigInt(Math.max(passed, read)) };
	}
	const reached = Number(part.reached);
	const isDone = !open || (time > open.time && settled >= open.block && reached >= to);
	const left = to - reached;
	const grew = behind !== undefined && left >= behind.blocks;
	const position: LogPosition = {
		read: Math.max(read, Math.min(reached, settled)),
		...(!isDone && { open }),
		...(left > 0 && { behind: { blocks: left, requests: Math.min(grew ? requests * 2 : requests, MOST_REQUESTS) } }),
	};
	return { position, found: part.found, missed };
}
