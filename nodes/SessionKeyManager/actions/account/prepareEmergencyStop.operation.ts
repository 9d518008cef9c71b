import type { IDataObject } from 'n8n-workflow';
import { prepareStop } from '../../../../core/emergencyStop/prepareStop';
import { requireNotStopped } from '../../../../core/ownerOperation/sendOwnerOperation';
import { planEmergencyStop } from '../../../../core/sessionKey/plan/planEmergencyStop';
import { signed } from '../../../../core/userOperation/submit';
import { showFor } from '../../../shared/showFor';
import { readAccountSnapshot } from '../../account';
import { mostGasCost, optionsOf } from '../../fields/change';
import type { OwnerRun } from '../../run';
import { stopJson } from '../../stopItems';

export const signs = true;
export const description = showFor('account', 'prepareEmergencyStop', [optionsOf(mostGasCost)]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { session } = run;
	const snapshot = await readAccountSnapshot(run);
	const plan = planEmergencyStop(snapshot);
	if (run.onPlan) return run.onPlan(run, snapshot, plan, async () => ({}));
	if (!session.sign) throw new Error('nobody signs');
	const { rpc, network, sign } = session;
	const op = await prepareStop(session, snapshot.account);
	requireNotStopped(session);
	return stopJson(session, await signed({ rpc, chainId: network.chainId, sign }, op));
}
