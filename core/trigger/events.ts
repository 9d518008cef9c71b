import { encodeEventTopics, getAddress, pad, type Address, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../contracts';
import { allKnown, operationsOf, pastStatus, type Chain, type PastOperation } from '../history/pastOperations';
import { getLogs } from '../rpc/logs';
import type { Rpc } from '../rpc/rpc';
import { toKeyEvent, type KeyEvent } from '../sessionKey/history';
import type { Identified } from './cursor';

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

export type ChainEvent = PaymentEvent | KeyChangeEvent;

/** Whose events. */
export interface Watched {
	account: Address;
	/** Only of this key; left out: of every key. */
	key?: Address;
}

const SIGNATURES = (['SessionKeyAdded', 'SessionKeyRemoved', 'SessionKeyRotated', 'PermissionsUpdated'] as const).map(
	(eventName) => encodeEventTopics({ abi: sessionKeyPluginAbi, eventName })[0] as Hex,
);

const KINDS: Record<KeyEvent['kind'], KeyChangeEvent['kind']> = {
	added: 'keyAdded',
	removed: 'keyRemoved',
	rotated: 'keyRotated',
	updated: 'permissionsUpdated',
};

/** The payments of an account's session keys in a range of blocks, both ends inside, oldest first. */
export async function paymentEvents(
	{ key, ...chain }: Watched & Chain,
	from: bigint,
	to: bigint,
): Promise<PaymentEvent[]> {
	const operations = allKnown(await operationsOf(chain, from, to));
	return operations.flatMap((operation) => {
		const { key: payer, userOperationHash, blockNumber } = operation;
		if (!payer || (key && getAddress(payer) !== key)) return [];
		const kind = pastStatus(operation) === 'paid' ? 'paymentMade' : 'paymentFailed';
		return [{ kind, id: `${kind}:${userOperationHash}`, blockNumber, operation: { ...operation, key: payer } }];
	});
}

/** What owners did to an account's keys in a range of blocks, both ends inside, oldest first. */
export async function keyChangeEvents(
	rpc: Rpc,
	{ account, key }: Watched,
	from: bigint,
	to: bigint,
): Promise<KeyChangeEvent[]> {
	const filter = { address: SESSION_KEY_PLUGIN, topics: [SIGNATURES, pad(account)] };
	const logs = await getLogs(rpc, filter, from, to);
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
