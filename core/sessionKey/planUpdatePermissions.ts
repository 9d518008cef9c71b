import { encodeFunctionData } from 'viem';
import { InputError } from '../errors';
import { changeSentences } from './changes';
import { hazardsOf, newHazards } from './hazards';
import { idleLimitSentences } from './idleLimits';
import type { KeyState } from './keyState';
import { toUpdates, type PermissionInput } from './permissionInput';
import { encodePermissionUpdates, type PermissionUpdate } from './permissionUpdates';
import {
	outlook,
	pluginExecutionAbi,
	requireKey,
	requirePlugin,
	toPlan,
	type Plan,
	type PlanParts,
	type Situation,
} from './plan';
import { deployIfMissing } from './references';

/**
 * Plans changing what a key may do. What the input leaves out stays as it is.
 * @param before the key as it is, with every contract that has an entry or a limit
 * @throws {InputError}
 */
export function planUpdatePermissions(situation: Situation, before: KeyState, input: PermissionInput): Plan {
	const updates = toUpdates(input, before, situation.words.contracts);
	if (!input.allowReferences) return planUpdates(situation, before, updates);
	if (updates.length === 0 && situation.registry.deployed) {
		throw new InputError(
			'Changes',
			`The key ${before.key} may use payment references already`,
			'Leave Allow Payment References out.',
		);
	}
	return planUpdates(situation, before, updates, deployIfMissing(situation.registry));
}

/**
 * Plans sending these very updates, and nothing else to the plugin.
 *
 * @param first what goes before them
 * @throws {InputError}
 */
export function planUpdates(
	situation: Situation,
	before: KeyState,
	updates: readonly PermissionUpdate[],
	first: Required<Pick<PlanParts, 'others' | 'sentences'>> = { others: [], sentences: [] },
): Plan {
	requirePlugin(situation);
	requireKey(situation, before.key);
	if (updates.length === 0 && first.others.length === 0) {
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
		others: first.others,
		calls: updates.length > 0 ? [update] : [],
		sentences: [
			...first.sentences,
			...(changes.length > 0
				? [...changes, ...idleLimitSentences(planned.state, words)]
				: ['The key already is as it shall be: nothing changes about it.']),
		],
		hazards: newHazards(hazardsOf(before, words, now), hazards),
		keys: [planned],
	});
}
