import * as create from './create.operation';
import * as finishRotation from './finishRotation.operation';
import * as get from './get.operation';
import type { Resource } from '../../../shared/operation';
import type { AgentOperation } from '../../run';

export const key: Resource<AgentOperation> = {
	name: 'Key',
	value: 'key',
	default: 'get',
	operations: [
		{
			option: {
				name: 'Create',
				value: 'create',
				action: 'Create a key',
				description: 'Create a key that nobody sees, inside the credential, and return its address for the owner',
			},
			operation: create,
		},
		{
			option: {
				name: 'Finish Rotation',
				value: 'finishRotation',
				action: 'Finish the rotation of the key',
				description: 'Discard the old key once the owner has rotated to the new one',
			},
			operation: finishRotation,
		},
		{
			option: {
				name: 'Get',
				value: 'get',
				action: 'Get the key',
				description:
					"Get this agent's own key: its address, limits, what is left of them, when it expires, and what a thief could take",
			},
			operation: get,
		},
	],
};
