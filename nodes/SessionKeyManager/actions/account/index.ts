import * as get from './get.operation';
import * as getApprovalLink from './getApprovalLink.operation';
import * as prepareEmergencyStop from './prepareEmergencyStop.operation';
import * as pullEmergencyStop from './pullEmergencyStop.operation';
import * as statement from './statement.operation';
import * as submitSigned from './submitSigned.operation';
import type { Resource } from '../../../shared/operation';
import type { OwnerOperation } from '../../run';

export const account: Resource<OwnerOperation> = {
	name: 'Account',
	value: 'account',
	default: 'get',
	operations: [
		{
			option: {
				name: 'Get',
				value: 'get',
				action: 'Get the smart account',
				description: 'Get address, owners, plugins and balances, also of an account that does not exist yet',
			},
			operation: get,
		},
		{
			option: {
				name: 'Get Approval Link',
				value: 'getApprovalLink',
				action: 'Get the approval link of this run',
				description: 'Get the link to send to an owner, who signs in their own wallet later in this workflow',
			},
			operation: getApprovalLink,
		},
		{
			option: {
				name: 'Prepare Emergency Stop',
				value: 'prepareEmergencyStop',
				action: 'Prepare an emergency stop of all session keys',
				description: 'Have an owner sign beforehand what ends every session key, and get it as a code to keep',
			},
			operation: prepareEmergencyStop,
		},
		{
			option: {
				name: 'Pull Emergency Stop',
				value: 'pullEmergencyStop',
				action: 'Pull the emergency stop of all session keys',
				description: 'End every session key of the account at once with a prepared code, without the owner',
			},
			operation: pullEmergencyStop,
		},
		{
			option: {
				name: 'Statement',
				value: 'statement',
				action: 'Get the statement of the smart account',
				description:
					'Get balances, payments and other movements of a period, with a sum that closes, as items, CSV and page',
			},
			operation: statement,
		},
		{
			option: {
				name: 'Submit Signed',
				value: 'submitSigned',
				action: 'Submit a signed operation of the account',
				description: 'Send a change that was prepared (Signed By: Prepare Only) and signed elsewhere',
			},
			operation: submitSigned,
		},
	],
};
