import { getAddress, padHex, type Address, type Hex } from 'viem';
import type { Rpc } from '../rpc/rpc';
import { read, type BlockTag } from '../rpc/read';
import { pluginView } from './keyState';

/** Stands for the head of the plugin's linked list: the predecessor of the newest key. */
const HEAD: Hex = padHex('0x01', { size: 32 });

/** The keys of an account as the plugin lists them, newest first. It answers for every account, and never reverts. */
export function sessionKeysRead(account: Address, block?: BlockTag) {
	return pluginView('sessionKeysOf', [account], block);
}

/** Reads the keys of an account, newest first. */
export async function listSessionKeys(rpc: Rpc, account: Address): Promise<readonly Address[]> {
	const { keys } = await read(rpc, { keys: sessionKeysRead(account) });
	return keys.map((key) => getAddress(key));
}

/**
 * The predecessor that removeSessionKey and rotateSessionKey ask for (what findPredecessor answers), worked out from
 * the list, so that it can be known for a moment within a batch as well.
 *
 * @param keys newest first
 * @returns undefined when the key isn't on the list
 */
export function predecessorOf(keys: readonly Address[], key: Address): Hex | undefined {
	const index = keys.indexOf(getAddress(key));
	if (index < 0) return undefined;
	const previous = keys[index - 1];
	return previous ? padHex(previous.toLowerCase() as Hex, { dir: 'right', size: 32 }) : HEAD;
}

/** The list after a key was taken out. */
export function withoutKey(keys: readonly Address[], key: Address): Address[] {
	return keys.filter((one) => one !== getAddress(key));
}

/** The list after a key was added, or rotated in: it stands at the head. */
export function withKey(keys: readonly Address[], key: Address): Address[] {
	return [getAddress(key), ...keys];
}
