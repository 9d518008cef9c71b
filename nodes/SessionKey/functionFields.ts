import type { ILoadOptionsFunctions, INodePropertyOptions, ResourceMapperFields } from 'n8n-workflow';
import type { AbiFunction, Address } from 'viem';
import { functionInAbi, functionsOf, parseContractAbi, parseFunctionSignature } from '../../core/input/abi';
import { argumentName } from '../../core/input/argument';
import { notThat } from '../../core/input/shown';
import { addressField, field, openForm, optionField, type Form } from '../shared/form';

const contract = addressField({
	displayName: 'Contract',
	name: 'contract',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 0x036CbD...CF7e',
	description: 'The address of the contract to call',
});

const functionSource = optionField<'abi' | 'signature'>({
	displayName: 'Function Is Given By',
	name: 'functionSource',
	type: 'options',
	options: [
		{ name: 'ABI', value: 'abi', description: "Paste the contract's ABI and choose the function from a list" },
		{ name: 'Signature', value: 'signature', description: 'Type the function with its argument types' },
	],
	default: 'signature',
});

const signature = field(
	{
		displayName: 'Function',
		name: 'function',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. deposit(address receiver, uint256 amount)',
		description: 'Its name and, in brackets, the types of its arguments, with names if you like',
		displayOptions: { show: { functionSource: ['signature'] } },
	},
	parseFunctionSignature,
);

const abi = field(
	{
		displayName: 'ABI',
		name: 'abi',
		type: 'json',
		default: '[]',
		required: true,
		description: "The contract's ABI as its block explorer shows it (Contract > Code > Contract ABI)",
		displayOptions: { show: { functionSource: ['abi'] } },
	},
	parseContractAbi,
);

/** Which function of the ABI: read as soon as that is known. */
const functionName = field(
	{
		displayName: 'Function Name or ID',
		name: 'functionName',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getFunctions', loadOptionsDependsOn: ['abi'] },
		default: '',
		required: true,
		description:
			'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		displayOptions: { show: { functionSource: ['abi'] } },
	},
	(given) => (functions: AbiFunction[]) => functionInAbi(functions, given),
);

/** The values by the arguments' names. */
const functionArguments = field(
	{
		displayName: 'Arguments',
		name: 'arguments',
		type: 'resourceMapper',
		default: { mappingMode: 'defineBelow', value: null },
		noDataExpression: true,
		typeOptions: {
			loadOptionsDependsOn: ['functionSource', 'function', 'abi', 'functionName'],
			resourceMapper: {
				resourceMapperMethod: 'getArguments',
				mode: 'add',
				valuesLabel: 'Arguments',
				fieldWords: { singular: 'argument', plural: 'arguments' },
				addAllFields: true,
				multiKeyMatch: false,
				supportAutoMap: false,
				noFieldsError: 'This function takes no arguments',
			},
		},
		description: 'Whole numbers are in the base units of the contract. Lists and structs are typed as JSON.',
	},
	(given, name): Record<string, unknown> => {
		const values = isObject(given) ? (given.value ?? {}) : undefined;
		if (isObject(values)) return values;
		throw notThat(given, name, 'what the arguments are', 'Fill in the arguments one by one in the form.');
	},
);

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A contract's function, by ABI or by signature, with one field for each of its arguments. */
export const functionFields = [contract, functionSource, signature, abi, functionName, functionArguments];

/** Reads `functionFields`. */
export function callIn(form: Form): { contract: Address; item: AbiFunction; values: Record<string, unknown> } {
	const item = functionIn(form);
	return { contract: form.get(contract), item, values: form.get(functionArguments) };
}

function functionIn(form: Form): AbiFunction {
	return form.get(functionSource) === 'abi' ? form.get(functionName)(form.get(abi)) : form.get(signature);
}

/** The list behind "Function Name or ID". */
export async function getFunctions(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return functionsOf(openForm(this).get(abi)).map(({ signature: value, item }) => ({
		name: value,
		value,
		description: ['view', 'pure'].includes(item.stateMutability) ? 'Only reads' : 'Changes something',
	}));
}

/** The fields behind "Arguments". */
export async function getArguments(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const { inputs } = functionIn(openForm(this));
	return {
		fields: inputs.map((input, index) => ({
			id: argumentName(input, index),
			displayName: `${argumentName(input, index)} (${input.type})`,
			required: true,
			defaultMatch: false,
			display: true,
			type: input.type === 'bool' ? 'boolean' : 'string',
		})),
	};
}
