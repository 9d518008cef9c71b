import * as add from './add.operation';
import * as get from './get.operation';
import * as getMany from './getMany.operation';
import * as remove from './remove.operation';
import * as rotate from './rotate.operation';
import type { Resource } from '../../../shared/operation';
import type { OwnerOperation } from '../../run';

export const key: Resource<OwnerOperation> = {
	name: 'Key',
	value: 'key',
	default: 'add',
	operations: [
		{
			option: {
				name: 'Add',
				value: 'add',
				action: 'Add a session key',
				description: 'Give an agent a key with its limits, all in one operation',
			},
			operation: add,
		},
		{
			option: {
				name: 'Get',
				value: 'get',
				action: 'Get a session key',
				description: 'Get limits, what is left of them, and what a thief of the key could take',
			},
			operation: get,
		},
		{
			option: {
				name: 'Get Many',
				value: 'getMany',
				action: 'Get many session keys',
				description: 'Get the keys of the account with their limits',
			},
			operation: getMany,
		},
		{
			option: {
				name: 'Remove',
				value: 'remove',
				action: 'Remove a session key',
				description: 'Revoke a key: from then on it can do nothing',
			},
			operation: remove,
		},
		{
			option: {
				name: 'Rotate',
				value: 'rotate',
				action: 'Rotate a session key',
				description: 'Replace an old key with a new one, with the same limits and usage',
			},
			operation: rotate,
		},
	],
};
