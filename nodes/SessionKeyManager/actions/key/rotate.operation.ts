import { parseAddress } from '../../../../core/calls';
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { read } from '../../../../core/rpc/read';
import { pluginView } from '../../../../core/sessionKey/keyState';
import { planRotateKeys } from '../../../../core/sessionKey/planRotateKeys';
import { readKeyIndex } from '../../../../core/sessionKey/readKeys';
import { showFor } from '../../../shared/showFor';
import { changeFields, keyField, newKeyField } from '../../fields';
import { carryOutPlan, keyOf, namesOf, parameter, situationOf, type Run } from '../../manager';

export const description = showFor('key', 'rotate', [
	keyField('Old Session Key'),
	newKeyField('New Session Key'),
	...changeFields(),
] satisfies INodeProperties[]);

export async function execute(run: Run): Promise<IDataObject> {
	const { rpc } = run.session;
	const newKey = parseAddress(parameter(run, 'newSessionKey', ''), 'New Session Key');
	const situation = await situationOf(run);
	const { address } = situation.account;
	const index = await readKeyIndex(rpc, address);
	const oldKey = keyOf(run, index, 'sessionKey', 'Old Session Key');
	const plan = planRotateKeys(situation, [{ oldKey, newKey }], namesOf(index));
	const json = await carryOutPlan(run, situation, plan, async () =>
		// Asked of the chain, not concluded from the operation's success.
		read(rpc, {
			newKeyIsRegistered: pluginView('isSessionKeyOf', [address, newKey]),
			oldKeyIsRegistered: pluginView('isSessionKeyOf', [address, oldKey]),
		}),
	);
	return { ...json, oldSessionKey: oldKey, newSessionKey: newKey };
}
