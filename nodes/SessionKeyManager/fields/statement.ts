import { daysBetween, monthAround, type Period } from '../../../core/statement/period';
import { parseRates } from '../../../core/statement/rates';
import { InputError } from '../../../core/errors';
import { parsePayees } from '../../../core/paymentRules/payees';
import {
	addressesField,
	addressField,
	collectionField,
	dateField,
	field,
	optionField,
	type Form,
} from '../../shared/form';
import { knownReferences } from '../../shared/listFields';

export const statementAccount = addressField({
	displayName: 'Smart Account Address',
	name: 'accountAddress',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 0x1f9090...c326',
	description: 'The smart account. Everything in its statement is public on the chain: no key is needed to read it.',
});

const period = optionField<'thisMonth' | 'lastMonth' | 'days'>({
	displayName: 'Period',
	name: 'period',
	type: 'options',
	options: [
		{ name: 'Last Month', value: 'lastMonth' },
		{ name: 'This Month', value: 'thisMonth', description: 'From its first day until now' },
		{ name: 'From Day to Day', value: 'days' },
	],
	default: 'lastMonth',
	description: "By the calendar of the workflow's time zone",
});

const ofDays = { displayOptions: { show: { period: ['days'] } } };

const firstDay = dateField({
	displayName: 'First Day',
	name: 'firstDay',
	type: 'dateTime',
	typeOptions: { dateOnly: true },
	default: '',
	required: true,
	...ofDays,
	description: 'The statement begins when this day begins',
});

const lastDay = dateField({
	displayName: 'Last Day',
	name: 'lastDay',
	type: 'dateTime',
	typeOptions: { dateOnly: true },
	default: '',
	required: true,
	...ofDays,
	description: 'The statement ends when this day ends',
});

export const register = optionField<'none' | 'inputItems'>({
	displayName: 'Register',
	name: 'register',
	type: 'options',
	options: [
		{ name: 'Input Items', value: 'inputItems', description: 'Say of each input item whether it was paid' },
		{ name: 'None', value: 'none' },
	],
	default: 'none',
	description:
		'What was to be paid, to compare with what was. Each input item is a line, with the fields reference, recipient and amount, and if you like token (a symbol or an address) and userOperationHash.',
});

const names = field(
	{
		displayName: 'Payees',
		name: 'payees',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: 'e.g. Anna Berg, 0x709979...79C8',
		description: 'Names for addresses, one a line: a name, a comma and an address',
	},
	parsePayees,
);

const rates = field(
	{
		displayName: 'Rates',
		name: 'rates',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. USDC 0.92 EUR',
		description:
			'What one of each token is worth, one a line, all in one currency. Values are rounded to the cent, half to even; amounts are never rounded.',
	},
	parseRates,
);

const tokens = addressesField({
	displayName: 'More Tokens',
	name: 'assets',
	type: 'string',
	typeOptions: { rows: 2 },
	default: '',
	placeholder: 'e.g. 0x036CbD...CF7e',
	description:
		'Addresses of tokens, one a line, beside those that are known on the network, that keys have budgets for, or that were paid',
});

const options = collectionField({ displayName: 'Options', name: 'options', placeholder: 'Add option' }, [
	tokens,
	names,
	rates,
	knownReferences,
]);

export const statementFields = [statementAccount, period, firstDay, lastDay, register, options] as const;

/** The period that a form means. @param now unix seconds */
export function periodIn(form: Form, now: number): Period {
	const chosen = form.get(period);
	const meant =
		chosen === 'days'
			? daysBetween(form.get(firstDay), form.get(lastDay), form.timeZone, lastDay.property.displayName)
			: monthAround(now, form.timeZone, chosen === 'lastMonth' ? -1 : 0);
	if (meant.from <= now) return meant;
	const { displayName } = firstDay.property;
	throw new InputError(displayName, `"${displayName}" is in the future`, 'Choose a day that has begun.');
}

/** What the Options hold. */
export function statementOptions(form: Form) {
	const given = form.get(options);
	return {
		tokens: given.get(tokens),
		payees: given.get(names),
		rates: given.get(rates),
		references: given.get(knownReferences),
	};
}
