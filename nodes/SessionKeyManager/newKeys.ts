import { newKeyState } from '../../core/permissions/applyUpdates';
import { addressesIn, decimalsIn, functionNamesIn, toUpdates } from '../../core/sessionKey/plan/permissionInput';
import { read } from '../../core/rpc/read';
import type { Plan, AccountSnapshot } from '../../core/sessionKey/plan/plan';
import { planAddKeys, type NewKey } from '../../core/sessionKey/plan/planAddKeys';
import { manifestHashRead, planInstallPlugin } from '../../core/sessionKey/plan/planInstallPlugin';
import type { Form } from '../shared/form';
import { newKeyIn, type TypedKey } from './fields/newKey';
import { policyPaymaster, readAccountSnapshot } from './account';
import type { OwnerRun } from './run';

/** Reads keys that are to be added from their forms, and the chain as it is now. */
export async function newKeysFrom(
	run: OwnerRun,
	forms: readonly Form[],
): Promise<{ snapshot: AccountSnapshot; keys: NewKey[] }> {
	const typed: TypedKey[] = [];
	for (const form of forms) typed.push(await newKeyIn(form, () => policyPaymaster(run)));
	const { labels: plain, ...seen } = await readAccountSnapshot(
		run,
		typed.flatMap(({ input }) => [
			...addressesIn(input),
			...(input.requiredPaymaster ? [input.requiredPaymaster] : []),
		]),
		Object.assign({}, ...typed.map(({ input }) => decimalsIn(input))),
	);
	const functions = Object.assign({}, ...typed.map(({ input }) => functionNamesIn(input)));
	const snapshot = { ...seen, labels: { ...plain, functions } };
	const { account, labels } = snapshot;
	const keys = typed.map(({ key, tag, input }) => ({
		key,
		tag,
		updates: toUpdates(input, newKeyState(account.address, key), labels.contracts),
	}));
	return { snapshot, keys };
}

/** Plans adding keys, with whatever is missing for that: the account, the plugin, the registry. */
export async function planNewKeys(
	{ session }: OwnerRun,
	snapshot: AccountSnapshot,
	keys: readonly NewKey[],
): Promise<Plan> {
	if (snapshot.account.hasSessionKeyPlugin) return planAddKeys(snapshot, keys);
	const { manifestHash } = await read(session.rpc, { manifestHash: manifestHashRead() });
	return planInstallPlugin(snapshot, manifestHash, keys);
}
