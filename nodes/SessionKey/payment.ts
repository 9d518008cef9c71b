import { parseAmount } from '../../core/input/amount';
import { parseReference } from '../../core/input/reference';
import { NATIVE_DECIMALS } from '../../core/networks';
import type { Payer, PayOptions } from '../../core/payment/send/payment';
import { approvalField } from './approvalField';
import { transferIn, type TypedTransfer } from './transfer';
import {
	booleanField,
	collectionField,
	field,
	optionField,
	orEmpty,
	wholeNumberField,
	type Form,
} from '../shared/form';

export const reference = field(
	{
		displayName: 'Payment Reference',
		name: 'reference',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. salary/2026-11/anna',
		hint: 'Paid only once, ever: name the person and the month, or the invoice',
		description:
			'What this payment is for. A reference is paid only once, ever: if the workflow runs again, nothing is paid twice. Use an expression that names the person and the period, or the invoice number.',
		displayOptions: { show: { allowRepeats: [false] } },
	},
	parseReference,
);

/** Whether a payment is made without a reference. */
export const allowRepeats = booleanField({
	displayName: 'Allow Repeats',
	name: 'allowRepeats',
	type: 'boolean',
	default: false,
	description:
		'Whether to pay every time this runs, without a reference. A retry, a duplicate trigger or a second click then pays again.',
});

/** What a payment is for, and whether it may be made more than once. */
export const referenceFields = [reference, allowRepeats];

const referenceOnChain = optionField<'hash' | 'readable'>({
	displayName: 'Reference on Chain',
	name: 'referenceOnChain',
	type: 'options',
	options: [
		{
			name: 'Hash',
			value: 'hash',
			description: 'Lists show the text where it is among References to Recognise',
		},
		{
			name: 'Readable Text',
			value: 'readable',
			description: 'Lists show the text. Anyone can read it on the chain for ever, the names in it included.',
		},
	],
	default: 'hash',
	description:
		'What the chain shows of the reference. With Readable Text anyone can read there for ever whom you pay for what, names included. A reference is paid only once in either form.',
});

const confirmations = wholeNumberField({
	displayName: 'Confirmations',
	name: 'confirmations',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 1000 },
	default: 1,
	description: 'How many blocks to wait for before the payment counts as made. 1 is the block with the payment itself.',
});

const attempts = wholeNumberField({
	displayName: 'Maximum Attempts',
	name: 'attempts',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 100 },
	default: 3,
	description:
		'How many times a reference may be tried when earlier attempts were mined without paying. Each attempt costs gas.',
});

/** Gwei have 9 decimals: wei. */
const GWEI_DECIMALS = 9;

const mostGasCost = orEmpty(
	field(
		{
			displayName: 'Maximum Gas Cost',
			name: 'mostGasCost',
			type: 'string',
			default: '',
			placeholder: 'e.g. 0.02',
			description:
				"The most that one operation may cost in gas, in the chain's own money, such as ETH. Leave it empty for this network's usual limit.",
		},
		(given, name) => parseAmount(given, NATIVE_DECIMALS, name),
	),
);

const feeCap = orEmpty(
	field(
		{
			displayName: 'Maximum Gas Fee',
			name: 'feeCap',
			type: 'string',
			default: '',
			placeholder: 'e.g. 30',
			description: 'The most to pay per unit of gas, in gwei. Above it nothing is sent. Leave it empty for no maximum.',
		},
		(given, name) => parseAmount(given, GWEI_DECIMALS, name),
	),
);

const timeLimit = wholeNumberField({
	displayName: 'Time Limit',
	name: 'timeLimit',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 3600 },
	default: 120,
	description:
		'Seconds to wait for the payment to be in a block. After that the result is "pending", and running it again with the same reference is safe.',
});

const tokenDecimals = wholeNumberField({
	displayName: 'Token Decimals',
	name: 'tokenDecimals',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 77 },
	default: 6,
	description:
		"How many decimal places the token has, for a token that isn't on the list: if the chain says otherwise, nothing is sent",
});

const OPTIONS = { displayName: 'Options', name: 'options', placeholder: 'Add option' };
const every = [referenceOnChain, confirmations, attempts, mostGasCost, feeCap, timeLimit];

/** The options of everything that sends. */
export const sendOptions = collectionField(OPTIONS, every);

/** The options of what pays tokens. */
export const payTokenOptions = collectionField(OPTIONS, [approvalField, ...every, tokenDecimals]);

/** To whom, what and how much, with the token's decimals where the person says them. */
export function pinnedTransferIn(form: Form, payer: Payer): TypedTransfer {
	return { ...transferIn(form, payer), decimals: form.get(payTokenOptions).added(tokenDecimals) };
}

/** Reads `referenceFields` and `sendOptions`. */
export function payOptionsIn(form: Form): PayOptions {
	const options = form.get(sendOptions);
	return {
		reference: form.get(allowRepeats) ? undefined : form.get(reference),
		referenceOnChain: options.get(referenceOnChain),
		confirmations: options.get(confirmations),
		attempts: options.get(attempts),
		timeLimit: options.get(timeLimit) * 1000,
		feeCap: options.get(feeCap),
		mostGasCost: options.get(mostGasCost),
	};
}
