import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Address } from 'viem';
import { NATIVE, parseToken } from '../../core/input/token';
import type { Network } from '../../core/networks';
import { connect } from './connection';
import { field, type Field } from './form';

/** A token: from the network's known ones, the chain's own money, or by contract address. Undefined: the chain's own. */
export const tokenField: Field<Address | undefined> = field(
	{
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
							regex: '^\\s*0[xX][0-9a-fA-F]{40}\\s*$',
							errorMessage: "A token's address is 0x and 40 hexadecimal digits",
						},
					},
				],
			},
		],
	},
	parseToken,
);

/** The list behind `tokenField`: the chain's own money and the tokens known on the credential's network. */
export async function searchTokens(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const { network } = await connect(this);
	return { results: tokenList(network).filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())) };
}

/** The chain's own money and the tokens known on a network, as choices. */
export function tokenList({ nativeSymbol, tokens }: Network): { name: string; value: string }[] {
	return [
		{ name: `${nativeSymbol} (Native Currency)`, value: NATIVE },
		...tokens.map(({ symbol, address }) => ({ name: `${symbol} (${address})`, value: address as string })),
	];
}
