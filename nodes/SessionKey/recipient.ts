import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Address } from 'viem';
import { shortAddress } from '../../core/contractInfo';
import { parseAddress } from '../../core/input/address';
import { notThat } from '../../core/input/shown';
import { locatorValue } from '../../core/input/token';
import { parsePayees, payeeNamed, splitPayee, type Payee } from '../../core/paymentRules/payees';
import { field } from '../shared/form';
import { AGENT_CREDENTIAL, type AgentCredential } from './agentCredential';

/** Whom an item pays, as it says so: by address, by the name of a payee, or by both, which must belong together. */
export interface TypedRecipient {
	address?: Address;
	name?: string;
}

/** Who is paid. A choice from the list is the name with its address: when the list changes, the choice says so. */
export const recipient = field<TypedRecipient>(
	{
		displayName: 'Recipient',
		name: 'recipient',
		type: 'resourceLocator',
		default: { mode: 'address', value: '' },
		required: true,
		description:
			"Who is paid: one of the credential's payees, or an address on this network. A payment to the wrong address can't be reversed.",
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: 'searchPayees', searchable: true },
			},
			{
				displayName: 'Name',
				name: 'name',
				type: 'string',
				placeholder: 'e.g. Anna Berg',
				hint: 'As it stands under Payees in the Agent Session Key API credential',
			},
			{
				displayName: 'Address',
				name: 'address',
				type: 'string',
				placeholder: 'e.g. 0x1f9090...c326',
				validation: [
					{
						type: 'regex',
						properties: {
							regex: '^.*0[xX][0-9a-fA-F]{40}\\s*$',
							errorMessage: 'An address is 0x and 40 hexadecimal digits',
						},
					},
				],
			},
		],
	},
	parseRecipient,
);

/** @throws {InputError} */
function parseRecipient(given: unknown, name: string): TypedRecipient {
	const mode = given !== null && typeof given === 'object' && 'mode' in given ? given.mode : undefined;
	const value = locatorValue(given);
	const both = typeof value === 'string' ? splitPayee(value) : undefined;
	if (both?.name) return { name: both.name, address: parseAddress(both.address, name) };
	const isName = typeof value === 'string' && value.trim() !== '' && !LIKE_AN_ADDRESS.test(value);
	if (isName) return { name: value.trim() };
	if (mode !== 'name') return { address: parseAddress(value, name) };
	// What is to be a name may come from anywhere: whoever chose Name wants nobody paid who isn't on the list.
	throw notThat(value, name, 'the name of a payee', 'Give a name that stands under Payees in the credential.');
}

/** Meant as an address, or what a sheet made of one by taking it for a number. */
const LIKE_AN_ADDRESS = /^\s*["']?(?:0x|[0-9a-f]{30}|[\d.,]+(?:e\+?\d+)?\s*$)/i;

/**
 * Looks a name up in the credential's list.
 * @returns the address, and the name where it was given with an address: whether they belong together the rules say
 * @throws {InputError} for a name that isn't on the list
 */
export function recipientAmong(payees: readonly Payee[], typed: TypedRecipient): { to: Address; name?: string } {
	const { address, name } = typed;
	if (address && name === undefined) return { to: address };
	const payee = payeeNamed(payees, name ?? '', 'Recipient');
	return { to: address ?? payee.address, ...(address && { name: payee.name }) };
}

/** The list behind From List: the payees in the credential. */
export async function searchPayees(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const { payees = '' } = (await this.getCredentials(AGENT_CREDENTIAL)) as unknown as AgentCredential;
	const found = parsePayees(payees, 'Payees').filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
	return {
		results: found.map(({ name, address }) => ({
			name: `${name} (${shortAddress(address)})`,
			value: `${name}, ${address}`,
		})),
	};
}
