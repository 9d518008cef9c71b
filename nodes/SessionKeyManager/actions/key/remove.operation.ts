import type { IDataObject } from 'n8n-workflow';
import { planRemoveKeys } from '../../../../core/sessionKey/plan/planRemoveKeys';
import { showFor } from '../../../shared/showFor';
import { changeFields } from '../../fields/change';
import { keyField } from '../../fields/key';
import { readOwnedAccount, readAccountSnapshot } from '../../account';
import { keyIndexFor, keyOf, namesOf } from '../../keys';
import { runPlan } from '../../plan';
import type { OwnerRun } from '../../run';

export const signs = true;
export const description = showFor('key', 'remove', [keyField(), ...changeFields()]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const snapshot = await readAccountSnapshot(run);
	const index = await keyIndexFor(run, snapshot.account.address);
	const key = keyOf(run, index);
	const plan = planRemoveKeys(snapshot, [key], namesOf(index));
	const json = await runPlan(run, snapshot, plan, async () => {
		const after = await readOwnedAccount(run);
		return { deleted: !after.sessionKeys.includes(key) };
	});
	return { ...json, keyAddress: key };
}
