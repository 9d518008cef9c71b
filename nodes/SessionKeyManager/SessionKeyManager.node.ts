import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { chosenOperation, propertiesOf } from '../shared/form';
import { testAlchemyApi } from '../shared/testAlchemyApi';
import { orNodeError } from '../shared/perItem';
import { searchTokens } from '../shared/tokenField';
import * as accountGet from './actions/account/get.operation';
import * as accountGetApprovalLink from './actions/account/getApprovalLink.operation';
import * as accountSubmitSigned from './actions/account/submitSigned.operation';
import * as keyAdd from './actions/key/add.operation';
import * as keyGet from './actions/key/get.operation';
import * as keyGetMany from './actions/key/getMany.operation';
import * as keyRemove from './actions/key/remove.operation';
import * as keyRotate from './actions/key/rotate.operation';
import * as permissionSetSpendLimit from './actions/permission/setSpendLimit.operation';
import * as permissionUpdate from './actions/permission/update.operation';
import * as pluginGet from './actions/plugin/get.operation';
import * as pluginInstall from './actions/plugin/install.operation';
import * as pluginUninstall from './actions/plugin/uninstall.operation';
import { prepareOnly } from './approval/prepareOnly';
import { approvalWebhook } from './approval/approvalWebhook';
import { waitForOwner, type Operation } from './approval/waitForOwner';
import { getAbiFunctions } from './fields/contracts';
import { searchKeys } from './searchKeys';
import { smartAccountOwnerTest } from './owner';
import { runForEachItem, runOnce } from './runForEachItem';
import { sessionFor, signedByFields, signedByOf, WITHOUT_CREDENTIAL } from './signedBy';

/** What each operation does for one item. */
const OPERATIONS: Record<string, Record<string, Operation>> = {
	account: {
		get: accountGet.execute,
		getApprovalLink: accountGetApprovalLink.execute,
		submitSigned: accountSubmitSigned.execute,
	},
	key: {
		add: keyAdd.execute,
		get: keyGet.execute,
		getMany: keyGetMany.execute,
		remove: keyRemove.execute,
		rotate: keyRotate.execute,
	},
	permission: { setSpendLimit: permissionSetSpendLimit.execute, update: permissionUpdate.execute },
	plugin: { get: pluginGet.execute, install: pluginInstall.execute, uninstall: pluginUninstall.execute },
};

export class SessionKeyManager implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Session Key Manager',
		name: 'sessionKeyManager',
		icon: { light: 'file:../../icons/sessionKeyManager.svg', dark: 'file:../../icons/sessionKeyManager.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Give agents session keys to your smart account, set their limits and take them away',
		defaults: { name: 'Session Key Manager' },
		// On purpose: an AI agent must never be able to give itself permissions.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'alchemyApi', displayName: 'Alchemy API', required: true, testedBy: 'testAlchemyApi' },
			{
				name: 'smartAccountOwnerApi',
				displayName: 'Smart Account Owner API',
				required: true,
				testedBy: 'smartAccountOwnerTest',
				displayOptions: { hide: WITHOUT_CREDENTIAL },
			},
		],
		webhooks: (['GET', 'POST'] as const).map((httpMethod) => ({
			name: 'default',
			httpMethod,
			responseMode: 'onReceived',
			path: '',
			restartWebhook: true,
			isFullPath: true,
		})),
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Account', value: 'account' },
					{ name: 'Key', value: 'key' },
					{ name: 'Permission', value: 'permission' },
					{ name: 'Plugin', value: 'plugin' },
				],
				default: 'key',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['account'] } },
				options: [
					{
						name: 'Get',
						value: 'get',
						action: 'Get the smart account',
						description: 'Get address, owners, plugins and balances, also of an account that does not exist yet',
					},
					{
						name: 'Get Approval Link',
						value: 'getApprovalLink',
						action: 'Get the approval link of this run',
						description: 'Get the address to send to an owner who signs in their own wallet later in this workflow',
					},
					{
						name: 'Submit Signed',
						value: 'submitSigned',
						action: 'Submit a signed operation of the account',
						description: 'Send a change that was prepared (Signed By: Prepare Only) and signed elsewhere',
					},
				],
				default: 'get',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['key'] } },
				options: [
					{
						name: 'Add',
						value: 'add',
						action: 'Add a session key',
						description: 'Give an agent a key with its limits, all in one operation',
					},
					{
						name: 'Get',
						value: 'get',
						action: 'Get a session key',
						description: 'Get limits, what is left of them, and what a thief of the key could take',
					},
					{
						name: 'Get Many',
						value: 'getMany',
						action: 'Get many session keys',
						description: 'Get the keys of the account with their limits',
					},
					{
						name: 'Remove',
						value: 'remove',
						action: 'Remove a session key',
						description: 'End a key: from then on it can do nothing',
					},
					{
						name: 'Rotate',
						value: 'rotate',
						action: 'Rotate a session key',
						description: 'Put a new key in the place of an old one, with the same limits and usage',
					},
				],
				default: 'add',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['permission'] } },
				options: [
					{
						name: 'Set Spend Limit',
						value: 'setSpendLimit',
						action: 'Set a spend limit of a session key',
						description: 'Set or remove one limit, and change nothing else about the key',
					},
					{
						name: 'Update',
						value: 'update',
						action: 'Update the permissions of a session key',
						description: 'Change the list, the time range, the paymaster and more, in one operation',
					},
				],
				default: 'setSpendLimit',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['plugin'] } },
				options: [
					{
						name: 'Get',
						value: 'get',
						action: 'Get the session key plugin',
						description: 'Get whether the plugin is installed, and its keys',
					},
					{
						name: 'Install',
						value: 'install',
						action: 'Install the session key plugin',
						description: 'Install the plugin with its first keys, and create the account if need be, in one operation',
					},
					{
						name: 'Uninstall',
						value: 'uninstall',
						action: 'Uninstall the session key plugin',
						description: 'Take the plugin away, and with it every session key of the account',
					},
				],
				default: 'install',
			},
			...propertiesOf(signedByFields),
			...accountSubmitSigned.description,
			...keyAdd.description,
			...keyGet.description,
			...keyGetMany.description,
			...keyRemove.description,
			...keyRotate.description,
			...permissionSetSpendLimit.description,
			...permissionUpdate.description,
			...pluginInstall.description,
			...pluginUninstall.description,
		],
	};

	methods = {
		credentialTest: { testAlchemyApi, smartAccountOwnerTest },
		listSearch: { searchKeys, searchTokens },
		loadOptions: { getAbiFunctions },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// n8n 1.x doesn't have the function; there only nodes that say so can be tools.
		if (this.isToolExecution?.()) {
			throw new NodeOperationError(this.getNode(), 'Session Key Manager does not work as a tool of an AI agent', {
				description:
					'It holds the keys of the owner, and an agent must not be able to give itself permissions. Give the agent the Session Key node instead.',
			});
		}
		const { run, signedBy } = await orNodeError(this, async () => ({
			run: chosenOperation(this, OPERATIONS),
			signedBy: signedByOf(this),
		}));
		const session = (itemIndex: number) => sessionFor(this, signedBy, itemIndex);
		if (signedBy === 'wallet') return [await runOnce(this, session, (one) => waitForOwner(one, run))];
		const onPlan = signedBy === 'prepare' ? prepareOnly : undefined;
		return [await runForEachItem(this, session, (one) => run({ ...one, onPlan }))];
	}

	/** The page on which an owner signs, while the workflow waits. */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return approvalWebhook(this, chosenOperation(this, OPERATIONS));
	}
}
