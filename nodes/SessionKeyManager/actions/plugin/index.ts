import * as get from './get.operation';
import * as install from './install.operation';
import * as uninstall from './uninstall.operation';
import type { Resource } from '../../../shared/operation';
import type { OwnerOperation } from '../../run';

export const plugin: Resource<OwnerOperation> = {
	name: 'Plugin',
	value: 'plugin',
	default: 'install',
	operations: [
		{
			option: {
				name: 'Get',
				value: 'get',
				action: 'Get the session key plugin',
				description: 'Find out whether the plugin is installed, and get its keys',
			},
			operation: get,
		},
		{
			option: {
				name: 'Install',
				value: 'install',
				action: 'Install the session key plugin',
				description: 'Install the plugin with its first keys, and create the account if need be, in one operation',
			},
			operation: install,
		},
		{
			option: {
				name: 'Uninstall',
				value: 'uninstall',
				action: 'Uninstall the session key plugin',
				description: 'Remove the plugin, and with it every session key of the account',
			},
			operation: uninstall,
		},
	],
};
