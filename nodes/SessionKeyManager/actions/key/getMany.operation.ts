import type { IDataObject } from 'n8n-workflow';
import { readKeyIndex } from '../../../../core/sessionKey/read/readKeys';
import { limitFields, limitIn, simplify } from '../../../shared/listFields';
import { showFor } from '../../../shared/showFor';
import { formIn } from '../../../shared/operation';
import { readOwnedAccount } from '../../account';
import { describeKeys } from '../../keys';
import type { OwnerRun } from '../../run';
import { describeOptions, keyToJson, readOptions } from './get.operation';

export const description = showFor('key', 'getMany', [...limitFields, simplify, readOptions]);

export async function execute(run: OwnerRun): Promise<IDataObject[]> {
	const form = formIn(run);
	const limit = limitIn(form);
	const options = describeOptions(form);
	const toJson = keyToJson(form);
	const account = await readOwnedAccount(run);
	const index = await readKeyIndex(run.session.rpc, account.address);
	const keys = index.keys.slice(0, limit);
	if (keys.length === 0) return [];
	return (await describeKeys(run, index, keys, options)).map(toJson);
}
