import { encodeFunctionData, type Address, type Hex } from 'viem';
import { pluginExecutionAbi, requireKey, requirePlugin, toPlan, type Plan, type AccountSnapshot } from './plan';
import { predecessorOf, withoutKey } from '../../plugin/keyList';

/**
 * Plans removing keys. Each removal names the predecessor that the key has once those before it are gone.
 * @param nameOf what to call a key in the sentences: with its tag, where that is known
 * @throws {InputError}
 */
export function planRemoveKeys(
	snapshot: AccountSnapshot,
	keys: readonly Address[],
	nameOf: (key: Address) => string,
): Plan {
	requirePlugin(snapshot);
	let list: readonly Address[] = snapshot.account.sessionKeys;
	const calls = keys.map((key) => {
		requireKey({ ...snapshot, account: { ...snapshot.account, sessionKeys: [...list] } }, key);
		const predecessor = predecessorOf(list, key) as Hex;
		list = withoutKey(list, key);
		return encodeFunctionData({ abi: pluginExecutionAbi, functionName: 'removeSessionKey', args: [key, predecessor] });
	});
	return toPlan(snapshot, {
		calls,
		gone: keys,
		sentences: keys.flatMap((key) => [
			`The session key ${nameOf(key)} is removed: it can do nothing any more.`,
			'Its permissions and what it has used are gone. Added again, it starts from nothing.',
		]),
	});
}
