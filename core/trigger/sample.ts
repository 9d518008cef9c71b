import { walkClaimBlocks } from '../history/claims';
import { operationFilter, withCalls, type PastOperation } from '../history/pastOperations';
import { getLogs, HistoryUnavailableError, type LogFilter, type RpcLog } from '../rpc/logs';
import { presentTime } from '../text/presentTime';
import { operationsIn } from '../userOperation/outcome';
import { chainSource, readTokens } from './chainSource';
import { keyEventFilter } from '../plugin/keyEvents';
import { keyChangeEvents, paymentEvents, type ChainEvent } from './events';
import type { Snapshot } from './snapshot';
import { conditionsIn, described, notReady, stopOf, withTimes, type TriggerEvent, type Watch } from './watch';

/** Of all operations that logs tell of, and of all blocks with payments under references, only so many are read. */
const MOST_OPERATIONS = 50;
const MOST_CLAIMED_BLOCKS = 5;
/** Where the endpoint doesn't give all logs at once, only the newest blocks are looked at. */
const RECENT_BLOCKS = 300n;
const MOST_REQUESTS = 80;

/** For trying out: the newest of each kind that is watched, as far as it is found, and every budget and end of time. */
export async function sample(given: Watch): Promise<TriggerEvent[]> {
	const snapshot = await chainSource(given).snapshot(await readTokens(given));
	const events = [...(await claimedPayments(given, snapshot)), ...(await eventsInLogs(given, snapshot.block.number))];
	events.sort((a, b) => Number(a.blockNumber - b.blockNumber));
	const newest = new Map(events.filter(({ kind }) => given.kinds.has(kind as never)).map((one) => [one.kind, one]));
	const whatever = { ...given, lowMark: { percent: 100 }, days: Number.MAX_SAFE_INTEGER };
	const holds = [...conditionsIn(whatever, snapshot), ...notReady(await stopOf(given, snapshot))];
	const holding = new Map(holds.map((one) => [one.kind, one]));
	return [
		...(await withTimes(given, [...newest.values()])),
		...(await described(given, [...holding.values()], presentTime(snapshot.block.timestamp))),
	];
}

async function claimedPayments(given: Watch, { claims }: Snapshot): Promise<ChainEvent[]> {
	if (!given.kinds.has('paymentMade') || !claims) return [];
	const operations: PastOperation[] = [];
	let blocks = 0;
	try {
		for await (const block of walkClaimBlocks(given, claims, 0n)) {
			operations.unshift(...block.operations);
			if (++blocks === MOST_CLAIMED_BLOCKS) break;
		}
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
	}
	return paymentEvents(given, operations);
}

async function eventsInLogs(given: Watch, newest: bigint): Promise<ChainEvent[]> {
	const { account, kinds } = given;
	const wantsPayments = kinds.has('paymentMade') || kinds.has('paymentFailed');
	const payments = wantsPayments ? await allOrRecent(given, operationFilter(account), newest) : [];
	const operations = await withCalls(given, operationsIn(payments).slice(-MOST_OPERATIONS));
	const wantsChanges = [...kinds].some((kind) => /^key(Added|Removed|Rotated)$|^permissionsUpdated$/.test(kind));
	const changes = wantsChanges ? await allOrRecent(given, keyEventFilter(account), newest) : [];
	return [...paymentEvents(given, operations), ...keyChangeEvents(given, changes)];
}

async function allOrRecent({ rpc }: Watch, filter: LogFilter, newest: bigint): Promise<RpcLog[]> {
	try {
		return await getLogs(rpc, filter, 0n, newest, 1);
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
	}
	const from = newest > RECENT_BLOCKS ? newest - RECENT_BLOCKS + 1n : 0n;
	return getLogs(rpc, filter, from, newest, MOST_REQUESTS);
}
