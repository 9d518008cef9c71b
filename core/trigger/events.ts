import { getAddress, type Address, type Hex } from 'viem';
import { pastStatus, type PastOperation } from '../history/pastOperations';
import type { RpcLog } from '../rpc/logs';
import { toKeyEvent, type KeyEvent } from '../plugin/keyEvents';

/** Something that is told once. */
export interface Identified {
	/** The same however often it is read, and on whichever side of a reorganisation. */
	id: string;
}

/** What holds or doesn't. */
export interface Holding extends Identified {
	/** Of two that have it in common, the second is the first one, still holding. */
	condition: string;
}

/** What happens in a block. */
export type EventKind =
	| 'paymentMade'
	| 'paymentFailed'
	| 'keyAdded'
	| 'keyRemoved'
	| 'keyRotated'
	| 'permissionsUpdated';

/** A payment of a session key that is in a block: made, or mined and failed, or the token moved nothing or less. */
export interface PaymentEvent extends Identified {
	kind: 'paymentMade' | 'paymentFailed';
	blockNumber: bigint;
	operation: PastOperation & { key: Address };
}

/** A change that an owner made to a key. */
export interface KeyChangeEvent extends Identified {
	kind: Exclude<EventKind, PaymentEvent['kind']>;
	blockNumber: bigint;
	change: KeyEvent;
}

/** What the endpoint doesn't show: events may be missing. */
export interface NotSeenEvent extends Identified {
	kind: 'notSeen';
	/** The newest block that it is about. */
	blockNumber: bigint;
	what: { operation: PastOperation } | { in: 'payments' | 'changes'; from: bigint };
}

export type ChainEvent = PaymentEvent | KeyChangeEvent | NotSeenEvent;

/** Whose events. */
export interface Watched {
	account: Address;
	/** Only of this key; left out: of every key. */
	key?: Address;
}

const KINDS: Record<KeyEvent['kind'], KeyChangeEvent['kind']> = {
	added: 'keyAdded',
	removed: 'keyRemoved',
	rotated: 'keyRotated',
	updated: 'permissionsUpdated',
};

/** The events among an account's operations: the payments of its session keys, and what can't be told of one. */
export function paymentEvents({ key }: Watched, operations: readonly PastOperation[]): (PaymentEvent | NotSeenEvent)[] {
	return operations.flatMap((operation): (PaymentEvent | NotSeenEvent)[] => {
		const { key: payer, userOperationHash, blockNumber } = operation;
		if (!isKnown(operation)) {
			return [{ kind: 'notSeen', id: `notSeen:${userOperationHash}`, blockNumber, what: { operation } }];
		}
		if (!payer || (key && getAddress(payer) !== key)) return [];
		const kind = pastStatus(operation) === 'paid' ? 'paymentMade' : 'paymentFailed';
		return [{ kind, id: `${kind}:${userOperationHash}`, blockNumber, operation: { ...operation, key: payer } }];
	});
}

function isKnown({ callData, success, logs }: PastOperation): boolean {
	return callData !== undefined && (!success || logs !== undefined);
}

/** A stretch of blocks whose logs the endpoint doesn't give. */
export function notSeen(what: 'payments' | 'changes', from: bigint, to: bigint): NotSeenEvent {
	return { kind: 'notSeen', id: `notSeen:${what}:${from}-${to}`, blockNumber: to, what: { in: what, from } };
}

/** What owners did to an account's keys, from all the logs of some blocks, oldest first. */
export function keyChangeEvents({ key }: Watched, logs: readonly RpcLog[]): KeyChangeEvent[] {
	const changes = logs.map(toKeyEvent).filter((change) => change !== undefined);
	/** A log's place in its block moves when the block is reorganised; its place in its transaction doesn't. */
	const inTransaction = new Map<Hex, number>();
	return changes.flatMap((change) => {
		const { transactionHash, blockNumber } = change;
		const place = inTransaction.get(transactionHash) ?? 0;
		inTransaction.set(transactionHash, place + 1);
		const kind = KINDS[change.kind];
		return key && !keysIn(change).includes(key)
			? []
			: [{ kind, id: `${kind}:${transactionHash}:${place}`, blockNumber, change }];
	});
}

/** The keys that a change is about. */
export function keysIn(change: KeyEvent): Address[] {
	return change.kind === 'rotated' ? [change.newKey, change.oldKey] : [change.key];
}
