import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { APPROVAL_WEBHOOKS } from '../shared/approvalPage/webhooks';
import { chosenOperation } from '../shared/form';
import { byName, chooserOf, fieldsOf } from '../shared/operation';
import { orNodeError } from '../shared/perItem';
import { testAlchemyApi } from '../shared/testAlchemyApi';
import { RESOURCES } from './actions';
import { getArguments, getFunctions } from './functionFields';
import { searchPayees } from './recipient';
import { paymentApprovalWebhook } from './paymentApproval/paymentApprovalWebhook';
import { runOperation } from './run';
import { searchPaymentTokens } from './searchPaymentTokens';
import { testAgentSessionKeyApi } from './testAgentSessionKeyApi';
import { answerAsTool, isTool } from './tool';

export class SessionKey implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Session Key',
		name: 'sessionKey',
		icon: { light: 'file:../../icons/sessionKey.svg', dark: 'file:../../icons/sessionKey.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Pay from a smart account with a session key whose limits the chain enforces',
		defaults: { name: 'Session Key' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'alchemyApi', displayName: 'Alchemy API', required: true, testedBy: 'testAlchemyApi' },
			{
				name: 'agentSessionKeyApi',
				displayName: 'Agent Session Key API',
				required: true,
				testedBy: 'testAgentSessionKeyApi',
			},
		],
		webhooks: APPROVAL_WEBHOOKS,
		properties: [...chooserOf(RESOURCES, 'payment'), ...fieldsOf(RESOURCES)],
	};

	methods = {
		credentialTest: { testAlchemyApi, testAgentSessionKeyApi },
		listSearch: { searchPayees, searchTokens: searchPaymentTokens },
		loadOptions: { getFunctions },
		resourceMapping: { getArguments },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const run = async () => {
			const operation = await orNodeError(this, async () => chosenOperation(this, byName(RESOURCES)));
			return runOperation(this, operation);
		};
		return [isTool(this) ? await answerAsTool(run) : await run()];
	}

	/** The page on which payments are approved, while the workflow waits. */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return paymentApprovalWebhook(this);
	}
}
