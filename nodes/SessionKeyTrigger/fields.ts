import type { INodeProperties } from 'n8n-workflow';
import { tokenField } from '../shared/tokenField';

/** What the trigger asks the person. */
export const triggerProperties: INodeProperties[] = [
	{
		displayName: 'Smart Account Address',
		name: 'accountAddress',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 0x1f9090...c326',
		description: 'The account to watch',
	},
	{
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		required: true,
		default: ['paymentMade', 'paymentFailed'],
		options: [
			{ name: 'Budget Low', value: 'budgetLow', description: 'Little is left of a limit of a key' },
			{ name: 'Key Added', value: 'keyAdded', description: 'An owner registered a key' },
			{ name: 'Key Expiring', value: 'keyExpiring', description: "A key's time is over soon, or over" },
			{ name: 'Key Removed', value: 'keyRemoved', description: 'An owner took a key away' },
			{ name: 'Key Rotated', value: 'keyRotated', description: 'An owner put a new key in the place of an old one' },
			{ name: 'Payment Failed', value: 'paymentFailed', description: 'A payment is in a block, and paid nothing' },
			{ name: 'Payment Made', value: 'paymentMade', description: 'A payment is in a block, and was made' },
			{ name: 'Permissions Updated', value: 'permissionsUpdated', description: "An owner changed a key's limits" },
		],
		description: 'What to start the workflow on. Each event starts it once.',
	},
	{
		displayName: 'Low Means',
		name: 'lowMeans',
		type: 'options',
		options: [
			{ name: 'Amount Left', value: 'amount', description: 'So much of one token, or less, is left' },
			{ name: 'Percent Left', value: 'percent', description: 'Such a share of the limit, or less, is left' },
		],
		default: 'percent',
		displayOptions: { show: { events: ['budgetLow'] } },
	},
	{
		displayName: 'Percent Left',
		name: 'percentLeft',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 2 },
		default: 20,
		description: 'Share of the limit. It counts for every budget of a key: native currency, tokens and gas.',
		displayOptions: { show: { events: ['budgetLow'], lowMeans: ['percent'] } },
	},
	{
		...tokenField,
		description: 'Of which token',
		displayOptions: { show: { events: ['budgetLow'], lowMeans: ['amount'] } },
	},
	{
		displayName: 'Amount Left',
		name: 'amountLeft',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 250.50',
		description: 'In whole units of the token, with a decimal point',
		displayOptions: { show: { events: ['budgetLow'], lowMeans: ['amount'] } },
	},
	{
		displayName: 'Days Before',
		name: 'daysBefore',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 365 },
		default: 7,
		description: 'How many days before the end of a key to start the workflow',
		displayOptions: { show: { events: ['keyExpiring'] } },
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Confirmations',
				name: 'confirmations',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 1000 },
				default: 3,
				description:
					'How many blocks must stand before something counts as happened, so that no event is told that the chain takes back. 1 is the block with the event itself.',
			},
			{
				displayName: 'Session Key Address',
				name: 'sessionKey',
				type: 'string',
				default: '',
				placeholder: 'e.g. 0x952222...Afe5',
				description: 'Watch this key alone. Leave it empty to watch every key of the account.',
			},
		],
	},
];
