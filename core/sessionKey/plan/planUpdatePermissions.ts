import { encodeFunctionData } from 'viem';
import { InputError } from '../../errors';
import { changeSentences } from '../describe/changeSentences';
import { hazardsOf, newHazards } from '../describe/hazards';
import { unusableLimitSentences } from '../describe/unusableLimits';
import type { KeyState } from '../../plugin/keyState';
import { toUpdates, type PermissionInput } from './permissionInput';
import { encodePermissionUpdates, type PermissionUpdate } from '../../plugin/permissionUpdates';
import {
	previewUpdates,
	pluginExecutionAbi,
	requireKey,
	requirePlugin,
	toPlan,
	type Plan,
	type PlanParts,
	type AccountSnapshot,
} from './plan';
import { deployIfMissing } from '../../permissions/references';

/**
 * Plans changing what a key may do. What the input leaves out stays as it is.
 * @param before the key as it is, with every contract that has an entry or a limit
 * @throws {InputError}
 */
export function planUpdatePermissions(snapshot: AccountSnapshot, before: KeyState, input: PermissionInput): Plan {
	const updates = toUpdates(input, before, snapshot.labels.contracts);
	if (!input.allowReferences) return planUpdates(snapshot, before, updates);
	if (updates.length === 0 && snapshot.registry.deployed) {
		throw new InputError(
			'Changes',
			`The key ${before.key} may use payment references already`,
			'Leave Allow Payment References out.',
		);
	}
	return planUpdates(snapshot, before, updates, deployIfMissing(snapshot.registry));
}

/**
 * Plans sending these very updates, and nothing else to the plugin.
 *
 * @param first what goes before them
 * @throws {InputError}
 */
export function planUpdates(
	snapshot: AccountSnapshot,
	before: KeyState,
	updates: readonly PermissionUpdate[],
	first: Required<Pick<PlanParts, 'others' | 'sentences'>> = { others: [], sentences: [] },
): Plan {
	requirePlugin(snapshot);
	requireKey(snapshot, before.key);
	if (updates.length === 0 && first.others.length === 0) {
		throw new InputError('Changes', 'Nothing is to be changed', 'Add at least one change.');
	}
	const { labels, now } = snapshot;
	const { planned, hazards } = previewUpdates(before, updates, snapshot);
	const changes = changeSentences(before, planned.state, labels, now);
	const update = encodeFunctionData({
		abi: pluginExecutionAbi,
		functionName: 'updateKeyPermissions',
		args: [before.key, encodePermissionUpdates(updates)],
	});
	return toPlan(snapshot, {
		others: first.others,
		calls: updates.length > 0 ? [update] : [],
		sentences: [
			...first.sentences,
			...(changes.length > 0
				? [...changes, ...unusableLimitSentences(planned.state, labels)]
				: ['The key already is as it shall be: nothing changes about it.']),
		],
		hazards: newHazards(hazardsOf(before, labels, now), hazards),
		keys: [planned],
	});
}
