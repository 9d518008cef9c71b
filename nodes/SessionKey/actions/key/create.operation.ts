import type { IDataObject } from 'n8n-workflow';
import { parseAddress } from '../../../../core/input/address';
import { optionField } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { agentConnection, registeredKey } from '../../agent';
import { keysOf, toAgentSigner } from '../../agentCredential';
import { agentCredentialStore } from '../../credentialStore';
import { firstKey, nextKey, promote } from '../../generateKey';
import { formIn, type ItemRun } from '../../../shared/operation';

const purpose = optionField<'first' | 'next'>({
	displayName: 'Purpose',
	name: 'purpose',
	type: 'options',
	options: [
		{
			name: 'First Key',
			value: 'first',
			description: 'Fill an empty credential. Run again, it returns the same address: a key is never replaced.',
		},
		{
			name: 'Next Key (For Rotation)',
			value: 'next',
			description: 'Create a second key alongside the one that pays. It takes over the moment the owner rotates to it.',
		},
	],
	default: 'first',
});

export const withoutKey = true;
export const description = showFor('key', 'create', [
	{
		displayName:
			"The key is created here and stored in this node's Agent Session Key API credential. Nobody sees it: the result is its address, to give to the owner.",
		name: 'createNotice',
		type: 'notice',
		default: '',
	},
	purpose,
]);

/** Makes a key in the credential, and answers its address and what to tell the owner. Never the key. */
export async function execute(run: ItemRun): Promise<IDataObject> {
	return formIn(run).get(purpose) === 'next' ? stageNext(run) : makeFirst(run);
}

async function makeFirst({ context }: ItemRun): Promise<IDataObject> {
	const { credential, connection } = await agentConnection(context);
	const account = parseAddress(credential.accountAddress, 'Smart Account Address');
	const network = connection.network.name;
	const { address, isNew } = await firstKey(agentCredentialStore(context));
	return {
		status: isNew ? 'created' : 'alreadyThere',
		keyAddress: address,
		account,
		network,
		forOwner: `Please register the session key ${address} on the account ${account} on ${network}, with the limits that it shall have: Session Key Manager > Key > Add. It can do nothing until then.`,
	};
}

async function stageNext({ context }: ItemRun): Promise<IDataObject> {
	const { credential, connection } = await agentConnection(context);
	const { rpc, network } = connection;
	const account = parseAddress(credential.accountAddress, 'Smart Account Address');
	const store = agentCredentialStore(context);
	const keys = keysOf(credential);
	const registered = keys.next && (await registeredKey(credential, keys, rpc));
	// The rotation before this one was never finished.
	if (registered && registered === keys.next) await promote(store, registered.address);
	const { address, isNew } = await nextKey(store);
	const oldKeyAddress = toAgentSigner(await store.read()).address;
	return {
		status: isNew ? 'created' : 'alreadyThere',
		keyAddress: address,
		oldKeyAddress,
		account,
		network: network.name,
		forOwner: `Please rotate the session key ${oldKeyAddress} of the account ${account} on ${network.name} to ${address}: Session Key Manager > Key > Rotate. Limits and what was spent of them stay. Payments go on with the old key until then, and with the new one from that moment on.`,
	};
}
