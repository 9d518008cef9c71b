import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { manifestHashRead, planInstallPlugin } from '../../../../core/sessionKey/planInstallPlugin';
import { read } from '../../../../core/rpc/read';
import { showFor } from '../../../shared/showFor';
import { acceptedRisksOption, changeFields, newKeyFields } from '../../fields';
import { carryOutPlan, parameter, plannedKeysNow, type Run } from '../../manager';
import { newKeysFrom } from '../../newKeys';

export const description = showFor('plugin', 'install', [
	{
		displayName: 'Session Keys',
		name: 'keys',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		default: {},
		placeholder: 'Add session key',
		description:
			'The first keys, added in the same operation. If the plugin is already installed, they are added to it. More can be added later.',
		options: [{ displayName: 'Session Key', name: 'values', values: newKeyFields }],
	},
	...changeFields(acceptedRisksOption),
] satisfies INodeProperties[]);

export async function execute(run: Run): Promise<IDataObject> {
	const { values = [] } = parameter<{ values?: IDataObject[] }>(run, 'keys', {});
	const { situation, keys } = await newKeysFrom(run, values);
	const { manifestHash } = await read(run.session.rpc, { manifestHash: manifestHashRead() });
	const plan = planInstallPlugin(situation, manifestHash, keys);
	const { hasSessionKeyPlugin: alreadyInstalled } = situation.account;
	if (alreadyInstalled && keys.length === 0) {
		return { status: 'unchanged', account: plan.account, alreadyInstalled, changes: plan.sentences };
	}
	const json = await carryOutPlan(run, situation, plan, () => plannedKeysNow(run, situation, plan.keys));
	return { ...json, alreadyInstalled };
}
