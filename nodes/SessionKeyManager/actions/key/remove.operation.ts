import type { IDataObject } from 'n8n-workflow';
import { planRemoveKeys } from '../../../../core/sessionKey/planRemoveKeys';
import { showFor } from '../../../shared/showFor';
import { changeFields } from '../../fields/change';
import { keyField } from '../../fields/key';
import { accountOf, carryOutPlan, keyIndexFor, keyOf, namesOf, situationOf, type Run } from '../../manager';

export const description = showFor('key', 'remove', [keyField(), ...changeFields()]);

export async function execute(run: Run): Promise<IDataObject> {
	const situation = await situationOf(run);
	const index = await keyIndexFor(run, situation.account.address);
	const key = keyOf(run, index);
	const plan = planRemoveKeys(situation, [key], namesOf(index));
	const json = await carryOutPlan(run, situation, plan, async () => {
		const after = await accountOf(run);
		return { deleted: !after.sessionKeys.includes(key) };
	});
	return { ...json, sessionKey: key };
}
