import type { IDataObject } from 'n8n-workflow';
import { read } from '../../../../core/rpc/read';
import { pluginView } from '../../../../core/plugin/keyState';
import { planRotateKeys } from '../../../../core/sessionKey/plan/planRotateKeys';
import { showFor } from '../../../shared/showFor';
import { changeFields } from '../../fields/change';
import { keyField, newKeyField } from '../../fields/key';
import { formIn } from '../../../shared/operation';
import { changedKey, namesOf } from '../../keys';
import { runPlan } from '../../plan';
import type { OwnerRun } from '../../run';

const oldKeyField = keyField('Old Session Key');
const nextKeyField = newKeyField("New Session Key's Address");

export const signs = true;
export const description = showFor('key', 'rotate', [oldKeyField, nextKeyField, ...changeFields()]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { rpc } = run.session;
	const newKey = formIn(run).get(nextKeyField);
	const { snapshot, report, index } = await changedKey(run, [], oldKeyField);
	const { account, key: oldKey } = report.state;
	const plan = planRotateKeys(snapshot, [{ before: report.state, newKey }], namesOf(index));
	const json = await runPlan(run, snapshot, plan, async () =>
		// Asked of the chain, not concluded from the operation's success.
		read(rpc, {
			newKeyIsRegistered: pluginView('isSessionKeyOf', [account, newKey]),
			oldKeyIsRegistered: pluginView('isSessionKeyOf', [account, oldKey]),
		}),
	);
	return {
		...json,
		oldKeyAddress: oldKey,
		keyAddress: newKey,
		...(report.gap && { historyGap: report.gap }),
	};
}
