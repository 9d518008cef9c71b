import type { IDataObject } from 'n8n-workflow';
import { planUninstallPlugin } from '../../../../core/sessionKey/plan/planUninstallPlugin';
import { readKeyIndex } from '../../../../core/sessionKey/read/readKeys';
import { showFor } from '../../../shared/showFor';
import { changeFields } from '../../fields/change';
import { readOwnedAccount, readAccountSnapshot } from '../../account';
import { namesOf } from '../../keys';
import { runPlan } from '../../plan';
import type { OwnerRun } from '../../run';

export const signs = true;
export const description = showFor('plugin', 'uninstall', changeFields());

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const snapshot = await readAccountSnapshot(run);
	const index = await readKeyIndex(run.session.rpc, snapshot.account.address);
	const plan = planUninstallPlugin(snapshot, namesOf(index));
	const json = await runPlan(run, snapshot, plan, async () => {
		const after = await readOwnedAccount(run);
		return { deleted: !after.hasSessionKeyPlugin };
	});
	return { ...json, endedSessionKeys: snapshot.account.sessionKeys };
}
