import { parseAddress } from '../../../../core/input/address';
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { read } from '../../../../core/rpc/read';
import { pluginView } from '../../../../core/sessionKey/keyState';
import { planRotateKeys } from '../../../../core/sessionKey/planRotateKeys';
import { showFor } from '../../../shared/showFor';
import { changeFields, keyField, newKeyField } from '../../fields';
import { carryOutPlan, changedKey, namesOf, parameter, type Run } from '../../manager';

export const description = showFor('key', 'rotate', [
	keyField('Old Session Key'),
	newKeyField('New Session Key'),
	...changeFields(),
] satisfies INodeProperties[]);

export async function execute(run: Run): Promise<IDataObject> {
	const { rpc } = run.session;
	const newKey = parseAddress(parameter(run, 'newSessionKey', ''), 'New Session Key');
	const { situation, report, index } = await changedKey(run, [], 'Old Session Key');
	const { account, key: oldKey } = report.state;
	const plan = planRotateKeys(situation, [{ before: report.state, newKey }], namesOf(index));
	const json = await carryOutPlan(run, situation, plan, async () =>
		// Asked of the chain, not concluded from the operation's success.
		read(rpc, {
			newKeyIsRegistered: pluginView('isSessionKeyOf', [account, newKey]),
			oldKeyIsRegistered: pluginView('isSessionKeyOf', [account, oldKey]),
		}),
	);
	return { ...json, oldSessionKey: oldKey, newSessionKey: newKey };
}
