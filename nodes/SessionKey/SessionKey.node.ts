import {
	NodeConnectionTypes,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import type { Payer } from '../../core/payment/payment';
import { perItem } from '../shared/perItem';
import { toNodeError } from '../shared/errors';
import { testAlchemyApi } from '../shared/testAlchemyApi';
import { searchTokens } from '../shared/tokenField';
import * as contractExecute from './actions/contract/execute.operation';
import * as contractRead from './actions/contract/read.operation';
import * as paymentSend from './actions/payment/send.operation';
import { payerOf } from './agent';
import { testAgentSessionKeyApi } from './testAgentSessionKeyApi';
import { getArguments, getFunctions } from './functionFields';

type Operation = (context: IExecuteFunctions, payer: Payer, itemIndex: number) => Promise<IDataObject | IDataObject[]>;

/** What each operation does for one item. */
const OPERATIONS: Record<string, Record<string, Operation>> = {
	payment: { send: paymentSend.execute },
	contract: { execute: contractExecute.execute, read: contractRead.execute },
};

export class SessionKey implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Session Key',
		name: 'sessionKey',
		icon: { light: 'file:../../icons/sessionKey.svg', dark: 'file:../../icons/sessionKey.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Pay from a smart account with an agent key whose limits the chain enforces',
		defaults: { name: 'Session Key' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'alchemyApi', required: true, testedBy: 'testAlchemyApi' },
			{ name: 'agentSessionKeyApi', required: true, testedBy: 'testAgentSessionKeyApi' },
		],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Contract', value: 'contract' },
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
						name: 'Send',
						value: 'send',
						action: 'Send a payment',
						description: 'Pay one recipient for each item, once for each payment reference',
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
						description: 'Call a function that changes something, with the agent key',
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
			...paymentSend.description,
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
		const resource = this.getNodeParameter('resource', 0) as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		const run = OPERATIONS[resource]?.[operation] as Operation;
		let payer: Payer;
		try {
			payer = await payerOf(this);
		} catch (error) {
			throw toNodeError(this.getNode(), error, 0, (text) => text);
		}
		return [await perItem(this, payer.rpc.redact, (itemIndex) => run(this, payer, itemIndex))];
	}
}
