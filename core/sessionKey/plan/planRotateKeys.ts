import { encodeFunctionData, type Address, type Hex } from 'viem';
import { InputError } from '../../errors';
import { checkNewKey } from './checkUpdates';
import type { KeyState } from '../../plugin/keyState';
import { pluginExecutionAbi, requireKey, requirePlugin, toPlan, type Plan, type AccountSnapshot } from './plan';
import { predecessorOf, withKey, withoutKey } from '../../plugin/keyList';
import { riskOf } from '../describe/risk';

/** One key in another's place. */
export interface Rotation {
	/** The old key as it is. */
	before: KeyState;
	newKey: Address;
}

/**
 * Plans rotating keys: the new key takes over permissions, usage and the place of the old one. Each rotation names the
 * predecessor that the old key has at that moment.
 *
 * @param nameOf what to call a key in the sentences: with its tag, where that is known
 * @throws {InputError}
 */
export function planRotateKeys(
	snapshot: AccountSnapshot,
	rotations: readonly Rotation[],
	nameOf: (key: Address) => string,
): Plan {
	requirePlugin(snapshot);
	let list: readonly Address[] = snapshot.account.sessionKeys;
	const calls = rotations.map(({ before: { key: oldKey }, newKey }) => {
		requireKey({ ...snapshot, account: { ...snapshot.account, sessionKeys: [...list] } }, oldKey, 'Old Session Key');
		checkNewKey(newKey, snapshot.account, "New Session Key's Address");
		if (list.includes(newKey)) {
			throw new InputError(
				"New Session Key's Address",
				newKey === oldKey
					? `${newKey} is the old key itself: nothing would change`
					: `${newKey} is already a session key of the account, with permissions of its own`,
				'Create a new key for the agent (Session Key node, Key > Create) and give its address here.',
			);
		}
		const predecessor = predecessorOf(list, oldKey) as Hex;
		list = withKey(withoutKey(list, oldKey), newKey);
		return encodeFunctionData({
			abi: pluginExecutionAbi,
			functionName: 'rotateSessionKey',
			args: [oldKey, predecessor, newKey],
		});
	});
	return toPlan(snapshot, {
		calls,
		gone: rotations.map(({ before: { key } }) => key),
		sentences: rotations.flatMap(({ before, newKey }) => [
			`The session key ${nameOf(before.key)} is replaced by ${newKey}.`,
			'The new key has the same permissions, and what was used stays used. The old key can do nothing any more.',
		]),
		keys: rotations.map(({ before, newKey }) => {
			const state = { ...before, key: newKey };
			return { key: newKey, state, risk: riskOf(state, snapshot.labels, snapshot.now) };
		}),
	});
}
