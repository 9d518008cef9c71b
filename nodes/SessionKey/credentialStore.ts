import type { IDataObject, IExecuteFunctions, INodeCredentialsDetails } from 'n8n-workflow';
import { InputError } from '../../core/errors';
import { AGENT_CREDENTIAL, type AgentCredential } from './agentCredential';

/** One stored credential, as it is in n8n's database at the moment. */
export interface CredentialStore {
	/** n8n's id of it. */
	id: string;
	read(): Promise<AgentCredential>;
	/** Replaces all that is inside. */
	write(credential: AgentCredential): Promise<void>;
}

/**
 * What n8n has for this, the same in 1.x and 2.x, but doesn't promise to community packages: nothing that it promises
 * lets a node put anything into a credential.
 */
interface CredentialsHelper {
	getDecrypted(
		additionalData: unknown,
		details: INodeCredentialsDetails,
		type: string,
		mode: string,
		executeData: undefined,
		raw: true,
	): Promise<IDataObject>;
	updateCredentials(details: INodeCredentialsDetails, type: string, data: IDataObject): Promise<void>;
}

/**
 * The node's Agent Session Key API credential, to be read and written.
 * @throws {InputError} when this n8n lets no node do that, or the credential isn't a saved one
 */
export function agentCredentialStore(context: IExecuteFunctions): CredentialStore {
	const { additionalData } = context as unknown as { additionalData?: { credentialsHelper?: CredentialsHelper } };
	const helper = additionalData?.credentialsHelper;
	const details = context.getNode().credentials?.[AGENT_CREDENTIAL];
	if (!details?.id) {
		throw new InputError(
			'Credential',
			'This node has no saved Agent Session Key API credential',
			'Make one with the smart account address alone, save it, and choose it in this node.',
		);
	}
	if (typeof helper?.getDecrypted !== 'function' || typeof helper.updateCredentials !== 'function') {
		throw notWritable('this version of n8n gives nodes no way to do so');
	}
	return {
		id: details.id,
		read: async () => {
			const mode = context.getMode();
			const data = await helper.getDecrypted(additionalData, details, AGENT_CREDENTIAL, mode, undefined, true);
			return data as unknown as AgentCredential;
		},
		write: async (credential) => {
			try {
				await helper.updateCredentials(details, AGENT_CREDENTIAL, credential as unknown as IDataObject);
			} catch {
				// The reason may hold what was to be written.
				throw notWritable('n8n did not accept it');
			}
		},
	};
}

/** Says that the key couldn't be put where it belongs. It was kept nowhere then. */
export function notWritable(reason: string): InputError {
	return new InputError(
		'Credential',
		`No key could be put into the Agent Session Key API credential: ${reason}`,
		'Make a key elsewhere, paste it into "Session Key" of the credential, and give only its address to the owner.',
	);
}
