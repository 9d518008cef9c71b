import { numberToHex, type Address, type Hex } from 'viem';
import { NATIVE_DECIMALS, pinnedDecimals, type Network } from '../networks';
import { presentTime } from '../text/presentTime';
import { read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { readContractInfos } from '../contractInfo';
import { chainSource, readTokens, type WatchedChain } from './chainSource';
import {
	describeBudget,
	expiringKey,
	lowBudgets,
	type Condition,
	type ConditionKind,
	type KeyExpiring,
	type LowBudget,
	type LowMark,
} from './conditions';
import { cursorAt, tellConditions, type Cursor } from './cursor';
import type { ChainEvent, EventKind } from './events';
import { readMeter, type Meter } from './meter';
import { isAnotherChain, poll, type Source } from './poll';
import { toSeen } from './seen';
import type { Snapshot } from './snapshot';
import { lookAtStop, type SeenStop, type StopNotReady, type WatchedStop } from './watchStop';

/** What is watched, and on which chain. */
export interface Watch extends WatchedChain {
	rpc: Rpc;
	network: Network;
	kinds: ReadonlySet<EventKind | ConditionKind>;
	/** Blocks that must stand before something counts as happened; 1 is the event's own. */
	confirmations: number;
	lowMark: LowMark;
	/** Days before its end at which a key counts as expiring. */
	days: number;
	/** The emergency stop that is to be looked at. */
	stop?: WatchedStop;
}

/** Something to tell, and when it was: unix seconds. */
export type TriggerEvent = (ChainEvent | Condition) & { time: number };

/**
 * What is new since the cursor, oldest first. Only what has its confirmations is told, and each once: an id is told again
 * neither when its blocks are looked at again nor when a reorganisation has moved it.
 *
 * @param cursor of the poll before; undefined when the trigger is only now switched on: then nothing that lies in the past
 * is told, but what holds at present is
 * @throws {HistoryUnavailableError} when the endpoint gives no logs at all; {EndpointError}. The cursor stands then.
 */
export async function watch(given: Watch, cursor?: Cursor): Promise<{ events: TriggerEvent[]; cursor: Cursor }> {
	if (!cursor) return begin(given);
	const source = sourceOf(given);
	let seen: Snapshot | undefined;
	const snapshot: Source['snapshot'] = async (tokens) => (seen = await source.snapshot(tokens));
	const polled = await poll(given, { ...source, snapshot }, cursor);
	if (!polled) return seen && isAnotherChain(cursor, seen) ? begin(given) : { events: [], cursor };
	const { cursor: after } = polled;
	const block = Number(polled.snapshot.block.number);
	const metered = meterOf(given, polled.snapshot, cursor.meter);
	const stopped = await stopOf(given, polled.snapshot, cursor.stop);
	const holding = [...conditionsIn(given, polled.snapshot, metered.meter), ...notReady(stopped)];
	const [fresh, held] = tellConditions(cursor.holding, holding, block, block - (given.confirmations - 1));
	const events = [
		...(await withTimes(given, polled.events)),
		...(await described(given, fresh, presentTime(polled.snapshot.block.timestamp))),
	];
	return { events, cursor: { ...after, holding: held, ...metered, ...stopped } };
}

async function begin(given: Watch): Promise<{ events: TriggerEvent[]; cursor: Cursor }> {
	const tokens = await readTokens(given, markedToken(given));
	const snapshot = await sourceOf(given).snapshot(tokens);
	const cursor = cursorAt(toSeen(snapshot), tokens);
	const { block } = cursor.seen;
	const stopped = await stopOf(given, snapshot);
	const holds = [...conditionsIn(given, snapshot), ...notReady(stopped)];
	const [fresh, holding] = tellConditions({}, holds, block, block);
	return {
		events: await described(given, fresh, presentTime(snapshot.block.timestamp)),
		cursor: { ...cursor, holding, ...meterOf(given, snapshot), ...stopped },
	};
}

/** The budgets' counters, where their pace matters. */
function meterOf({ kinds, lowMark }: Watch, { states, block }: Snapshot, before?: Meter): { meter?: Meter } {
	if (!kinds.has('budgetLow') || !('days' in lowMark)) return {};
	return { meter: readMeter(before, states, block.timestamp) };
}

/** What is known of the stop that is watched. */
export async function stopOf(given: Watch, { block }: Snapshot, before?: SeenStop): Promise<{ stop?: SeenStop }> {
	if (!given.stop) return {};
	return { stop: await lookAtStop(given, given.stop, presentTime(block.timestamp), before) };
}

/** The stop, where it could not be pulled. */
export function notReady({ stop }: { stop?: SeenStop }): StopNotReady[] {
	return stop?.notReady ? [stop.notReady] : [];
}

/** The chain, asked for decimals too where an amount of a token is the mark and nothing else says them. */
function sourceOf(given: Watch): Source {
	const [token] = markedToken(given);
	const isPinned = token !== undefined && pinnedDecimals(given.network, token) !== undefined;
	return chainSource(given, isPinned ? undefined : token);
}

function markedToken({ kinds, lowMark }: Watch): Address[] {
	return kinds.has('budgetLow') && 'asset' in lowMark && lowMark.asset !== 'native' ? [lowMark.asset] : [];
}

/** What holds at this moment, in no words yet. */
export function conditionsIn(
	given: Watch,
	{ states, block, changes, decimals }: Snapshot,
	meter?: Meter,
): (LowBudget | KeyExpiring)[] {
	const { kinds, lowMark, days } = given;
	return states.flatMap((state) => {
		const view = { state, now: presentTime(block.timestamp), lastChange: changes?.blockNumber ?? 0n, meter };
		return [
			...(kinds.has('budgetLow') ? lowBudgets(view, lowMark, decimalsOf(given, lowMark, decimals)) : []),
			...(kinds.has('keyExpiring') ? expiringKey(view, days) : []),
		];
	});
}

function decimalsOf({ network }: Watch, mark: LowMark, said?: number): number {
	if (!('asset' in mark) || mark.asset === 'native') return NATIVE_DECIMALS;
	return pinnedDecimals(network, mark.asset) ?? said ?? NATIVE_DECIMALS;
}

/** The same in words. */
export async function described(
	{ rpc, network }: Watch,
	conditions: readonly (LowBudget | KeyExpiring | StopNotReady)[],
	time: number,
): Promise<TriggerEvent[]> {
	const tokens = conditions.flatMap((one) => (one.kind === 'budgetLow' && one.asset !== 'native' ? [one.asset] : []));
	const contracts = tokens.length > 0 ? await readContractInfos(rpc, network, tokens) : {};
	const labels = { nativeSymbol: network.nativeSymbol, contracts };
	return conditions.map((one) => ({ ...(one.kind === 'budgetLow' ? describeBudget(one, labels, time) : one), time }));
}

/** Each with the time of its block. */
export async function withTimes({ rpc }: Watch, events: readonly ChainEvent[]): Promise<TriggerEvent[]> {
	const heights = [...new Set(events.map(({ blockNumber }) => blockNumber))];
	const times = await read(
		rpc,
		heights.map((height) =>
			rpcRead('eth_getBlockByNumber', [numberToHex(height), false], ({ timestamp }: { timestamp: Hex }) =>
				Number(timestamp),
			),
		),
	);
	const timeOf = new Map(heights.map((height, index) => [height, times[index]]));
	return events.map((one) => ({ ...one, time: timeOf.get(one.blockNumber) ?? 0 }));
}
