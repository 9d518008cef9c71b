import { encodeEventTopics, getAddress, pad, type Address, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../contracts';
import { RpcError } from '../rpc/errors';
import { getLogs, HistoryUnavailableError, SETTLED_DEPTH, type RpcLog } from '../rpc/logs';
import { orElse, read, rpcRead, type Read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { pluginView } from '../sessionKey/keyState';
import type { Payer } from './payment';

const [ADDED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyAdded' });
const [ROTATED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyRotated' });

/** The keys that an account ever had, as far as they were read, by chain and account. The chain is the memory. */
const known = new Map<string, Set<Address>>();

/** So far up the past keys of an account were searched for without the logs of the whole chain. */
const searched = new Map<string, bigint>();

function eventFilter(account: Address) {
	return { address: SESSION_KEY_PLUGIN, topics: [[ADDED, ROTATED], pad(account)] as Hex[][] };
}

/**
 * The keys that an account ever had, from the plugin's events in one request. undefined where the provider doesn't give
 * logs over the whole chain: `everyKey` then looks elsewhere.
 */
export function pastKeysRead(account: Address): Read<readonly Address[] | undefined> {
	const filter = { ...eventFilter(account), fromBlock: '0x0', toBlock: 'latest' };
	const keys = rpcRead('eth_getLogs', [filter], (logs: RpcLog[]) => logs.map(newKeyIn));
	return orElse(keys, () => undefined);
}

/** SessionKeyAdded has the key as its second indexed field, SessionKeyRotated the new key as its third. */
function newKeyIn({ topics }: RpcLog): Address {
	const field = topics[0] === ROTATED ? topics[3] : topics[2];
	return getAddress(`0x${(field as Hex).slice(26)}`);
}

/** What is known of an account's keys so far. */
export interface KeysRead {
	presentKeys: readonly Address[];
	/** From `pastKeysRead`. */
	pastKeys: readonly Address[] | undefined;
	latest: bigint;
}

/**
 * All keys that an account ever had: a rotated or removed key may have paid a reference in a lane of its own, which
 * nothing else leads to.
 *
 * @throws {HistoryUnavailableError} when the endpoint has neither the logs nor past state; {EndpointError}
 */
export async function everyKey(
	{ rpc, network: { chainId }, account }: Payer,
	{ presentKeys, pastKeys, latest }: KeysRead,
): Promise<readonly Address[]> {
	const place = `${chainId}:${account}`;
	const past = pastKeys ?? (await searchKeys(rpc, account, (searched.get(place) ?? -1n) + 1n, latest));
	const settled = latest - SETTLED_DEPTH;
	if (!pastKeys && settled > (searched.get(place) ?? -1n)) searched.set(place, settled);
	const all = known.get(place) ?? new Set();
	for (const key of [...presentKeys, ...past]) all.add(getAddress(key));
	known.set(place, all);
	return [...all];
}

/** Past states are quicker where the provider gives logs of a few blocks only. */
const MOST_LOG_REQUESTS = 16;

/** Where the logs of the whole chain can't be had at once: in parts, and else by the keys at past heights. */
async function searchKeys(rpc: Rpc, account: Address, from: bigint, to: bigint): Promise<readonly Address[]> {
	try {
		return (await getLogs(rpc, eventFilter(account), from, to, MOST_LOG_REQUESTS)).map(newKeyIn);
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
		return keysInPastStates(rpc, account, from, to);
	}
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
