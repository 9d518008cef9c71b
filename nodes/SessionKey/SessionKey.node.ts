import {
	NodeConnectionTypes,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import type { Payer } from '../../core/payment/send/payment';
import { redact } from '../../core/rpc/redact';
import { chosenOperation } from '../shared/form';
import { allItems, orNodeError, perItem } from '../shared/perItem';
import { testAlchemyApi } from '../shared/testAlchemyApi';
import { searchTokens } from '../shared/tokenField';
import * as contractExecute from './actions/contract/execute.operation';
import * as contractRead from './actions/contract/read.operation';
import * as keyCreate from './actions/key/create.operation';
import * as keyFinishRotation from './actions/key/finishRotation.operation';
import * as keyGet from './actions/key/get.operation';
import * as paymentCheck from './actions/payment/check.operation';
import * as paymentGet from './actions/payment/get.operation';
import * as paymentGetMany from './actions/payment/getMany.operation';
import * as paymentSend from './actions/payment/send.operation';
import * as paymentSendBatch from './actions/payment/sendBatch.operation';
import { readAgent, requireOneAgent, type Agent } from './agent';
import { getArguments, getFunctions } from './functionFields';
import { testAgentSessionKeyApi } from './testAgentSessionKeyApi';
import { answerAsTool, isTool } from './tool';

/** An operation: for each item by itself, for all items together, or for each item without a key to sign with. */
type Operation =
	| { execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject | IDataObject[]> }
	| { executeAll(context: IExecuteFunctions, payer: Payer): Promise<INodeExecutionData[]> }
	| { executeWithoutKey(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject> };

const OPERATIONS: Record<string, Record<string, Operation>> = {
	payment: {
		send: paymentSend,
		sendBatch: paymentSendBatch,
		check: paymentCheck,
		get: paymentGet,
		getMany: paymentGetMany,
	},
	contract: { execute: contractExecute, read: contractRead },
	key: { create: keyCreate, finishRotation: keyFinishRotation, get: keyGet },
};

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
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Contract', value: 'contract' },
					{ name: 'Key', value: 'key' },
					{ name: 'Payment', value: 'payment' },
				],
				default: 'payment',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['payment'] } },
				options: [
					{
						name: 'Check',
						value: 'check',
						action: 'Check a payment',
						description: 'Say whether payments would be made, and if not, why. Nothing is sent.',
					},
					{
						name: 'Get',
						value: 'get',
						action: 'Get a payment',
						description: 'Find a payment on the chain by its reference or its hash',
					},
					{
						name: 'Get Many',
						value: 'getMany',
						action: 'Get many payments',
						description: 'List what this key has paid, from the chain, for your books',
					},
					{
						name: 'Send',
						value: 'send',
						action: 'Send a payment',
						description: 'Pay one recipient for each item, once for each payment reference',
					},
					{
						name: 'Send Batch',
						value: 'sendBatch',
						action: 'Send a batch of payments',
						description: 'Pay all items in one operation, all or none',
					},
				],
				default: 'send',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['contract'] } },
				options: [
					{
						name: 'Execute',
						value: 'execute',
						action: 'Execute a contract function',
						description: 'Call a function that changes something, with the session key',
					},
					{
						name: 'Read',
						value: 'read',
						action: 'Read from a contract',
						description: 'Call a function that only reads. It costs nothing.',
					},
				],
				default: 'execute',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['key'] } },
				options: [
					{
						name: 'Create',
						value: 'create',
						action: 'Create a key',
						description: 'Make a key that nobody sees, inside the credential, and answer its address for the owner',
					},
					{
						name: 'Finish Rotation',
						value: 'finishRotation',
						action: 'Finish the rotation of the key',
						description: 'Forget the old key, once the owner has rotated to the new one',
					},
					{
						name: 'Get',
						value: 'get',
						action: 'Get the key',
						description: "This agent's own key: its address, limits, what is left, when it ends, and what it risks",
					},
				],
				default: 'get',
			},
			...paymentCheck.description,
			...paymentGet.description,
			...paymentGetMany.description,
			...paymentSend.description,
			...paymentSendBatch.description,
			...keyCreate.description,
			...keyFinishRotation.description,
			...keyGet.description,
			...contractExecute.description,
			...contractRead.description,
		],
	};

	methods = {
		credentialTest: { testAlchemyApi, testAgentSessionKeyApi },
		listSearch: { searchTokens },
		loadOptions: { getFunctions },
		resourceMapping: { getArguments },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		if (isTool(this)) return [await answerAsTool(() => run(this))];
		return [await run(this)];
	}
}

async function run(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const operation = await orNodeError(context, async () => chosenOperation(context, OPERATIONS));
	if ('executeWithoutKey' in operation) {
		return perItem(context, redact, (itemIndex) => operation.executeWithoutKey(context, itemIndex));
	}
	let agent: Agent | undefined;
	const clean = (text: string) => (agent?.redact ?? redact)(text);
	if ('executeAll' in operation) {
		return allItems(context, clean, async () => {
			await requireOneAgent(context);
			agent = await readAgent(context);
			return agent.act((payer) => operation.executeAll(context, payer));
		});
	}
	return perItem(context, clean, async (itemIndex) => {
		agent = await readAgent(context, itemIndex);
		return agent.act((payer) => operation.execute(context, payer, itemIndex));
	});
}
