import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import type { AbiFunction } from 'viem';
import { InputError } from '../../../core/errors';
import { functionInAbi, functionsOf, parseContractAbi } from '../../../core/input/abi';
import { notThat } from '../../../core/input/shown';
import { parseNamedFunctions, toNamedFunction, type NamedFunction } from '../../../core/permissions/functions';
import type { ListType } from '../../../core/plugin/keyState';
import type { ListEntry } from '../../../core/sessionKey/plan/permissionInput';
import { addressField, field, openForm, optionField, rowsField, type Form } from '../../shared/form';

const contract = addressField({
	displayName: 'Contract',
	name: 'contract',
	type: 'string',
	default: '',
	placeholder: 'e.g. 0x036CbD...CF7e',
	description: 'The address of the contract',
});

const change = (canTakeOff: boolean) =>
	optionField<ListEntry['change']>({
		displayName: 'On the List',
		name: 'change',
		type: 'options',
		options: [
			{
				name: 'Only These Functions',
				value: 'putFunctions',
				description: 'The contract is put on the list with these functions',
			},
			...(canTakeOff
				? [
						{
							name: 'Take the Contract Off',
							value: 'takeOff',
							description: 'The contract and its functions are taken off the list',
						},
						{
							name: 'Take These Functions Off',
							value: 'takeFunctionsOff',
							description: 'The contract stays on the list, without these functions',
						},
					]
				: []),
			{
				name: 'Whole Contract',
				value: 'putWhole',
				description: 'The contract is put on the list with every function that it has',
			},
		],
		default: 'putFunctions',
	});

const functionSource = optionField<'abi' | 'signature'>({
	displayName: 'Functions Are Given By',
	name: 'functionSource',
	type: 'options',
	options: [
		{ name: 'ABI', value: 'abi', description: "Paste the contract's ABI and choose from a list" },
		{ name: 'Signature', value: 'signature', description: 'Type each function with its argument types' },
	],
	default: 'signature',
	displayOptions: { show: { change: ['putFunctions', 'takeFunctionsOff'] } },
});

const functions = field(
	{
		displayName: 'Functions',
		name: 'functions',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. transfer(address,uint256)',
		description: 'One per line. For plain payments of native currency to the contract, type receive().',
		displayOptions: { show: { change: ['putFunctions', 'takeFunctionsOff'], functionSource: ['signature'] } },
	},
	parseNamedFunctions,
);

const abi = field(
	{
		displayName: 'ABI',
		name: 'abi',
		type: 'json',
		default: '[]',
		description: "The contract's ABI as its block explorer shows it (Contract > Code > Contract ABI)",
		displayOptions: { show: { change: ['putFunctions', 'takeFunctionsOff'], functionSource: ['abi'] } },
	},
	parseContractAbi,
);

/** Which functions of the ABI: read as soon as that is known. */
const functionNames = field(
	{
		displayName: 'Function Names or IDs',
		name: 'functionNames',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getAbiFunctions' },
		default: [],
		description:
			'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		displayOptions: { show: { change: ['putFunctions', 'takeFunctionsOff'], functionSource: ['abi'] } },
	},
	(given) =>
		(known: AbiFunction[]): NamedFunction[] => {
			const names = typeof given === 'string' && given.trim() ? [given] : given;
			if (Array.isArray(names) && names.length > 0) {
				return names.map((name) => toNamedFunction(functionInAbi(known, name, 'Functions')));
			}
			if (names === '' || Array.isArray(names)) {
				throw new InputError('Functions', '"Functions" is empty', 'Choose at least one function from the list.');
			}
			throw notThat(given, 'Functions', 'a list of functions', 'Choose at least one function from the list.');
		},
);

/** Contracts on the list. Adding to a new key can only put; an update can also take off. */
export const contractListField = (canTakeOff: boolean) =>
	rowsField(
		{
			displayName: 'Contract List',
			name: 'contracts',
			placeholder: 'Add contract',
			description:
				'Contracts on the list of the key: on an allowlist what it may call, on a denylist what it may not call. Tokens to pay with belong under Budgets.',
		},
		'Contract',
		[contract, change(canTakeOff), functionSource, functions, abi, functionNames],
	);

/** Reads a row of `contractListField`. */
export function toListEntry(row: Form, canTakeOff: boolean): ListEntry {
	const what = row.get(change(canTakeOff));
	const entry = { contract: row.get(contract) };
	if (what === 'putWhole' || what === 'takeOff') return { ...entry, change: what };
	const isAbi = row.get(functionSource) === 'abi';
	return { ...entry, change: what, functions: isAbi ? row.get(functionNames)(row.get(abi)) : row.get(functions) };
}

/** The list behind the functions of a contract on the list: those of the ABI beside it that change something. */
export async function getAbiFunctions(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return functionsOf(openForm(this, '&').get(abi))
		.filter(({ item }) => !['view', 'pure'].includes(item.stateMutability))
		.map(({ signature }) => ({ name: signature, value: signature }));
}

export const listTypeField = optionField<ListType>({
	displayName: 'List Type',
	name: 'listType',
	type: 'options',
	options: [
		{ name: 'Allow All', value: 'allowAll', description: 'The list is ignored: the key may call every contract' },
		{ name: 'Allowlist', value: 'allowlist', description: 'The key may call what is on the list, and nothing else' },
		{ name: 'Denylist', value: 'denylist', description: 'The key may call everything but what is on the list' },
	],
	default: 'allowlist',
	description: 'How the list is read. What is on it stays on it, and is then read the new way.',
});
