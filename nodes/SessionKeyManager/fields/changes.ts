import type { Address } from 'viem';
import type { PermissionInput, Rule } from '../../../core/sessionKey/plan/permissionInput';
import {
	addressesField,
	addressField,
	booleanField,
	collectionField,
	optionsField,
	orEmpty,
	type Form,
} from '../../shared/form';
import { budgetsField, recipientsField, toBudgets } from './budgets';
import { contractListField, listTypeField, toListEntry } from './contracts';
import { validFromField, validUntilField } from './newKey';

const contracts = contractListField(true);

const allowReferences = booleanField({
	displayName: 'Allow Payment References',
	name: 'allowReferences',
	type: 'boolean',
	default: true,
	description:
		'Whether the key may record payment references as paid. Without this, its payments that have a reference are refused. If this network has no reference registry yet, it is created in the same operation.',
});

const policyPaymasterOnly = booleanField({
	displayName: "Policy's Paymaster Only",
	name: 'policyPaymaster',
	type: 'boolean',
	default: false,
	description:
		'Whether the key works only with the paymaster of the Gas Policy ID in the Alchemy API credential. Its address is looked up from the policy.',
});

const removeRules = optionsField<Extract<Rule, string>>({
	displayName: 'Remove Rules',
	name: 'removeRules',
	type: 'multiOptions',
	default: [],
	options: [
		{ name: 'Gas Limit', value: 'gasLimit', description: 'After that there is no limit on gas' },
		{
			name: 'Limit on Native Currency',
			value: 'nativeLimit',
			description: 'After that the key may pay out all native currency',
		},
		{ name: 'Required Paymaster', value: 'requiredPaymaster', description: 'After that anybody may pay the gas' },
		{
			name: 'Valid From and Valid Until',
			value: 'timeRange',
			description: 'After that the key is valid at any time',
		},
	],
	description: 'Rules that will no longer apply to the key',
});

const removeTokenLimits = addressesField({
	displayName: 'Remove Token Limits',
	name: 'unlimited',
	type: 'string',
	typeOptions: { rows: 2 },
	default: '',
	placeholder: 'e.g. 0x036CbD...CF7e',
	description: 'Tokens whose limit will no longer apply: one address per line',
});

const requiredPaymaster = orEmpty(
	addressField({
		displayName: 'Required Paymaster',
		name: 'requiredPaymaster',
		type: 'string',
		default: '',
		placeholder: 'e.g. 0x4Fd909...addc',
		description: 'The key works only with this paymaster: its address on this network',
	}),
);

export const unstickGasLimit = booleanField({
	displayName: 'Unstick Gas Limit',
	name: 'unstickGasLimit',
	type: 'boolean',
	default: false,
	description:
		'Whether to free a gas limit that is stuck, because the first operation of a new window failed. It cannot be combined with other changes.',
});

/** What shall become otherwise about a key. */
export const changesField = collectionField(
	{
		displayName: 'Changes',
		name: 'changes',
		placeholder: 'Add change',
		description: 'What is not named here stays as it is. All changes are made in one operation.',
	},
	[
		allowReferences,
		budgetsField,
		contracts,
		listTypeField,
		recipientsField,
		policyPaymasterOnly,
		removeRules,
		removeTokenLimits,
		requiredPaymaster,
		unstickGasLimit,
		validFromField,
		validUntilField,
	],
);

/**
 * Reads `changesField`. What was not added to it is left out, and stays as it is.
 * @param policyPaymaster asks for the paymaster of the credential's gas policy, where that one is meant
 */
export async function changesIn(form: Form, policyPaymaster: () => Promise<Address>): Promise<PermissionInput> {
	const typed = {
		...toBudgets(form.get(budgetsField)),
		recipients: form.get(recipientsField),
		entries: form.get(contracts).map((row) => toListEntry(row, true)),
		allowReferences: form.added(allowReferences) === true,
		listType: form.added(listTypeField),
		validAfter: form.get(validFromField),
		validUntil: form.get(validUntilField),
		removed: [...form.get(removeRules), ...form.get(removeTokenLimits).map((tokenLimit) => ({ tokenLimit }))],
	};
	const paymaster = form.get(requiredPaymaster);
	const isPolicys = form.get(policyPaymasterOnly);
	return { ...typed, requiredPaymaster: paymaster ?? (isPolicys ? await policyPaymaster() : undefined) };
}
