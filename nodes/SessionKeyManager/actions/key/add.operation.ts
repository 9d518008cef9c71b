import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { planAddKeys } from '../../../../core/sessionKey/planAddKeys';
import { showFor } from '../../../shared/showFor';
import { acceptedRisksOption, changeFields, newKeyFields } from '../../fields';
import { carryOutPlan, parameter, plannedKeysNow, type Run } from '../../manager';
import { newKeysFrom } from '../../newKeys';

export const description = showFor('key', 'add', [
	...newKeyFields,
	...changeFields(acceptedRisksOption),
] satisfies INodeProperties[]);

export async function execute(run: Run): Promise<IDataObject> {
	const form = Object.fromEntries(newKeyFields.map(({ name }) => [name, parameter<unknown>(run, name, null)]));
	const { situation, keys } = await newKeysFrom(run, [form as IDataObject]);
	const plan = planAddKeys(situation, keys);
	const json = await carryOutPlan(run, situation, plan, () => plannedKeysNow(run, situation, plan.keys));
	return { ...json, sessionKey: keys[0]?.key };
}
