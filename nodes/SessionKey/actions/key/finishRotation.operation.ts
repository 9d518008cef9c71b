import type { IDataObject } from 'n8n-workflow';
import { InputError } from '../../../../core/errors';
import { parseAddress } from '../../../../core/input/address';
import { read } from '../../../../core/rpc/read';
import { pluginView } from '../../../../core/plugin/keyState';
import { showFor } from '../../../shared/showFor';
import { agentConnection } from '../../agent';
import { keysOf } from '../../agentCredential';
import { agentCredentialStore } from '../../credentialStore';
import { promote } from '../../generateKey';
import type { ItemRun } from '../../../shared/operation';

export const withoutKey = true;
export const description = showFor('key', 'finishRotation', [
	{
		displayName:
			'Discards the old key once the chain shows that the owner has rotated to the new one. Until then nothing changes.',
		name: 'finishNotice',
		type: 'notice',
		default: '',
	},
]);

/** Makes the next key the only one, if the chain says that it has taken over. */
export async function execute({ context }: ItemRun): Promise<IDataObject> {
	const { credential, connection } = await agentConnection(context);
	const { rpc, network } = connection;
	const account = parseAddress(credential.accountAddress, 'Smart Account Address');
	const { current, next } = keysOf(credential);
	const about = { account, network: network.name };
	if (!next) return { status: 'nothingToFinish', keyAddress: current.address, ...about };
	const registered = await read(rpc, {
		old: pluginView('isSessionKeyOf', [account, current.address]),
		new: pluginView('isSessionKeyOf', [account, next.address]),
	});
	if (!registered.new) {
		throw new InputError(
			'Key',
			`${next.address} is not a session key of the smart account ${account} yet`,
			`Have the owner rotate from ${current.address} to it: Session Key Manager > Key > Rotate. Payments go on with the old key.`,
		);
	}
	if (registered.old) {
		throw new InputError(
			'Key',
			`The old session key ${current.address} is still registered, beside the new one ${next.address}`,
			'Have the owner remove the old one: Session Key Manager > Key > Remove. Then run this again.',
		);
	}
	await promote(agentCredentialStore(context), next.address);
	return { status: 'finished', keyAddress: next.address, oldKeyAddress: current.address, ...about };
}
