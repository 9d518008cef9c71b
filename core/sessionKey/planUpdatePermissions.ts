import { encodeFunctionData } from 'viem';
import { InputError } from '../errors';
import { changeSentences } from './changes';
import { hazardsOf, newHazards } from './hazards';
import { idleLimitSentences } from './idleLimits';
import type { KeyState } from './keyState';
import { toUpdates, type PermissionInput } from './permissionInput';
import { encodePermissionUpdates, type PermissionUpdate } from './permissionUpdates';
import { outlook, pluginExecutionAbi, requireKey, requirePlugin, toPlan, type Plan, type Situation } from './plan';

/**
 * Plans changing what a key may do. What the input leaves out stays as it is.
 * @param before the key as it is, with every contract that has an entry or a limit
 * @throws {InputError}
 */
export function planUpdatePermissions(situation: Situation, before: KeyState, input: PermissionInput): Plan {
	return planUpdates(situation, before, toUpdates(input, before, situation.words.contracts));
}

/**
 * Plans sending these very updates, and nothing else.
 * @throws {InputError}
 */
export function planUpdates(situation: Situation, before: KeyState, updates: readonly PermissionUpdate[]): Plan {
	requirePlugin(situation);
	requireKey(situation, before.key);
	if (updates.length === 0) {
		throw new InputError('Changes', 'Nothing is to be changed', 'Add at least one change.');
	}
	const { words, now } = situation;
	const { planned, hazards } = outlook(before, updates, situation);
	const changes = changeSentences(before, planned.state, words, now);
	const update = encodeFunctionData({
		abi: pluginExecutionAbi,
		functionName: 'updateKeyPermissions',
		args: [before.key, encodePermissionUpdates(updates)],
	});
	return toPlan(situation, {
		calls: [update],
		sentences:
			changes.length > 0
				? [...changes, ...idleLimitSentences(planned.state, words)]
				: ['The key already is as it shall be: nothing changes.'],
		hazards: newHazards(hazardsOf(before, words, now), hazards),
		keys: [planned],
	});
}
