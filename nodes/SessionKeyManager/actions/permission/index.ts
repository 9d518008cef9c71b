import * as setSpendLimit from './setSpendLimit.operation';
import * as update from './update.operation';
import type { Resource } from '../../../shared/operation';
import type { OwnerOperation } from '../../run';

export const permission: Resource<OwnerOperation> = {
	name: 'Permission',
	value: 'permission',
	default: 'setSpendLimit',
	operations: [
		{
			option: {
				name: 'Set Spend Limit',
				value: 'setSpendLimit',
				action: 'Set a spend limit of a session key',
				description: 'Set or remove one limit, and change nothing else about the key',
			},
			operation: setSpendLimit,
		},
		{
			option: {
				name: 'Update',
				value: 'update',
				action: 'Update the permissions of a session key',
				description: 'Change the list, the time range, the paymaster and more, in one operation',
			},
			operation: update,
		},
	],
};
