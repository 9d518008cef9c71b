import type { EventKind } from '../../core/trigger/events';
import type { ConditionKind } from '../../core/trigger/conditions';
import { parseNumber, parsePercent } from '../../core/input/wholeNumber';
import {
	addressField,
	amountField,
	collectionField,
	field,
	optionField,
	optionsField,
	orEmpty,
	wholeNumberField,
	withProperty,
} from '../shared/form';
import { knownReferences, simplify } from '../shared/listFields';
import { stopCode } from '../shared/stopCode';
import { tokenField } from '../shared/tokenField';

export const accountAddress = addressField({
	displayName: 'Smart Account Address',
	name: 'accountAddress',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 0x1f9090...c326',
	description: 'The account to watch',
});

export const events = optionsField<EventKind | ConditionKind>({
	displayName: 'Events',
	name: 'events',
	type: 'multiOptions',
	required: true,
	default: ['paymentMade', 'paymentFailed'],
	options: [
		{ name: 'Budget Low', value: 'budgetLow', description: 'Little is left of one of the limits of a key' },
		{
			name: 'Emergency Stop Not Ready',
			value: 'stopNotReady',
			description:
				'A prepared stop must be signed again, or the account holds too little for it. Looked at once an hour.',
		},
		{ name: 'Key Added', value: 'keyAdded', description: 'An owner registered a key' },
		{ name: 'Key Expiring', value: 'keyExpiring', description: 'A key expires soon, or has expired' },
		{ name: 'Key Removed', value: 'keyRemoved', description: 'An owner removed a key' },
		{ name: 'Key Rotated', value: 'keyRotated', description: 'An owner replaced a key with a new one' },
		{
			name: 'Payment Failed',
			value: 'paymentFailed',
			description:
				'A payment is in a block, and paid nothing, or less than asked. Takes the logs of every block: on a free plan eight times the calls of all other events together.',
		},
		{ name: 'Payment Made', value: 'paymentMade', description: 'A payment is in a block, and was made' },
		{ name: 'Permissions Updated', value: 'permissionsUpdated', description: "An owner changed a key's limits" },
	],
	description: 'What to start the workflow on. Each event starts it once.',
});

export const lowMeans = optionField<'amount' | 'days' | 'percent'>({
	displayName: 'Low Means',
	name: 'lowMeans',
	type: 'options',
	options: [
		{ name: 'Amount Left', value: 'amount', description: 'This much of one token, or less, is left' },
		{
			name: 'Days Left',
			value: 'days',
			description:
				'It lasts so many days or fewer if the payments of the last 30 days are repeated. Counted from poll to poll: in its first 30 days, and after a restart of n8n, it knows of fewer payments, and speaks later.',
		},
		{ name: 'Percent Left', value: 'percent', description: 'This share of the limit, or less, is left' },
	],
	default: 'percent',
	displayOptions: { show: { events: ['budgetLow'] } },
});

export const percentLeft = field(
	{
		displayName: 'Percent Left',
		name: 'percentLeft',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 100 },
		default: 20,
		description: 'Share of the limit. It applies to every budget of a key: native currency, tokens and gas.',
		displayOptions: { show: { events: ['budgetLow'], lowMeans: ['percent'] } },
	},
	parsePercent,
);

export const daysLeft = wholeNumberField({
	displayName: 'Days Left',
	name: 'daysLeft',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 365 },
	default: 7,
	description: 'It applies to every budget of a key: native currency, tokens and gas',
	displayOptions: { show: { events: ['budgetLow'], lowMeans: ['days'] } },
});

export const lowToken = withProperty(tokenField, {
	description: 'Of which token',
	displayOptions: { show: { events: ['budgetLow'], lowMeans: ['amount'] } },
});

export const amountLeft = amountField({
	displayName: 'Amount Left',
	name: 'amountLeft',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 250.50',
	description: 'In whole units of the token, with a decimal point',
	displayOptions: { show: { events: ['budgetLow'], lowMeans: ['amount'] } },
});

export const daysBefore = field(
	{
		displayName: 'Days Before',
		name: 'daysBefore',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 365 },
		default: 7,
		description: 'How many days before a key expires to start the workflow',
		displayOptions: { show: { events: ['keyExpiring'] } },
	},
	(given, name) => parseNumber(given, name, 0, 365),
);

export const watchedStop = withProperty(stopCode, {
	required: true,
	displayOptions: { show: { events: ['stopNotReady'] } },
});

export const confirmations = wholeNumberField({
	displayName: 'Confirmations',
	name: 'confirmations',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 1000 },
	default: 3,
	description:
		'How many blocks to wait for before something counts as having happened, so that no event is reported that the chain drops again. 1 is the block with the event itself.',
});

export const sessionKey = orEmpty(
	addressField({
		displayName: 'Session Key Address',
		name: 'sessionKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. 0x952222...Afe5',
		description: 'Watch only this key. Leave it empty to watch every key of the account.',
	}),
);

export const simplifyPayments = withProperty(simplify, {
	description: 'Whether to return a simplified version of the response instead of the raw data',
	displayOptions: { show: { events: ['paymentMade', 'paymentFailed'] } },
});

export const options = collectionField({ displayName: 'Options', name: 'options', placeholder: 'Add option' }, [
	confirmations,
	knownReferences,
	sessionKey,
]);

/** What the trigger asks the person. */
export const triggerFields = [
	accountAddress,
	events,
	lowMeans,
	percentLeft,
	daysLeft,
	lowToken,
	amountLeft,
	daysBefore,
	watchedStop,
	simplifyPayments,
	options,
];
