import { numberToHex, type Hex } from 'viem';
import type { Network } from '../networks';
import { HistoryUnavailableError } from '../rpc/logs';
import { rpcRead, read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { expiringKey, lowBudgets, type Condition, type ConditionKind, type LowMark } from './conditions';
import {
	blocksAgain,
	cursorAt,
	FEWEST_AGAIN,
	firstBlock,
	MOST_AGAIN,
	tellConditions,
	tellEvents,
	type Cursor,
} from './cursor';
import { keyChangeEvents, paymentEvents, type ChainEvent, type EventKind, type Watched } from './events';
import { forgetKeys, viewKeys, type KeySource } from './keyViews';

/** What is watched, and on which chain. */
export interface Watch extends Watched, KeySource {
	rpc: Rpc;
	network: Network;
	kinds: ReadonlySet<EventKind | ConditionKind>;
	/** Blocks that must stand before something counts as happened; 1 is the event's own. */
	confirmations: number;
	lowMark: LowMark;
	/** Days before its end at which a key counts as expiring. */
	days: number;
}

/** Something to tell, and when it was: unix seconds. */
export type Happening = (ChainEvent | Condition) & { time: number };

/** Blocks that are asked for at once. */
const STEP = 2_000n;
/** Blocks that one poll takes in: after a long stop the next polls take in the rest. */
const MOST_BLOCKS = 20_000n;

/**
 * What is new since the cursor, oldest first. Only what has its confirmations is told, and each once: an id is told again
 * neither when its blocks are looked at again nor when a reorganisation has moved it.
 *
 * @param cursor of the poll before; undefined when the trigger is only now switched on: then nothing that lies in the past
 * is told, but what holds at present is
 * @throws {HistoryUnavailableError} when the endpoint gives no logs; {EndpointError}. The cursor stands then.
 */
export async function watch(given: Watch, cursor?: Cursor): Promise<{ happenings: Happening[]; cursor: Cursor }> {
	const head = await confirmedHeight(given);
	if (!cursor) {
		const [fresh, first] = tellConditions(cursorAt(head), await conditions(given, head));
		return { happenings: await withTimes(given, fresh, head), cursor: first };
	}
	// A node that lags behind, or a chain that was made shorter: nothing can be said yet.
	if (head <= BigInt(cursor.block)) return { happenings: [], cursor };
	const to = minimum(head, BigInt(cursor.block) + MOST_BLOCKS);
	const from = firstBlock(cursor, await blocksAgainBefore(given.rpc, BigInt(cursor.block)));
	const [events, afterEvents] = tellEvents(cursor, to, await eventsBetween(given, from, to));
	if (events.some(isKeyChange)) forgetKeys(given);
	const [fresh, afterAll] = tellConditions(afterEvents, await conditions(given, to));
	const wanted = events.filter(({ kind }) => given.kinds.has(kind));
	return { happenings: await withTimes(given, [...wanted, ...fresh], to), cursor: afterAll };
}

/** For trying out: the newest of each kind that is watched, however long ago, and every budget and end of time. */
export async function sample(given: Watch): Promise<Happening[]> {
	const head = await confirmedHeight(given);
	const events = await eventsBetween(given, 0n, head).catch((error: unknown) => {
		if (!(error instanceof HistoryUnavailableError)) throw error;
		return eventsBetween(given, head > STEP ? head - STEP : 0n, head);
	});
	const whatever = { ...given, lowMark: { percent: 100 }, days: Number.MAX_SAFE_INTEGER };
	forgetKeys(given);
	const all = [...events.filter(({ kind }) => given.kinds.has(kind)), ...(await conditions(whatever, head))];
	const newest = new Map(all.map((one) => [one.kind, one]));
	return withTimes(given, [...newest.values()], head);
}

/** How many blocks before a height are looked at again, by how quick the blocks before it were. */
async function blocksAgainBefore(rpc: Rpc, height: bigint): Promise<number> {
	const before = height > BigInt(MOST_AGAIN) ? height - BigInt(MOST_AGAIN) : 0n;
	if (height === before) return FEWEST_AGAIN;
	const times = await timesOf(rpc, [before, height]);
	return blocksAgain(Number(height - before), (times.get(height) ?? 0) - (times.get(before) ?? 0));
}

async function confirmedHeight({ rpc, confirmations }: Watch): Promise<bigint> {
	const head = BigInt(await rpc.request<Hex>('eth_blockNumber'));
	const confirmed = head - BigInt(confirmations - 1);
	return confirmed > 0n ? confirmed : 0n;
}

async function eventsBetween(given: Watch, from: bigint, to: bigint): Promise<ChainEvent[]> {
	const events: ChainEvent[] = [];
	const step = from === 0n ? to + 1n : STEP;
	for (let start = from; start <= to; start += step) {
		const end = minimum(to, start + step - 1n);
		if (wantsPayments(given)) events.push(...(await paymentEvents(given, start, end)));
		if (wantsKeyChanges(given)) events.push(...(await keyChangeEvents(given.rpc, given, start, end)));
	}
	return events.sort((a, b) => Number(a.blockNumber - b.blockNumber));
}

function wantsPayments({ kinds }: Watch): boolean {
	return kinds.has('paymentMade') || kinds.has('paymentFailed');
}

/** The conditions too need to know when a key was changed. */
function wantsKeyChanges({ kinds }: Watch): boolean {
	return [...kinds].some((kind) => kind !== 'paymentMade' && kind !== 'paymentFailed');
}

function isKeyChange({ kind }: ChainEvent): boolean {
	return kind !== 'paymentMade' && kind !== 'paymentFailed';
}

async function conditions(given: Watch, block: bigint): Promise<Condition[]> {
	const { rpc, network, kinds, lowMark, days } = given;
	if (!kinds.has('budgetLow') && !kinds.has('keyExpiring')) return [];
	const times = await timesOf(rpc, [block]);
	const views = await viewKeys(rpc, network, given, block, times.get(block) ?? 0);
	return views.flatMap((view) => [
		...(kinds.has('budgetLow') ? lowBudgets(view, lowMark) : []),
		...(kinds.has('keyExpiring') ? expiringKey(view, days) : []),
	]);
}

async function withTimes({ rpc }: Watch, found: readonly (ChainEvent | Condition)[], at: bigint): Promise<Happening[]> {
	if (found.length === 0) return [];
	const heightOf = (one: ChainEvent | Condition) => ('blockNumber' in one ? one.blockNumber : at);
	const times = await timesOf(rpc, found.map(heightOf));
	return found.map((one) => ({ ...one, time: times.get(heightOf(one)) ?? 0 }));
}

async function timesOf(rpc: Rpc, heights: readonly bigint[]): Promise<Map<bigint, number>> {
	const unique = [...new Set(heights)];
	const times = await read(
		rpc,
		unique.map((height) =>
			rpcRead('eth_getBlockByNumber', [numberToHex(height), false], ({ timestamp }: { timestamp: Hex }) =>
				Number(timestamp),
			),
		),
	);
	return new Map(unique.map((height, index) => [height, times[index] as number]));
}

function minimum(a: bigint, b: bigint): bigint {
	return a < b ? a : b;
}
