import { encodeEventTopics, getAddress, pad, type Address, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../contracts';
import { RpcError } from '../rpc/errors';
import { getLogs, HistoryUnavailableError, SETTLED_DEPTH, type RpcLog } from '../rpc/logs';
import { orElse, read, rpcRead, type Read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { toKeyEvent } from '../sessionKey/history';
import { pluginView } from '../sessionKey/keyState';
import { nonceOf, sequenceOf } from '../userOperation/userOperation';
import type { Payer } from './payment';
import { nonceKeyOfSessionKey } from './reference';

const EVENTS = (['SessionKeyAdded', 'SessionKeyRemoved', 'SessionKeyRotated', 'PermissionsUpdated'] as const).map(
	(eventName) => encodeEventTopics({ abi: sessionKeyPluginAbi, eventName })[0] as Hex,
);

/** What is known of an account's keys, present and past. */
export interface KnownKeys {
	keys: readonly Address[];
	/** Those that were given a gas limit, or had it taken away: they have paid in lanes of their own. */
	limited: readonly Address[];
}

/** The keys that an account ever had, as far as they were read, by chain and account. The chain is the memory. */
const known = new Map<string, KnownKeys>();

/** So far up the past keys of an account were searched for without the logs of the whole chain. */
const searched = new Map<string, bigint>();

function eventFilter(account: Address) {
	return { address: SESSION_KEY_PLUGIN, topics: [EVENTS, pad(account)] as Hex[][] };
}

/**
 * The keys that an account ever had, from the plugin's events in one request. undefined where the provider doesn't give
 * logs over the whole chain: `everyKey` then looks elsewhere.
 */
export function keyHistoryRead(account: Address): Read<KnownKeys | undefined> {
	const filter = { ...eventFilter(account), fromBlock: '0x0', toBlock: 'latest' };
	return orElse(rpcRead('eth_getLogs', [filter], keysIn), () => undefined);
}

function keysIn(logs: readonly RpcLog[]): KnownKeys {
	const events = logs.map(toKeyEvent).filter((event) => event !== undefined);
	return {
		keys: events.flatMap((event) => (event.kind === 'rotated' ? [event.oldKey, event.newKey] : [event.key])),
		limited: events.flatMap((event) =>
			event.kind === 'updated' && event.updates.some(({ kind }) => kind === 'gasLimit') ? [event.key] : [],
		),
	};
}

function together(...all: readonly KnownKeys[]): KnownKeys {
	const union = (lists: readonly (readonly Address[])[]) => [...new Set(lists.flat().map((key) => getAddress(key)))];
	return { keys: union(all.map(({ keys }) => keys)), limited: union(all.map(({ limited }) => limited)) };
}

/** What is known of an account's keys so far. */
export interface KeysRead {
	presentKeys: readonly Address[];
	/** From `keyHistoryRead`. */
	pastKeys: KnownKeys | undefined;
	latest: bigint;
}

const NONE: KnownKeys = { keys: [], limited: [] };

/**
 * All keys that an account ever had: a rotated or removed key may have paid a reference in a lane of its own, which
 * nothing else leads to.
 *
 * @throws {HistoryUnavailableError} when the endpoint has neither the logs nor past state; {EndpointError}
 */
export async function everyKey(
	{ rpc, network: { chainId }, account }: Payer,
	{ presentKeys, pastKeys, latest }: KeysRead,
): Promise<KnownKeys> {
	const place = `${chainId}:${account}`;
	const before = known.get(place) ?? NONE;
	const upTo = searched.get(place) ?? -1n;
	// Every present key was added some time. Logs without that event are not whole, even where the provider calls them so.
	const told = pastKeys && includesAll(pastKeys.keys, presentKeys) ? pastKeys : undefined;
	const isWhole = (found: KnownKeys) => includesAll(together(found, upTo < 0n ? NONE : before).keys, presentKeys);
	const past = told ?? (await searchKeys(rpc, account, upTo + 1n, latest, isWhole));
	const settled = latest - SETTLED_DEPTH;
	if (!told && settled > upTo) searched.set(place, settled);
	const all = together(before, { keys: presentKeys, limited: [] }, past);
	known.set(place, all);
	return all;
}

function includesAll(keys: readonly Address[], wanted: readonly Address[]): boolean {
	return wanted.every((key) => keys.includes(getAddress(key)));
}

/** Past states are quicker where the provider gives logs of a few blocks only. */
const MOST_LOG_REQUESTS = 16;

/** Where the logs of the whole chain can't be had at once: in parts, and else by the keys at past heights. */
async function searchKeys(
	rpc: Rpc,
	account: Address,
	from: bigint,
	to: bigint,
	isWhole: (found: KnownKeys) => boolean,
): Promise<KnownKeys> {
	try {
		const found = keysIn(await getLogs(rpc, eventFilter(account), from, to, MOST_LOG_REQUESTS));
		if (isWhole(found)) return found;
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
	}
	const keys = await keysInPastStates(rpc, account, from, to);
	const nonces = await read(
		rpc,
		keys.map((key) => nonceOf(account, nonceKeyOfSessionKey(key))),
	);
	return { keys, limited: keys.filter((_, index) => sequenceOf(nonces[index] as bigint) > 0n) };
}

const FIRST_HEIGHTS = 64n;
const NEXT_HEIGHTS = 8n;

interface KeysAt {
	height: bigint;
	keys: readonly Address[];
}

/** Narrows down every change of the account's keys. Between two heights with the same keys no change is looked for. */
async function keysInPastStates(rpc: Rpc, account: Address, from: bigint, to: bigint): Promise<readonly Address[]> {
	const found = new Set<Address>();
	const keysAt = async (heights: readonly bigint[]): Promise<KeysAt[]> => {
		const answers = await read(
			rpc,
			heights.map((height) => keysAtRead(account, height)),
		);
		for (const key of answers.flat()) found.add(key);
		return heights.map((height, index) => ({ height, keys: answers[index] ?? [] }));
	};
	const narrow = async (low: KeysAt, high: KeysAt, parts: bigint): Promise<void> => {
		const heights = heightsBetween(low.height, high.height, parts);
		if (heights.length === 0) return;
		const points = [low, ...(await keysAt(heights)), high];
		for (const [index, point] of points.entries()) {
			const next = points[index + 1];
			if (next && next.keys.join() !== point.keys.join()) await narrow(point, next, NEXT_HEIGHTS);
		}
	};
	const [low, high] = (await keysAt([from, to])) as [KeysAt, KeysAt];
	await narrow(low, high, FIRST_HEIGHTS);
	return [...found];
}

function heightsBetween(low: bigint, high: bigint, most: bigint): bigint[] {
	const count = high - low - 1n < most ? high - low - 1n : most;
	return Array.from({ length: Number(count) }, (_, i) => low + ((high - low) * BigInt(i + 1)) / (count + 1n));
}

function keysAtRead(account: Address, height: bigint): Read<readonly Address[]> {
	return orElse(pluginView('sessionKeysOf', [account], height), (error) => {
		if (error instanceof RpcError) throw new HistoryUnavailableError('The endpoint gives neither logs nor past state');
		return []; // before the plugin was deployed
	});
}

/** Forgets the keys that were read, as a fresh n8n would have to read them. */
export function forgetKeys(): void {
	known.clear();
	searched.clear();
}
