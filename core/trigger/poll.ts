import { keccak256, stringToHex, type Address } from 'viem';
import type { PastOperation } from '../history/pastOperations';
import type { ClaimHead } from '../registry/referenceRegistry';
import { HistoryUnavailableError } from '../rpc/logs';
import { blocksAgain, SECONDS_AGAIN, tellEvents, type Cursor } from './cursor';
import { paymentEvents, type ChainEvent, type EventKind, type KeyChangeEvent, type Watched } from './events';
import { advance, type Heights, type Part } from './logPosition';
import { hasMoved, hasOtherChanges, hasOtherPayments, toSeen, type Known, type Seen } from './seen';
import type { Snapshot } from './snapshot';

/** A block in which something was claimed, and all that the account did in it. */
interface ClaimedBlock {
	blockNumber: bigint;
	operations: readonly PastOperation[];
}

/** What a poll asks the chain. All of it throws {EndpointError} or {RpcError}, and what needs logs {HistoryUnavailableError}. */
export interface Source {
	snapshot(tokens: Cursor['tokens']): Promise<Snapshot>;
	/** From the head back, no further than this height. */
	claims(head: ClaimHead, until: bigint): AsyncIterable<ClaimedBlock>;
	changes(head: ClaimHead, until: bigint): AsyncIterable<ClaimedBlock & { changes: readonly KeyChangeEvent[] }>;
	/** The most blocks that one request for logs gets, where that is known. */
	range(): number | undefined;
	/** By so many requests. */
	paymentLogs(from: bigint, to: bigint, most: number): Promise<Part<PastOperation>>;
	changeLogs(from: bigint, to: bigint, most: number): Promise<Part<KeyChangeEvent>>;
}

/** What is to be told of. */
export interface Wanted extends Watched {
	kinds: ReadonlySet<string>;
	/** Blocks that must stand before something counts as happened; 1 is the event's own. */
	confirmations: number;
}

/** What a poll found, and the cursor for the next one. */
export interface Polled {
	/** Oldest first. */
	events: ChainEvent[];
	cursor: Cursor;
	snapshot: Snapshot;
}

/**
 * What happened since the cursor: state before history. One snapshot is compared with the one before; only what moved is
 * looked up, by the registries where they tell of it, and else by logs, so many at a poll. What isn't confirmed, or not deep
 * enough to stay where it is, is looked up again at the next poll.
 *
 * @returns undefined when the endpoint is behind the poll before: nothing can be said then
 */
export async function poll(wanted: Wanted, source: Source, cursor: Cursor): Promise<Polled | undefined> {
	const snapshot = await source.snapshot(cursor.tokens);
	const now = toSeen(snapshot);
	const { seen } = cursor;
	if (now.block < seen.block) return undefined;
	const confirmed = now.block - (wanted.confirmations - 1);
	const deep = Math.min(confirmed, now.block - blocksAgain(now.block - seen.block, now.time - seen.time));

	const told = await readRegistries(wanted.kinds, snapshot, source, cursor, deep);
	const settled = told.isEarly ? cursor.settled : Math.max(cursor.settled, deep);
	const at = { settled, confirmed, block: now.block, time: now.time };
	const open = whatElse(wanted.kinds, cursor, now, told);
	const payments = await advance('payments', cursor.payments, at, {
		isOpen: open.payments,
		upTo: failuresUpTo(wanted.kinds, cursor, open.isActive, at, source.range()),
		read: source.paymentLogs,
	});
	const keys = await advance('changes', cursor.changes, at, { isOpen: open.changes, read: source.changeLogs });

	const changes = [...told.changes, ...keys.found];
	const operations = [...told.operations, ...payments.found];
	const found = [...paymentEvents(wanted, operations), ...changes, ...payments.missed, ...keys.missed];
	const due = found.filter((one) => isToTell(one, wanted.kinds, cursor.since, at));
	const [events, toldIds] = tellEvents(cursor.told, due);
	return {
		events: events.sort((a, b) => Number(a.blockNumber - b.blockNumber)),
		snapshot,
		cursor: {
			...cursor,
			settled,
			...(!told.isEarly && { seen: now, counted: told.counted }),
			tokens: tokensAfter(cursor.tokens, snapshot, changes),
			payments: payments.position,
			changes: keys.position,
			told: toldIds,
		},
	};
}

/** What the registries lead to, of all that isn't settled. */
interface Told {
	/** The node that gives logs is behind the one that gave the state: all of it is looked at again at the next poll. */
	isEarly: boolean;
	/** There is more than is read here: logs must tell it. */
	hasMore: { payments: boolean; changes: boolean };
	operations: readonly PastOperation[];
	/** Those of the blocks whose changes were read. */
	byOwners: readonly PastOperation[];
	changes: readonly KeyChangeEvent[];
	/** What of it is counted from now on, as `Cursor.counted`. */
	counted: string[];
}

async function readRegistries(
	kinds: Wanted['kinds'],
	{ claims, changes: head }: Snapshot,
	source: Source,
	{ settled }: Cursor,
	deep: number,
): Promise<Told> {
	const above = BigInt(settled) + 1n;
	const claimed = await walk(isPaymentWanted(kinds) ? claims : undefined, above, deep, source.claims);
	const changed = await walk(head, above, deep, source.changes);
	const byOwners = changed.blocks.flatMap((block) => block.operations);
	const operations = [...claimed.blocks.flatMap((block) => block.operations), ...byOwners];
	const changes = changed.blocks.flatMap((block) => block.changes);
	const ids = [...operations.map(({ userOperationHash }) => userOperationHash), ...changes.map(({ id }) => id)];
	return {
		isEarly: claimed.end === 'early' || changed.end === 'early',
		hasMore: { payments: claimed.end === 'more', changes: changed.end === 'more' },
		operations,
		byOwners,
		changes,
		counted: [...new Set(ids.map(shortId))],
	};
}

/** Whether something moved, and whether it did further than what the registries told explains. */
function whatElse(kinds: Wanted['kinds'], { seen, counted }: Cursor, now: Seen, told: Told) {
	if (told.isEarly) return { isActive: true, payments: false, changes: false };
	const known = notCounted(counted, told.operations, told.changes);
	// What an operation changed is known only where the changes of its block were read.
	const knownOfKeys = notCounted(counted, told.byOwners, told.changes);
	return {
		isActive: known.operations.length > 0 || hasMoved(seen, now),
		payments: isPaymentWanted(kinds) && (told.hasMore.payments || hasOtherPayments(seen, now, known)),
		changes: isChangeWanted(kinds) && (told.hasMore.changes || hasOtherChanges(seen, now, knownOfKeys)),
	};
}

/** A payment that failed stands in no state: all logs are read, once they are deep, and at once where something moved. */
function failuresUpTo(
	kinds: Wanted['kinds'],
	{ payments }: Cursor,
	isActive: boolean,
	{ settled, confirmed }: Heights,
	range?: number,
): number | undefined {
	if (!kinds.has('paymentFailed')) return undefined;
	return isActive ? confirmed : wholeParts(payments.read, settled, range);
}

/** What is deep needs no hurry: a part of a request's range waits for the next poll, which asks for it whole. */
function wholeParts(read: number, settled: number, range = 1): number {
	const left = settled - read;
	return left > range ? settled - (left % range) : settled;
}

function isPaymentWanted(kinds: Wanted['kinds']): boolean {
	return kinds.has('paymentMade') || kinds.has('paymentFailed');
}

/** Budgets too: which tokens a key has budgets of is known from what owners did. */
function isChangeWanted(kinds: Wanted['kinds']): boolean {
	return ['keyAdded', 'keyRemoved', 'keyRotated', 'permissionsUpdated', 'budgetLow'].some((kind) => kinds.has(kind));
}

/** So many blocks with something claimed are read at a poll; what else there is, is read from logs. */
const MOST_CLAIMED_BLOCKS = 200;

interface Walked<B> {
	/** Oldest first. */
	blocks: B[];
	/** Early: not even the newest block could be read, and it is young. More: there are others, that logs must tell. */
	end: 'whole' | 'early' | 'more';
}

async function walk<B>(
	head: ClaimHead | undefined,
	until: bigint,
	deep: number,
	from: (head: ClaimHead, until: bigint) => AsyncIterable<B>,
): Promise<Walked<B>> {
	const blocks: B[] = [];
	if (!head || head.count === 0 || head.blockNumber < until) return { blocks, end: 'whole' };
	try {
		for await (const block of from(head, until)) {
			if (blocks.length === MOST_CLAIMED_BLOCKS) return { blocks, end: 'more' };
			blocks.unshift(block);
		}
		return { blocks, end: 'whole' };
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
		return { blocks, end: blocks.length === 0 && head.blockNumber > BigInt(deep) ? 'early' : 'more' };
	}
}

/** A block may stand in both registries; some blocks are looked at again, and a reorganisation may have moved what is in them. */
function notCounted(
	counted: readonly string[],
	operations: readonly PastOperation[],
	changes: readonly KeyChangeEvent[],
): Known {
	const before = new Set(counted);
	const unique = new Map(operations.map((one) => [shortId(one.userOperationHash), one]));
	return {
		operations: [...unique].flatMap(([id, one]) => (before.has(id) ? [] : [one])),
		changes: changes.flatMap(({ id, change }) => (before.has(shortId(id)) ? [] : [change])),
	};
}

/** Long enough for the ids of a few minutes. */
function shortId(id: string): string {
	return keccak256(stringToHex(id)).slice(2, 18);
}

function isToTell(event: ChainEvent, kinds: Wanted['kinds'], since: number, at: Heights): boolean {
	const { kind, blockNumber } = event;
	// What can't be seen yet may be seen later, until it is settled.
	const upTo = kind === 'notSeen' ? at.settled : at.confirmed;
	const isOfPayments = kind === 'notSeen' && 'operation' in event.what;
	const isWanted = kind === 'notSeen' ? !isOfPayments || isPaymentWanted(kinds) : kinds.has(kind satisfies EventKind);
	return isWanted && blockNumber >= BigInt(since) && blockNumber <= BigInt(upTo);
}

/** The tokens to ask for next time: keys that are gone are forgotten, new budgets are known from what owners did. */
function tokensAfter(
	before: Cursor['tokens'],
	{ states }: Snapshot,
	changes: readonly KeyChangeEvent[],
): Cursor['tokens'] {
	const tokens = new Map<Address, Address[]>(Object.entries(before) as [Address, Address[]][]);
	for (const { key, contracts } of states) if (!tokens.has(key)) tokens.set(key, Object.keys(contracts) as Address[]);
	const add = (key: Address, more: readonly Address[]) => {
		tokens.set(key, [...new Set([...(tokens.get(key) ?? []), ...more])]);
	};
	for (const { change } of changes) {
		if (change.kind === 'rotated') add(change.newKey, tokens.get(change.oldKey) ?? []);
		if (change.kind !== 'updated') continue;
		add(
			change.key,
			change.updates.flatMap((update) => (update.kind === 'tokenLimit' ? [update.token] : [])),
		);
	}
	return Object.fromEntries(states.map(({ key }) => [key, tokens.get(key) ?? []]));
}

/** Whether the chain behind the endpoint is another one than at the last poll: made anew, since time goes on and its height doesn't. */
export function isAnotherChain({ seen }: Cursor, { block }: Snapshot): boolean {
	return Number(block.number) < seen.block && block.timestamp > seen.time + SECONDS_AGAIN;
}
