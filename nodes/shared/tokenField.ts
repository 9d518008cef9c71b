import type {
	IExecuteFunctions,
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodeParameterResourceLocator,
	INodeProperties,
} from 'n8n-workflow';
import type { Address } from 'viem';
import { parseAddress } from '../../core/input/address';
import { connect } from './connection';

/** The value that stands for the chain's own money. */
export const NATIVE = 'native';

/** A token: from the network's known ones, the chain's own money, or by contract address. */
export const tokenField: INodeProperties = {
	displayName: 'Token',
	name: 'token',
	type: 'resourceLocator',
	default: { mode: 'list', value: NATIVE, cachedResultName: 'Native Currency (e.g. ETH)' },
	required: true,
	description: 'What to pay in',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchTokens', searchable: true },
		},
		{
			displayName: 'Address',
			name: 'address',
			type: 'string',
			placeholder: 'e.g. 0x036CbD...CF7e',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '^\\s*0x[0-9a-fA-F]{40}\\s*$',
						errorMessage: "A token's address is 0x and 40 hexadecimal digits",
					},
				},
			],
		},
	],
};

/** Reads `tokenField`: undefined for the chain's own money. */
export function tokenOf(context: IExecuteFunctions, itemIndex: number, name = 'token'): Address | undefined {
	const locator = context.getNodeParameter(name, itemIndex) as INodeParameterResourceLocator | string;
	const value = typeof locator === 'object' ? locator.value : locator;
	return value === NATIVE ? undefined : parseAddress(value, 'Token');
}

/** The list behind `tokenField`: the chain's own money and the tokens known on the credential's network. */
export async function searchTokens(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const { network } = await connect(this);
	const choices = [
		{ name: `${network.nativeSymbol} (Native Currency)`, value: NATIVE },
		...network.tokens.map(({ symbol, address }) => ({ name: `${symbol} (${address})`, value: address as string })),
	];
	return { results: choices.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())) };
}
