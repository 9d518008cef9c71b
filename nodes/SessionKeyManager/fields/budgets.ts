import { InputError } from '../../../core/errors';
import { parseWholeNumber } from '../../../core/input/wholeNumber';
import type { BudgetInput, PermissionInput, TokenBudget } from '../../../core/sessionKey/plan/permissionInput';
import {
	addressesField,
	amountField,
	field,
	optionField,
	orEmpty,
	rowsField,
	withProperty,
	type Form,
} from '../../shared/form';
import { tokenField } from '../../shared/tokenField';
import { renewalFields, renewalIn } from './renewal';

const token = withProperty(tokenField, { description: 'What the key may pay with' });

const limit = amountField({
	displayName: 'Limit',
	name: 'amount',
	type: 'string',
	default: '',
	placeholder: 'e.g. 250.50',
	description: 'In whole units of the token, with a decimal point. It is never rounded.',
});

const allowed = optionField<TokenBudget['functions']>({
	displayName: 'Allowed',
	name: 'functions',
	type: 'options',
	options: [
		{
			name: 'Every Function',
			value: 'all',
			description: 'Also opens functions that the limit does not count, so it can be bypassed',
		},
		{ name: 'Payments Only', value: 'transfer', description: 'Payments (transfer) and nothing else' },
	],
	default: 'transfer',
	description: 'What the key may do with a token. For native currency it makes no difference.',
});

/** Not needed for the tokens of the list: theirs are known. */
export const decimals = orEmpty(
	field(
		{
			displayName: 'Decimals',
			name: 'decimals',
			type: 'string',
			default: '',
			placeholder: 'e.g. 18',
			description:
				"How many decimal places the token has, according to its own site, for a token that isn't on the list: if the chain says otherwise, nothing is changed",
		},
		(given, name) => parseWholeNumber(given, name, 0, 77),
	),
);

/** What the key may pay with, each with its limit. */
export const budgetsField = rowsField(
	{
		displayName: 'Budgets',
		name: 'budgets',
		placeholder: 'Add budget',
		description:
			'What the key may pay with, and how much. A token is allowed for payments (its transfer function) and nothing else, so that its limit holds.',
	},
	'Budget',
	[token, limit, ...renewalFields, allowed, decimals],
);

/** @throws {InputError} when something has two budgets */
export function toBudgets(rows: readonly Form[]): Pick<PermissionInput, 'native' | 'tokens'> {
	const tokens: TokenBudget[] = [];
	let native: BudgetInput | undefined;
	for (const row of rows) {
		const budget = { amount: row.get(limit), refreshInterval: renewalIn(row) };
		const address = row.get(token);
		if (address ? tokens.some((other) => other.token === address) : native) {
			throw new InputError(
				'Budgets',
				`"Budgets" has ${address ?? 'native currency'} twice`,
				'Give each token one budget.',
			);
		}
		const functions = row.get(allowed);
		if (address) tokens.push({ token: address, budget, functions, decimals: row.get(decimals) });
		else native = budget;
	}
	return { native, tokens };
}

/** Who may receive native currency. */
export const recipientsField = addressesField({
	displayName: 'Native Recipients',
	name: 'recipients',
	type: 'string',
	typeOptions: { rows: 2 },
	default: '',
	placeholder: 'e.g. 0x1f9090...c326',
	description:
		'Only for a budget in native currency (ETH and the like): one address per line. The chain lets the key pay nobody else. Who receives a token cannot be restricted.',
});
