import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { readKeyIndex } from '../../../../core/sessionKey/readKeys';
import { showFor } from '../../../shared/showFor';
import { accountOf, describeKeys, parameter, type Run } from '../../manager';
import { describeOptions, readOptions, simplifyField, toJson } from './get.operation';

export const description = showFor('key', 'getMany', [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		displayOptions: { show: { returnAll: [false] } },
		description: 'Max number of results to return',
	},
	simplifyField,
	readOptions,
] satisfies INodeProperties[]);

export async function execute(run: Run): Promise<IDataObject[]> {
	const account = await accountOf(run);
	const index = await readKeyIndex(run.session.rpc, account.address);
	const keys = parameter(run, 'returnAll', false) ? index.keys : index.keys.slice(0, parameter(run, 'limit', 50));
	if (keys.length === 0) return [];
	const described = await describeKeys(run, index, keys, describeOptions(run));
	return described.map((key) => toJson(run, key));
}
