import * as check from './check.operation';
import * as get from './get.operation';
import * as requestApproval from './requestApproval.operation';
import * as getMany from './getMany.operation';
import * as send from './send.operation';
import * as sendBatch from './sendBatch.operation';
import type { Resource } from '../../../shared/operation';
import type { AgentOperation } from '../../run';

export const payment: Resource<AgentOperation> = {
	name: 'Payment',
	value: 'payment',
	default: 'send',
	operations: [
		{
			option: {
				name: 'Send',
				value: 'send',
				action: 'Send a payment',
				description: 'Pay one recipient for each item, once for each payment reference',
			},
			operation: send,
		},
		{
			option: {
				name: 'Send Batch',
				value: 'sendBatch',
				action: 'Send a batch of payments',
				description: 'Pay all items in one operation: all of them, or none',
			},
			operation: sendBatch,
		},
		{
			option: {
				name: 'Check',
				value: 'check',
				action: 'Check a payment',
				description: 'Say whether payments would be made, and if not, why. Nothing is sent.',
			},
			operation: check,
		},
		{
			option: {
				name: 'Request Approval',
				value: 'requestApproval',
				action: 'Request approval of payments',
				description: 'Wait until approvers have signed exactly these payments, on a page that this node shows',
			},
			operation: requestApproval,
		},
		{
			option: {
				name: 'Get',
				value: 'get',
				action: 'Get a payment',
				description: 'Find a payment on the chain by its reference or its hash',
			},
			operation: get,
		},
		{
			option: {
				name: 'Get Many',
				value: 'getMany',
				action: 'Get many payments',
				description: 'List what this key has paid, from the chain, for your books',
			},
			operation: getMany,
		},
	],
};
