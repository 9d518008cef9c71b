import type { IDataObject } from 'n8n-workflow';
import { parseContractAbi } from '../../../../core/input/abi';
import type { DescribedKey } from '../../../../core/sessionKey/describe/describeKey';
import { readKeys, type KeyReport } from '../../../../core/sessionKey/read/readKeys';
import { namesIn } from '../../../../core/permissions/functions';
import { field, orEmpty, type Form } from '../../../shared/form';
import { simplify } from '../../../shared/listFields';
import { runwayIn, withRunway } from '../../../shared/runway';
import { showFor } from '../../../shared/showFor';
import { optionsOf } from '../../fields/change';
import { keyField } from '../../fields/key';
import { payday } from '../../fields/payday';
import { keyJson, simpleKeyJson } from '../../keyJson';
import { formIn } from '../../../shared/operation';
import { readOwnedAccount } from '../../account';
import { describedKey, keyIndexFor, keyOf, type KeyTelling } from '../../keys';
import type { OwnerRun } from '../../run';

const abi = orEmpty(
	field(
		{
			displayName: 'ABI',
			name: 'abi',
			type: 'json',
			default: '[]',
			description: 'The ABI of a contract on the list, to show its functions by name instead of by selector',
		},
		(given, name) => namesIn(parseContractAbi(given, name)),
	),
);

/** What helps to read keys, and what can be asked beside. */
export const readOptions = optionsOf(abi, payday);

export const description = showFor('key', 'get', [keyField(), withRunway, simplify, readOptions]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const form = formIn(run);
	const options = describeOptions(form);
	const toJson = keyToJson(form);
	const account = await readOwnedAccount(run);
	const index = await keyIndexFor(run, account.address);
	const { rpc, network } = run.session;
	const [report] = await readKeys(rpc, network, index, [keyOf(run, index)]);
	const runway = await runwayIn(form, { rpc, network, account: account.address }, report as KeyReport);
	return { ...toJson(describedKey(report as KeyReport, options)), ...runway };
}

/** Reads `readOptions`. */
export function describeOptions(form: Form): KeyTelling {
	const options = form.get(readOptions);
	return { functions: options.added(abi), payday: options.get(payday) };
}

/** A key as an item, in short or in full. */
export function keyToJson(form: Form): (key: DescribedKey) => IDataObject {
	return form.get(simplify) ? simpleKeyJson : keyJson;
}
