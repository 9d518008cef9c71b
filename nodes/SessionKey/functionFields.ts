import type {
	IExecuteFunctions,
	ILoadOptionsFunctions,
	INodeProperties,
	INodePropertyOptions,
	ResourceMapperFields,
	ResourceMapperValue,
} from 'n8n-workflow';
import type { AbiFunction } from 'viem';
import { argumentName } from '../../core/input/argument';
import { functionInAbi, functionsOf, parseContractAbi, parseFunctionSignature } from '../../core/input/abi';

/** A contract's function, by ABI or by signature, with one field for each of its arguments. */
export const functionFields: INodeProperties[] = [
	{
		displayName: 'Contract',
		name: 'contract',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 0x036CbD...CF7e',
		description: 'The address of the contract to call',
	},
	{
		displayName: 'Function Is Given By',
		name: 'functionSource',
		type: 'options',
		options: [
			{ name: 'ABI', value: 'abi', description: "Paste the contract's ABI and choose the function from a list" },
			{ name: 'Signature', value: 'signature', description: 'Type the function with its argument types' },
		],
		default: 'signature',
	},
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
	{
		displayName: 'ABI',
		name: 'abi',
		type: 'json',
		default: '[]',
		required: true,
		description: "The contract's ABI as its block explorer shows it (Contract > Code > Contract ABI)",
		displayOptions: { show: { functionSource: ['abi'] } },
	},
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
];

/** Reads the function that `functionFields` name. */
export function functionOf(context: IExecuteFunctions | ILoadOptionsFunctions, itemIndex = 0): AbiFunction {
	const parameter = (name: string): unknown =>
		'getCurrentNodeParameter' in context
			? context.getCurrentNodeParameter(name)
			: context.getNodeParameter(name, itemIndex, '');
	if (parameter('functionSource') === 'abi') {
		return functionInAbi(parseContractAbi(parameter('abi')), parameter('functionName'));
	}
	return parseFunctionSignature(parameter('function'));
}

/** Reads the arguments that `functionFields` hold. */
export function argumentsOf(context: IExecuteFunctions, itemIndex: number): Record<string, unknown> {
	const mapped = context.getNodeParameter('arguments', itemIndex, {}) as Partial<ResourceMapperValue>;
	return mapped.value ?? {};
}

/** The list behind "Function Name or ID". */
export async function getFunctions(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const abi = parseContractAbi(this.getCurrentNodeParameter('abi'));
	return functionsOf(abi).map(({ signature, item }) => ({
		name: signature,
		value: signature,
		description: ['view', 'pure'].includes(item.stateMutability) ? 'Only reads' : 'Changes something',
	}));
}

/** The fields behind "Arguments". */
export async function getArguments(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const { inputs } = functionOf(this);
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
