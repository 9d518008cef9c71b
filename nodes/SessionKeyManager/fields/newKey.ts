import type { Address, Hex } from 'viem';
import type { PermissionInput } from '../../../core/sessionKey/plan/permissionInput';
import {
	addressField,
	amountField,
	collectionField,
	dateField,
	optionField,
	orEmpty,
	type Form,
} from '../../shared/form';
import { budgetsField, recipientsField, toBudgets } from './budgets';
import { contractListField, listTypeField, toListEntry } from './contracts';
import { newKeyField, tag } from './key';
import { gasRenewalField, gasRenewalIn } from './renewal';

/** What keeps a thief from burning the account's money as gas. */
const gasProtection = optionField<'limit' | 'none' | 'paymaster' | 'policy'>({
	displayName: 'Gas Protection',
	name: 'gasProtection',
	type: 'options',
	options: [
		{
			name: 'Gas Budget',
			value: 'limit',
			description: "The account pays the gas, up to a budget. The key's payments then run one after another.",
		},
		{
			name: 'None',
			value: 'none',
			description: 'Whoever holds the key can burn all native currency of the account as gas',
		},
		{
			name: 'Paymaster by Address',
			value: 'paymaster',
			description: 'Somebody else pays the gas: the key works with this paymaster only',
		},
		{
			name: 'Paymaster of the Gas Policy',
			value: 'policy',
			description: 'The Gas Policy ID of the Alchemy API credential pays: the key works with its paymaster only',
		},
	],
	default: 'limit',
	description: 'What keeps a thief of the key from burning the native currency of the account as gas',
});

const gasLimit = amountField({
	displayName: 'Gas Budget (ETH)',
	name: 'gasLimit',
	type: 'string',
	default: '',
	placeholder: 'e.g. 0.01',
	description:
		"What the key may spend on gas, in the chain's own money: ETH, on Polygon POL. The chain counts the most that each payment could cost, so allow several times what it really costs.",
	displayOptions: { show: { gasProtection: ['limit'] } },
});

const paymaster = addressField({
	displayName: 'Required Paymaster',
	name: 'paymaster',
	type: 'string',
	default: '',
	placeholder: 'e.g. 0x4Fd909...addc',
	description: 'The address of the paymaster contract on this network',
	displayOptions: { show: { gasProtection: ['paymaster'] } },
});

export const validUntilField = orEmpty(
	dateField({
		displayName: 'Valid Until',
		name: 'validUntil',
		type: 'dateTime',
		default: '',
		description: 'When the key expires. Leave it empty for a key that stays valid until you remove it.',
	}),
);

export const validFromField = orEmpty(
	dateField({
		displayName: 'Valid From',
		name: 'validFrom',
		type: 'dateTime',
		default: '',
		description: 'Before this moment the key can do nothing',
	}),
);

const newKey = newKeyField();
const contracts = contractListField(false);

const further = collectionField(
	{ displayName: 'Further Permissions', name: 'further', placeholder: 'Add permission' },
	[contracts, listTypeField, validFromField],
);

/** Everything about a key that is to be added. */
export const newKeyFields = [
	newKey,
	tag,
	budgetsField,
	recipientsField,
	gasProtection,
	gasLimit,
	gasRenewalField,
	paymaster,
	validUntilField,
	further,
];

/** A key as the form describes it. */
export interface TypedKey {
	key: Address;
	tag: Hex;
	input: PermissionInput;
}

/**
 * Reads `newKeyFields`.
 * @param policyPaymaster asks for the paymaster of the credential's gas policy, where that one is meant
 */
export async function newKeyIn(form: Form, policyPaymaster: () => Promise<Address>): Promise<TypedKey> {
	const beside = form.get(further);
	const typed = {
		key: form.get(newKey),
		tag: form.get(tag),
		input: {
			...toBudgets(form.get(budgetsField)),
			allowReferences: true,
			recipients: form.get(recipientsField),
			entries: beside.get(contracts).map((row) => toListEntry(row, false)),
			listType: beside.added(listTypeField),
			validAfter: beside.get(validFromField),
			validUntil: form.get(validUntilField),
		},
	};
	return { ...typed, input: { ...typed.input, ...(await gasProtectionIn(form, policyPaymaster)) } };
}

async function gasProtectionIn(
	form: Form,
	policyPaymaster: () => Promise<Address>,
): Promise<Pick<PermissionInput, 'gas' | 'requiredPaymaster'>> {
	switch (form.get(gasProtection)) {
		case 'none':
			return {};
		case 'paymaster':
			return { requiredPaymaster: form.get(paymaster) };
		case 'policy':
			return { requiredPaymaster: await policyPaymaster() };
		case 'limit':
			return {
				gas: {
					amount: form.get(gasLimit),
					refreshInterval: gasRenewalIn(form),
					field: gasLimit.property.displayName,
				},
			};
	}
}
