import * as execute from './execute.operation';
import * as read from './read.operation';
import type { Resource } from '../../../shared/operation';
import type { AgentOperation } from '../../run';

export const contract: Resource<AgentOperation> = {
	name: 'Contract',
	value: 'contract',
	default: 'execute',
	operations: [
		{
			option: {
				name: 'Execute',
				value: 'execute',
				action: 'Execute a contract function',
				description: 'Call a function that changes something, with the session key',
			},
			operation: execute,
		},
		{
			option: {
				name: 'Read',
				value: 'read',
				action: 'Read from a contract',
				description: 'Call a function that only reads. It costs nothing.',
			},
			operation: read,
		},
	],
};
