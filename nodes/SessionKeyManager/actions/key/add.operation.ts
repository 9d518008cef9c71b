import type { IDataObject } from 'n8n-workflow';
import { planAddKeys } from '../../../../core/sessionKey/plan/planAddKeys';
import { showFor } from '../../../shared/showFor';
import { acceptedRisks, changeFields } from '../../fields/change';
import { newKeyFields } from '../../fields/newKey';
import { formIn } from '../../../shared/operation';
import { runPlan } from '../../plan';
import { plannedKeysNow } from '../../planItems';
import type { OwnerRun } from '../../run';
import { newKeysFrom } from '../../newKeys';

export const description = showFor('key', 'add', [...newKeyFields, ...changeFields(acceptedRisks)]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { snapshot, keys } = await newKeysFrom(run, [formIn(run)]);
	const plan = planAddKeys(snapshot, keys);
	const json = await runPlan(run, snapshot, plan, () => plannedKeysNow(run, snapshot, plan.keys));
	return { ...json, sessionKey: keys[0]?.key };
}
