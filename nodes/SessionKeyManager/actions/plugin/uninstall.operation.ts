import type { IDataObject } from 'n8n-workflow';
import { planUninstallPlugin } from '../../../../core/sessionKey/planUninstallPlugin';
import { readKeyIndex } from '../../../../core/sessionKey/readKeys';
import { showFor } from '../../../shared/showFor';
import { changeFields } from '../../fields/change';
import { accountOf, carryOutPlan, namesOf, situationOf, type Run } from '../../manager';

export const description = showFor('plugin', 'uninstall', changeFields());

export async function execute(run: Run): Promise<IDataObject> {
	const situation = await situationOf(run);
	const index = await readKeyIndex(run.session.rpc, situation.account.address);
	const plan = planUninstallPlugin(situation, namesOf(index));
	const json = await carryOutPlan(run, situation, plan, async () => {
		const after = await accountOf(run);
		return { deleted: !after.hasSessionKeyPlugin };
	});
	return { ...json, endedSessionKeys: situation.account.sessionKeys };
}
