import { encodeEventTopics, getAddress, pad, type Address, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../contracts';
import type { RpcLog } from '../rpc/logs';
import { orElse, rpcRead, type Read } from '../rpc/read';

const [ADDED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyAdded' });
const [ROTATED] = encodeEventTopics({ abi: sessionKeyPluginAbi, eventName: 'SessionKeyRotated' });

/** The keys that an account ever had, as far as they were read, by chain and account. */
const known = new Map<string, Set<Address>>();

/**
 * The keys that an account ever had, from the plugin's events in one request: a rotated or removed key may have paid a
 * reference in a lane of its own. undefined where the provider doesn't give logs over the whole chain; the caller then
 * knows only of the present keys.
 */
export function pastKeysRead(account: Address): Read<readonly Address[] | undefined> {
	const topics = [[ADDED, ROTATED], pad(account)];
	const filter = { address: SESSION_KEY_PLUGIN, topics, fromBlock: '0x0', toBlock: 'latest' };
	const keys = rpcRead('eth_getLogs', [filter], (logs: RpcLog[]) => logs.map(newKeyIn));
	return orElse(keys, () => undefined);
}

/** SessionKeyAdded has the key as its second indexed field, SessionKeyRotated the new key as its third. */
function newKeyIn({ topics }: RpcLog): Address {
	const field = topics[0] === ROTATED ? topics[3] : topics[2];
	return getAddress(`0x${(field as Hex).slice(26)}`);
}

/** Adds to what is known of an account's keys and gives all of it. */
export function rememberKeys(chainId: number, account: Address, keys: readonly Address[]): readonly Address[] {
	const place = `${chainId}:${account}`;
	const all = known.get(place) ?? new Set();
	for (const key of keys) all.add(getAddress(key));
	known.set(place, all);
	return [...all];
}
