import {
	decodeAbiParameters,
	encodeEventTopics,
	getAddress,
	hexToNumber,
	padHex,
	slice,
	hexToString,
	type Address,
	type Hex,
} from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../contracts';
import type { LogFilter, RpcLog } from '../rpc/logs';
import { decodePermissionUpdate, type PermissionUpdate } from './permissionUpdates';

/** Where an event stands. */
interface Place {
	blockNumber: bigint;
	transactionHash: Hex;
	logIndex: number;
}

/** What the plugin told about a key of an account. */
export type KeyEvent = Place &
	(
		| { kind: 'added'; key: Address; tag: Hex }
		| { kind: 'removed'; key: Address }
		| { kind: 'rotated'; oldKey: Address; newKey: Address }
		/** An update that this package doesn't know is left out. */
		| { kind: 'updated'; key: Address; updates: PermissionUpdate[] }
	);

const [ADDED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyAdded' });
const [REMOVED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyRemoved' });
const [ROTATED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyRotated' });
const [UPDATED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'PermissionsUpdated' });

/** The events that tell of keys; the account is the first that each of them indexes. */
export const KEY_EVENTS = [ADDED, REMOVED, ROTATED, UPDATED] as Hex[];

/**
 * Reads one log of the session key plugin; undefined for any other event.
 * The tag is in the event only, and all three fields of that event are topics.
 */
export function toKeyEvent(log: Omit<RpcLog, 'address' | 'blockHash'>): KeyEvent | undefined {
	const [signature, , second, third] = log.topics;
	if (!second) return undefined;
	const key = getAddress(slice(second, 12));
	const place = {
		blockNumber: BigInt(log.blockNumber),
		transactionHash: log.transactionHash,
		logIndex: hexToNumber(log.logIndex),
	};
	switch (signature) {
		case ADDED:
			return { ...place, kind: 'added', key, tag: third as Hex };
		case REMOVED:
			return { ...place, kind: 'removed', key };
		case ROTATED:
			return { ...place, kind: 'rotated', oldKey: key, newKey: getAddress(slice(third as Hex, 12)) };
		case UPDATED: {
			const [updates] = decodeAbiParameters([{ type: 'bytes[]' }], log.data);
			const known = updates.map(decodePermissionUpdate).filter((update) => update !== undefined);
			return { ...place, kind: 'updated', key, updates: known };
		}
		default:
			return undefined;
	}
}

/** The logs that tell what happened to the keys of an account. */
export function keyEventFilter(account: Address): LogFilter {
	const topics = [KEY_EVENTS, padHex(account, { size: 32 })];
	return { address: SESSION_KEY_PLUGIN, topics };
}

/** The events in logs, oldest first and each once, however often its log was given. */
export function toKeyEvents(logs: readonly RpcLog[]): KeyEvent[] {
	const events = new Map(logs.map((log) => [`${Number(log.blockNumber)} ${Number(log.logIndex)}`, toKeyEvent(log)]));
	return [...events.values()]
		.filter((event) => event !== undefined)
		.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}

/** What the events tell about a key that the account has now. */
export interface KeyRecord {
	key: Address;
	/** Undefined when the history doesn't reach back that far. */
	added?: Place & { tag: Hex };
	/** Set when the key took over from others: the newest rotation. */
	rotated?: Place & { from: Address };
	/** The permissions ever given, oldest first; rotation keeps them, removal ends them. */
	updates: PermissionUpdate[];
	lastChange: Place;
}

/** Goes through the events, oldest first: the keys that are there at the end. */
export function recordsOf(events: readonly KeyEvent[]): Map<Address, KeyRecord> {
	const records = new Map<Address, KeyRecord>();
	for (const event of events) {
		const lastChange = placeOf(event);
		if (event.kind === 'added') {
			const added = { ...lastChange, tag: event.tag };
			records.set(event.key, { key: event.key, added, updates: [], lastChange });
		} else if (event.kind === 'removed') {
			records.delete(event.key);
		} else if (event.kind === 'rotated') {
			const old = records.get(event.oldKey) ?? { updates: [] };
			records.delete(event.oldKey);
			const rotated = { ...lastChange, from: event.oldKey };
			records.set(event.newKey, { ...old, key: event.newKey, rotated, lastChange });
		} else {
			const old = records.get(event.key) ?? { key: event.key, updates: [] };
			records.set(event.key, { ...old, updates: [...old.updates, ...event.updates], lastChange });
		}
	}
	return records;
}

function placeOf({ blockNumber, transactionHash, logIndex }: Place): Place {
	return { blockNumber, transactionHash, logIndex };
}

/** A tag as text where it is text, else as hex; undefined when it is empty. */
export function showTag(tag: Hex): string | undefined {
	if (/^0x0*$/.test(tag)) return undefined;
	// With a size it ends before the zero bytes. viem's trim cuts single digits of hex: half of "p" (0x70) as well.
	const text = hexToString(tag, { size: 32 });
	return /^[\P{C}]+$/u.test(text) && !text.includes('\ufffd') ? text : tag;
}
