import type { IDataObject } from 'n8n-workflow';
import { manifestHashRead, planInstallPlugin } from '../../../../core/sessionKey/plan/planInstallPlugin';
import { read } from '../../../../core/rpc/read';
import { rowsField } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { acceptedRisks, changeFields } from '../../fields/change';
import { newKeyFields } from '../../fields/newKey';
import { formIn } from '../../../shared/operation';
import { runPlan } from '../../plan';
import { plannedKeysNow } from '../../planItems';
import type { OwnerRun } from '../../run';
import { newKeysFrom } from '../../newKeys';

const keysField = rowsField(
	{
		displayName: 'Session Keys',
		name: 'keys',
		placeholder: 'Add session key',
		description:
			'The first keys, added in the same operation. If the plugin is already installed, they are added to it. More can be added later.',
	},
	'Session Key',
	newKeyFields,
);

export const signs = true;
export const description = showFor('plugin', 'install', [keysField, ...changeFields(acceptedRisks)]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { snapshot, keys } = await newKeysFrom(run, formIn(run).get(keysField));
	const { manifestHash } = await read(run.session.rpc, { manifestHash: manifestHashRead() });
	const plan = planInstallPlugin(snapshot, manifestHash, keys);
	const { hasSessionKeyPlugin: alreadyInstalled } = snapshot.account;
	if (alreadyInstalled && keys.length === 0) {
		return { status: 'unchanged', account: plan.account, alreadyInstalled, changes: plan.sentences };
	}
	const json = await runPlan(run, snapshot, plan, () => plannedKeysNow(run, snapshot, plan.keys));
	return { ...json, alreadyInstalled };
}
