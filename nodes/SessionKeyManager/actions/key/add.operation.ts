import type { IDataObject } from 'n8n-workflow';
import { planAddKeys } from '../../../../core/sessionKey/planAddKeys';
import { showFor } from '../../../shared/showFor';
import { acceptedRisks, changeFields } from '../../fields/change';
import { newKeyFields } from '../../fields/newKey';
import { carryOutPlan, formIn, plannedKeysNow, type Run } from '../../manager';
import { newKeysFrom } from '../../newKeys';

export const description = showFor('key', 'add', [...newKeyFields, ...changeFields(acceptedRisks)]);

export async function execute(run: Run): Promise<IDataObject> {
	const { situation, keys } = await newKeysFrom(run, [formIn(run)]);
	const plan = planAddKeys(situation, keys);
	const json = await carryOutPlan(run, situation, plan, () => plannedKeysNow(run, situation, plan.keys));
	return { ...json, sessionKey: keys[0]?.key };
}
