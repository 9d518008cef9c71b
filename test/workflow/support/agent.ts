import type { IDataObject } from 'n8n-workflow';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import type { DevnetClient, SmartAccount } from '../../../devnet';
import { runNode, type NodeRun, type NodeRunResult } from '../../support/runNode';
import { alchemyApiFor } from '../../support/credentials';

/** Parts of the credentials that are other than usual. */
export interface AgentOptions {
	alchemyApi?: IDataObject;
	agentSessionKeyApi?: IDataObject;
}

/** The Session Key node in a workflow, with the credentials of an account's first key. */
export function agentOf(devnet: DevnetClient, account: SmartAccount, options: AgentOptions = {}) {
	const { privateKey } = account.keys[0]!;
	const credentials: Record<string, IDataObject> = {
		alchemyApi: {
			...alchemyApiFor(devnet),
			explorerUrl: 'https://explorer.example/',
			...options.alchemyApi,
		},
		agentSessionKeyApi: { accountAddress: account.address, privateKey, ...options.agentSessionKeyApi },
	};
	const apiKey = devnet.url.split('/').pop() as string;
	const secrets = [privateKey.slice(2), apiKey];
	const run = async (
		resource: string,
		operation: string,
		parameters: IDataObject,
		more: Partial<NodeRun> = {},
	): Promise<NodeRunResult> => {
		const result = await runNode(new SessionKey(), {
			parameters: { resource, operation, ...parameters },
			credentials,
			...more,
		});
		const shown = `${result.stored}\n${result.error?.stack}`.toLowerCase();
		for (const secret of secrets)
			if (shown.includes(secret.toLowerCase())) throw new Error('a secret is in the execution');
		return result;
	};
	return {
		credentials,
		secrets,
		run,
		/** The items that came out. @throws what the person would see */
		async items(...given: Parameters<typeof run>): Promise<IDataObject[]> {
			const { items, error } = await run(...given);
			if (error) throw error;
			return items.map(({ json }) => json);
		},
		/** What the person sees instead of items. */
		async error(...given: Parameters<typeof run>) {
			const { items, error } = await run(...given);
			if (!error) throw new Error(`it went through: ${JSON.stringify(items.map(({ json }) => json))}`);
			return error;
		},
	};
}

export type Agent = ReturnType<typeof agentOf>;

/** A token as its field holds it when the address was typed. */
export const byAddress = (value: string) => ({ __rl: true, mode: 'address', value });
/** The chain's own money, chosen from the list. */
export const NATIVE = { __rl: true, mode: 'list', value: 'native' };
