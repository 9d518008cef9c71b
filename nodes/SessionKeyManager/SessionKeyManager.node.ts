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
import { APPROVAL_WEBHOOKS } from '../shared/approvalPage/webhooks';
import { chosenOperation, propertiesOf } from '../shared/form';
import { testAlchemyApi } from '../shared/testAlchemyApi';
import { byName, chooserOf, fieldsOf } from '../shared/operation';
import { orNodeError } from '../shared/perItem';
import { searchTokens } from '../shared/tokenField';
import { RESOURCES } from './actions';
import { prepareOnly } from './approval/prepareOnly';
import { approvalWebhook } from './approval/approvalWebhook';
import { waitForOwner } from './approval/waitForOwner';
import { getAbiFunctions } from './fields/contracts';
import { searchKeys } from './searchKeys';
import { smartAccountOwnerTest } from './owner';
import { runForEachItem, runOnce } from './runForEachItem';
import { sessionFor, signedByFields, signedByOf, WITHOUT_CREDENTIAL } from './signedBy';

export class SessionKeyManager implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Session Key Manager',
		name: 'sessionKeyManager',
		icon: { light: 'file:../../icons/sessionKeyManager.svg', dark: 'file:../../icons/sessionKeyManager.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Give agents session keys to your smart account, set their limits and revoke them',
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
		webhooks: APPROVAL_WEBHOOKS,
		properties: [...chooserOf(RESOURCES, 'key'), ...propertiesOf(signedByFields), ...fieldsOf(RESOURCES)],
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
		const { operation, signedBy } = await orNodeError(this, async () => ({
			operation: chosenOperation(this, byName(RESOURCES)),
			signedBy: signedByOf(this),
		}));
		const session = (itemIndex: number) => sessionFor(this, signedBy, itemIndex);
		if (operation.allItems) return [await runOnce(this, session, (one) => operation.execute(one))];
		if (signedBy === 'wallet') return [await runOnce(this, session, (one) => waitForOwner(one, operation))];
		const onPlan = signedBy === 'prepare' ? prepareOnly : undefined;
		return [await runForEachItem(this, session, (one) => operation.execute({ ...one, onPlan }))];
	}

	/** The page on which an owner signs, while the workflow waits. */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return approvalWebhook(this, chosenOperation(this, byName(RESOURCES)));
	}
}
