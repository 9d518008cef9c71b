import '../../test/support/quietN8n';
import { LoadOptionsContext } from 'n8n-core';
import {
	Workflow,
	type IDataObject,
	type INode,
	type INodeListSearchResult,
	type INodeType,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { createRequire } from 'node:module';
import { resolve, sep } from 'node:path';
import { alchemyApiFor } from '../../test/support/credentials';
import { pollingN8n, type PollingN8n } from '../../test/support/pollNode';
import { runNode } from '../../test/support/runNode';
import type { DevnetClient, SmartAccount } from '../../devnet';
import type { Account } from '../../devnet/mnemonic';

/** The nodes of this package, run in n8n's engine in this process: only parameters of their forms are used. */
export interface Nodes {
	/** The first node, with a session key. @throws what the person would see */
	asKey(key: Account, parameters: IDataObject, more?: IDataObject): Promise<IDataObject[]>;
	/** The manager, with the owner's key. @throws what the person would see */
	asOwner(parameters: IDataObject): Promise<IDataObject[]>;
	/** The names in the manager's list of session keys. */
	keyList(): Promise<string[]>;
	trigger(events: readonly string[]): PollingN8n;
	/** Forgets what the package remembers, as a process that has just started. */
	forget(): void;
}

const load = createRequire(__filename);
const root = resolve(__dirname, '../..');
/** `.js`, because without it `.json` is found, which stands beside each node. */
const FILES = {
	SessionKey: 'nodes/SessionKey/SessionKey.node.js',
	SessionKeyManager: 'nodes/SessionKeyManager/SessionKeyManager.node.js',
	SessionKeyTrigger: 'nodes/SessionKeyTrigger/SessionKeyTrigger.node.js',
};

function newNode(name: keyof typeof FILES): INodeType {
	const { [name]: Node } = load(resolve(root, FILES[name])) as Record<string, new () => INodeType>;
	if (!Node) throw new Error(`${FILES[name]} has no ${name}`);
	return new Node();
}

/** The nodes with credentials of this account over this API key. */
export function nodesOver(devnet: DevnetClient, account: SmartAccount): Nodes {
	const alchemyApi = alchemyApiFor(devnet);
	const smartAccountOwnerApi = {
		signWith: 'privateKey',
		privateKey: account.owner.privateKey,
		accountAddress: account.address,
		salt: '0',
	};
	const run = async (name: keyof typeof FILES, parameters: IDataObject, credentials: Record<string, IDataObject>) => {
		const { items, error } = await runNode(newNode(name), { parameters, credentials });
		if (error) throw error;
		return items.map(({ json }) => json);
	};
	return {
		asKey: (key, parameters, more) =>
			run('SessionKey', parameters, {
				alchemyApi: { ...alchemyApi, ...more },
				agentSessionKeyApi: { accountAddress: account.address, privateKey: key.privateKey },
			}),
		asOwner: (parameters) => run('SessionKeyManager', parameters, { alchemyApi, smartAccountOwnerApi }),
		keyList: async () => {
			const { results } = await listOf(newNode('SessionKeyManager'), { alchemyApi, smartAccountOwnerApi });
			return results.map(({ name }) => name);
		},
		trigger: (events) =>
			pollingN8n(
				newNode('SessionKeyTrigger'),
				{ accountAddress: account.address, events, lowMeans: 'percent', percentLeft: 20, daysBefore: 7, options: {} },
				{ alchemyApi },
			),
		forget: () => {
			for (const file of Object.keys(load.cache)) {
				if (['core', 'nodes'].some((folder) => file.startsWith(resolve(root, folder) + sep))) delete load.cache[file];
			}
		},
	};
}

/** What the editor shows when somebody opens the list of session keys. */
async function listOf(node: INodeType, credentials: Record<string, IDataObject>): Promise<INodeListSearchResult> {
	const { name } = node.description;
	const parameters = { resource: 'key', operation: 'get' };
	const description: INode = {
		id: '1',
		name: 'Node',
		type: name,
		typeVersion: 1,
		position: [0, 0],
		parameters,
		credentials: Object.fromEntries(Object.keys(credentials).map((type) => [type, { id: type, name: type }])),
	};
	const nodeTypes = { getByName: () => node, getByNameAndVersion: () => node, getKnownTypes: () => ({}) };
	const workflow = new Workflow({ nodes: [description], connections: {}, active: false, nodeTypes });
	const credentialsHelper = {
		isCredentialUsableByNode: () => true,
		getDecrypted: async (_: unknown, __: unknown, type: string) => credentials[type],
		getParentTypes: () => [],
	};
	const additionalData = {
		credentialsHelper,
		currentNodeParameters: parameters,
	} as unknown as IWorkflowExecuteAdditionalData;
	const context = new LoadOptionsContext(workflow, description, additionalData, '');
	const search = node.methods?.listSearch?.searchKeys;
	if (!search) throw new Error('the manager has no list of session keys');
	return search.call(context, '');
}
