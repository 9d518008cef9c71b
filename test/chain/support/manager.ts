import type { IDataObject } from 'n8n-workflow';
import type { Hex } from 'viem';
import type { OwnerCredential } from '../../../nodes/SessionKeyManager/owner';
import { SessionKeyManager } from '../../../nodes/SessionKeyManager/SessionKeyManager.node';
import { runNode, type NodeRun, type NodeRunResult } from '../../support/runNode';
import { alchemyApiFor } from '../../support/credentials';
import type { DevnetClient } from './devnet';

/** Who manages what, and who pays. */
export interface ManagerOptions {
	ownerKey: Hex;
	/** Left out: the account that the owner and salt 0 give. */
	account?: string;
	gasPolicyId?: string;
	owner?: Partial<OwnerCredential>;
}

/** The manager node over a devnet, run in n8n's engine. */
export function managerOf(devnet: DevnetClient, options: ManagerOptions) {
	const { ownerKey, account = '', gasPolicyId = '', owner = {} } = options;
	const credentials = {
		alchemyApi: {
			...alchemyApiFor(devnet),
			gasPolicyId,
		},
		smartAccountOwnerApi: {
			signWith: 'privateKey',
			privateKey: ownerKey,
			accountAddress: account,
			salt: '0',
			...owner,
		},
	};
	const run = (
		resource: string,
		operation: string,
		parameters: IDataObject = {},
		more: Partial<NodeRun> = {},
	): Promise<NodeRunResult> =>
		runNode(new SessionKeyManager(), {
			parameters: { resource, operation, ...parameters },
			credentials: credentials as unknown as Record<string, IDataObject>,
			...more,
		});
	return {
		run,
		/** The one item that came out. @throws what the person would see */
		async item(resource: string, operation: string, parameters: IDataObject = {}): Promise<IDataObject> {
			const { items, error } = await run(resource, operation, parameters);
			if (error) throw error;
			return items[0]?.json as IDataObject;
		},
		/** What the person would see, message and description. */
		async refusal(resource: string, operation: string, parameters: IDataObject = {}): Promise<string> {
			const { error, items } = await run(resource, operation, parameters);
			if (!error) throw new Error(`it was not refused: ${JSON.stringify(items[0]?.json)}`);
			return `${error.message} | ${error.description ?? ''}`;
		},
	};
}
