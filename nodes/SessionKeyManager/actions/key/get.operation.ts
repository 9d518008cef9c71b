import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { parseContractAbi } from '../../../../core/input/abi';
import { namesIn } from '../../../../core/sessionKey/functions';
import { readKeyIndex } from '../../../../core/sessionKey/readKeys';
import type { DescribedKey } from '../../../../core/sessionKey/describeKey';
import { showFor } from '../../../shared/showFor';
import { keyField, paydayOption } from '../../fields';
import { accountOf, describeKeys, keyJson, keyOf, optionsOf, parameter, simpleKeyJson, type Run } from '../../manager';
import { paydayOf } from '../../permissionParameters';

/** Whether a key is told in short; for one key and for many. */
export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

/** What helps to read keys, and what can be asked beside. */
export const readOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'ABI',
			name: 'abi',
			type: 'json',
			default: '[]',
			description: 'The ABI of a contract on the list, to show its functions by name instead of by selector',
		},
		paydayOption,
	],
};

export const description = showFor('key', 'get', [keyField(), simplifyField, readOptions]);

export async function execute(run: Run): Promise<IDataObject> {
	const account = await accountOf(run);
	const index = await readKeyIndex(run.session.rpc, account.address);
	const [key] = await describeKeys(run, index, [keyOf(run, index)], describeOptions(run));
	return toJson(run, key as DescribedKey);
}

/** Reads `readOptions`. */
export function describeOptions(run: Run) {
	const options = optionsOf(run);
	return {
		functions: options.abi ? namesIn(parseContractAbi(options.abi)) : undefined,
		payday: paydayOf(options, run.context.getTimezone()),
	};
}

/** A key as an item, in short or in full. */
export function toJson(run: Run, key: DescribedKey): IDataObject {
	return parameter(run, 'simplify', true) ? simpleKeyJson(key) : keyJson(key);
}
