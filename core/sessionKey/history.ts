import {
	decodeAbiParameters,
	encodeEventTopics,
	getAddress,
	hexToNumber,
	numberToHex,
	padHex,
	slice,
	hexToString,
	type Address,
	type Hex,
} from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../contracts';
import { EndpointError, RpcError } from '../rpc/errors';
import type { RpcLog } from '../rpc/logs';
import { read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { decodePermissionUpdate, type PermissionUpdate } from './permissionUpdates';

/** Where an event stands. */
export interface Place {
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

/** The events of an account, oldest first. */
export interface History {
	events: KeyEvent[];
	/** The first block that was looked at; 0 when the history is whole. */
	fromBlock: bigint;
	/** Why the history isn't whole, in the provider's words where it gave any; undefined when it is. */
	gap?: string;
}

const [ADDED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyAdded' });
const [REMOVED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyRemoved' });
const [ROTATED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyRotated' });
const [UPDATED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'PermissionsUpdated' });

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

/** So many requests for pieces of the history are made at most: over a minute's worth helps nobody. */
const MOST_REQUESTS = 400;
/** An answer that looks whole and doesn't tell of a key that is there: logs lag behind, or are left out in silence. */
const SILENT = "the provider's logs do not tell when every key was added";

/** Pieces that are asked for at once. */
const PIECES_AT_ONCE = 8;

/**
 * Reads what happened to the keys of an account, by eth_getLogs: over the whole chain at once where the provider allows
 * it, else from the newest block backwards in pieces as large as its refusals say, until the keys that are asked for
 * are found where they were added.
 *
 * @param keys whose story is wanted, as they are now: a piecewise search ends when it is complete
 * @throws {EndpointError} when no valid answer came. A provider that keeps no history is not an error: see `gap`
 */
export async function readHistory(rpc: Rpc, account: Address, keys: readonly Address[]): Promise<History> {
	const newest = hexToNumber(await rpc.request<Hex>('eth_blockNumber'));
	const whole = await piece(rpc, account, 0, newest);
	if (!(whole instanceof Error)) {
		const events = toEvents(whole);
		return { events, fromBlock: 0n, gap: isComplete(events, keys) ? undefined : SILENT };
	}
	return readBackwards(rpc, account, keys, newest, whole);
}

async function readBackwards(
	rpc: Rpc,
	account: Address,
	keys: readonly Address[],
	newest: number,
	refusal: RpcError | EndpointError,
): Promise<History> {
	const logs: RpcLog[] = [];
	let to = newest;
	let size = smallerSize(newest + 1, refusal);
	let gap: string | undefined = refusal.message;
	for (let requests = 1; to >= 0 && gap; ) {
		if (size === 0 || requests >= MOST_REQUESTS) break;
		const ranges = rangesBackwards(to, size).slice(0, MOST_REQUESTS - requests);
		const answers = await Promise.all(ranges.map(([from, end]) => piece(rpc, account, from, end)));
		requests += ranges.length;
		for (const [index, answer] of answers.entries()) {
			if (answer instanceof Error) {
				gap = answer.message;
				size = smallerSize(size, answer);
				break;
			}
			logs.push(...answer);
			to = (ranges[index] as [number, number])[0] - 1;
		}
		if (isComplete(toEvents(logs), keys)) gap = undefined;
		else if (to < 0) gap = SILENT;
	}
	return { events: toEvents(logs), fromBlock: BigInt(to + 1), gap };
}

function rangesBackwards(newest: number, size: number): [number, number][] {
	const ranges: [number, number][] = [];
	for (let end = newest; end >= 0 && ranges.length < PIECES_AT_ONCE; end -= size) {
		ranges.push([Math.max(0, end - size + 1), end]);
	}
	return ranges;
}

/** The logs of a range of blocks, or the refusal of a provider that gives no such range. */
async function piece(
	rpc: Rpc,
	account: Address,
	from: number,
	to: number,
): Promise<RpcLog[] | RpcError | EndpointError> {
	const filter = {
		address: SESSION_KEY_PLUGIN,
		topics: [[ADDED, REMOVED, ROTATED, UPDATED], padHex(account, { size: 32 })],
		fromBlock: numberToHex(from),
		toBlock: numberToHex(to),
	};
	try {
		return await rpc.request<RpcLog[]>('eth_getLogs', [filter]);
	} catch (error) {
		if (error instanceof RpcError) return error;
		// Gateways end searches that take them too long, with HTTP 5xx.
		if (error instanceof EndpointError && error.fault === 'unavailable') return error;
		throw error;
	}
}

const METHOD_NOT_FOUND = -32601;

/**
 * How many blocks to ask for after a refusal: what the provider's words allow, else half; 0 when it can't help.
 * Words seen: "this block range should work: [0x0, 0x133ba26]", "up to a 10 block range", "up to a 2K block range",
 * "block range limit of 10,000", "max is 1k blocks", "exceed maximum block range: 50000".
 */
export function smallerSize(size: number, refusal: Error): number {
	if (refusal instanceof RpcError && refusal.code === METHOD_NOT_FOUND) return 0;
	const half = Math.floor(size / 2);
	const proposed = /\[\s*(0x[0-9a-f]+)\s*,\s*(0x[0-9a-f]+)\s*\]/i.exec(refusal.message);
	const named =
		/(\d[\d,_']*)\s*(k)?[ -]*blocks?\b/i.exec(refusal.message) ??
		/block range[^0-9]{0,30}(\d[\d,_']*)\s*(k)?\b/i.exec(refusal.message);
	const told = proposed
		? Number(proposed[2]) - Number(proposed[1]) + 1
		: named
			? Number((named[1] as string).replace(/\D/g, '')) * (named[2] ? 1000 : 1)
			: half;
	return told >= 1 && told < size ? told : half;
}

function toEvents(logs: readonly RpcLog[]): KeyEvent[] {
	return logs
		.map(toKeyEvent)
		.filter((event) => event !== undefined)
		.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}

function isComplete(events: readonly KeyEvent[], keys: readonly Address[]): boolean {
	const records = recordsOf(events);
	return keys.every((key) => records.get(getAddress(key))?.added !== undefined);
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

/** The times of blocks, in unix seconds, by block number; blocks that the node no longer has are left out. */
export async function blockTimes(rpc: Rpc, numbers: readonly bigint[]): Promise<Map<bigint, number>> {
	const unique = [...new Set(numbers)];
	const times = await read(
		rpc,
		unique.map((number) =>
			rpcRead('eth_getBlockByNumber', [numberToHex(number), false], (block: { timestamp: Hex } | null) =>
				block ? hexToNumber(block.timestamp) : undefined,
			),
		),
	);
	return new Map(unique.flatMap((number, index) => (times[index] === undefined ? [] : [[number, times[index]]])));
}

/** A tag as text where it is text, else as hex; undefined when it is empty. */
export function showTag(tag: Hex): string | undefined {
	if (/^0x0*$/.test(tag)) return undefined;
	// With a size it ends before the zero bytes. viem's trim cuts single digits of hex: half of "p" (0x70) as well.
	const text = hexToString(tag, { size: 32 });
	return /^[\P{C}]+$/u.test(text) && !text.includes('\ufffd') ? text : tag;
}
