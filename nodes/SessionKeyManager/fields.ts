import type { INodeProperties } from 'n8n-workflow';
import type { HazardCode } from '../../core/sessionKey/hazards';
import { tokenField } from '../shared/tokenField';

/** What each hazard's tick is called. */
export const TICKS: Readonly<Record<HazardCode, string>> = {
	everyContract: 'Every Contract Allowed',
	gasWithoutLimit: 'Gas Without Limit',
	limitBelowUsed: 'Limit Below What Was Used',
	nativeWithoutLimit: 'Native Currency Without Limit',
	tokenFunctionsOpen: "Token's Other Functions Open",
	tokenWithoutLimit: 'Token Without Limit',
};

const TICK_DESCRIPTIONS: Readonly<Record<HazardCode, string>> = {
	everyContract: 'The list type lets the key call whatever is not named, or everything',
	gasWithoutLimit: 'Whoever holds the key can burn all native currency of the account as gas',
	limitBelowUsed: 'A new limit is below what was already used, so payments are refused at once',
	nativeWithoutLimit: 'The key may pay out all native currency of the account',
	tokenFunctionsOpen: 'A token has a limit, and functions stay open that the limit does not count',
	tokenWithoutLimit: 'A token is on the allowlist, and the key may pay out all of it',
};

/** Dry Run, and the options of everything that changes something. */
export const changeFields = (...more: INodeProperties[]): INodeProperties[] => [
	{
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		default: false,
		description:
			'Whether to only say what would be done, in plain sentences and with the gas. Nothing is signed or sent.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [...more, timeLimitOption].sort((a, b) => a.displayName.localeCompare(b.displayName)),
	},
];

export const timeLimitOption: INodeProperties = {
	displayName: 'Time Limit',
	name: 'timeLimit',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 3600 },
	default: 120,
	description: 'Seconds to wait for the change to be in a block. After that the result is "pending".',
};

/** The ticks for what hurts people who didn't mean it. */
export const acceptedRisksOption: INodeProperties = {
	displayName: 'Accepted Risks',
	name: 'acceptedRisks',
	type: 'multiOptions',
	default: [],
	options: (Object.keys(TICKS) as HazardCode[]).map((value) => ({
		name: TICKS[value],
		value,
		description: TICK_DESCRIPTIONS[value],
	})),
	description: 'What you have read about and mean. Without it such a change is refused, and the refusal says why.',
};

/** When salaries are paid, to tell which of them a limit would miss. */
export const paydayOption: INodeProperties = {
	displayName: 'Payday',
	name: 'payday',
	type: 'fixedCollection',
	default: {},
	placeholder: 'Add payday',
	description:
		'Lists which of the next 24 paydays a payment of the full limit would miss, because months differ in length',
	options: [
		{
			displayName: 'Payday',
			name: 'day',
			values: [
				{
					displayName: 'Day of Month',
					name: 'dayOfMonth',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 31 },
					default: 1,
					description: 'In shorter months the last day counts',
				},
				{
					displayName: 'Hour',
					name: 'hour',
					type: 'number',
					typeOptions: { minValue: 0, maxValue: 23 },
					default: 9,
					description: 'The hour of the day, 0 to 23',
				},
				{
					displayName: 'Time Zone',
					name: 'timeZone',
					type: 'string',
					default: '',
					placeholder: 'e.g. Europe/Berlin',
					description: "Leave it empty for the workflow's own time zone",
				},
			],
		},
	],
};

/** A key of the account: from a list, by its tag or by its address. */
export const keyField = (displayName = 'Session Key', name = 'sessionKey'): INodeProperties => ({
	displayName,
	name,
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'Which key of the smart account is meant',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchKeys', searchable: true },
		},
		{ displayName: 'By Tag', name: 'tag', type: 'string', placeholder: 'e.g. payroll' },
		{
			displayName: 'Address',
			name: 'address',
			type: 'string',
			placeholder: 'e.g. 0x952222...Afe5',
		},
	],
});

/** The address of a key that the account doesn't have yet. */
export const newKeyField = (displayName = 'Session Key', name = 'newSessionKey'): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 0x952222...Afe5',
	description:
		"The address of the agent's new key: the agent makes the key with Session Key > Key > Create and gives you the address. Never a private key.",
});

/** How often a limit is there again. */
export const refreshFields: INodeProperties[] = [
	{
		displayName: 'Renewed',
		name: 'refresh',
		type: 'options',
		options: [
			{ name: 'Custom', value: 'custom', description: 'After a time of your own' },
			{ name: 'Daily', value: 'daily' },
			{
				name: 'Every 28 Days',
				value: 'fourWeeks',
				description: 'For monthly payments: a longer time would miss some months',
			},
			{ name: 'Never', value: 'never', description: 'The limit is there once' },
			{ name: 'Weekly', value: 'weekly' },
		],
		default: 'never',
		description: 'When the full limit is there again, counted from the first payment of each window',
	},
	{
		displayName: 'Renewed After',
		name: 'refreshEvery',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 14,
		displayOptions: { show: { refresh: ['custom'] } },
		description: 'How many days, hours or minutes',
	},
	{
		displayName: 'Renewed After Unit',
		name: 'refreshUnit',
		type: 'options',
		options: [
			{ name: 'Days', value: 'days' },
			{ name: 'Hours', value: 'hours' },
			{ name: 'Minutes', value: 'minutes' },
		],
		default: 'days',
		displayOptions: { show: { refresh: ['custom'] } },
	},
];

const contractField: INodeProperties = {
	displayName: 'Contract',
	name: 'contract',
	type: 'string',
	default: '',
	placeholder: 'e.g. 0x036CbD...CF7e',
	description: 'The address of the contract',
};

/** Functions of a contract, by signature or picked from its ABI. */
const functionFields: INodeProperties[] = [
	{
		displayName: 'Functions Are Given By',
		name: 'functionSource',
		type: 'options',
		options: [
			{ name: 'ABI', value: 'abi', description: "Paste the contract's ABI and choose from a list" },
			{ name: 'Signature', value: 'signature', description: 'Type each function with its argument types' },
		],
		default: 'signature',
		displayOptions: { show: { change: ['putFunctions', 'takeFunctionsOff'] } },
	},
	{
		displayName: 'Functions',
		name: 'functions',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. transfer(address,uint256)',
		description: 'One a line. For plain payments of native currency to the contract, type receive().',
		displayOptions: { show: { change: ['putFunctions', 'takeFunctionsOff'], functionSource: ['signature'] } },
	},
	{
		displayName: 'ABI',
		name: 'abi',
		type: 'json',
		default: '[]',
		description: "The contract's ABI as its block explorer shows it (Contract > Code > Contract ABI)",
		displayOptions: { show: { change: ['putFunctions', 'takeFunctionsOff'], functionSource: ['abi'] } },
	},
	{
		displayName: 'Function Names or IDs',
		name: 'functionNames',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getAbiFunctions' },
		default: [],
		description:
			'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		displayOptions: { show: { change: ['putFunctions', 'takeFunctionsOff'], functionSource: ['abi'] } },
	},
];

/** Contracts on the list. Adding to a new key can only put; an update can also take off. */
export const contractListField = (canTakeOff: boolean): INodeProperties => ({
	displayName: 'Contract List',
	name: 'contracts',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	default: {},
	placeholder: 'Add contract',
	description:
		'Contracts on the list of the key: on an allowlist what it may call, on a denylist what it may not call. Tokens to pay with belong under Budgets.',
	options: [
		{
			displayName: 'Contract',
			name: 'values',
			values: [
				contractField,
				{
					displayName: 'On the List',
					name: 'change',
					type: 'options',
					options: [
						{
							name: 'Only These Functions',
							value: 'putFunctions',
							description: 'The contract is put on the list with these functions',
						},
						...(canTakeOff
							? [
									{
										name: 'Take the Contract Off',
										value: 'takeOff',
										description: 'The contract and its functions are taken off the list',
									},
									{
										name: 'Take These Functions Off',
										value: 'takeFunctionsOff',
										description: 'The contract stays on the list, without these functions',
									},
								]
							: []),
						{
							name: 'Whole Contract',
							value: 'putWhole',
							description: 'The contract is put on the list with every function that it has',
						},
					],
					default: 'putFunctions',
				},
				...functionFields,
			],
		},
	],
});

/** What the key may pay with, each with its limit. */
export const budgetsField: INodeProperties = {
	displayName: 'Budgets',
	name: 'budgets',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	default: {},
	placeholder: 'Add budget',
	description:
		'What the key may pay with, and how much. A token is allowed for payments (its transfer function) and nothing else, so that its limit holds.',
	options: [
		{
			displayName: 'Budget',
			name: 'values',
			values: [
				{ ...tokenField, description: 'What the key may pay with' },
				{
					displayName: 'Limit',
					name: 'amount',
					type: 'string',
					default: '',
					placeholder: 'e.g. 250.50',
					description: 'In whole units of the token, with a decimal point. It is never rounded.',
				},
				...refreshFields,
				{
					displayName: 'Allowed',
					name: 'functions',
					type: 'options',
					options: [
						{
							name: 'Every Function',
							value: 'all',
							description: 'Opens functions that the limit does not count: it can be got round',
						},
						{ name: 'Payments Only', value: 'transfer', description: 'Payments (transfer) and nothing else' },
					],
					default: 'transfer',
					description: 'What the key may do with a token. For native currency it makes no difference.',
				},
			],
		},
	],
};

/** Who may receive native currency. */
export const recipientsField: INodeProperties = {
	displayName: 'Native Recipients',
	name: 'recipients',
	type: 'string',
	typeOptions: { rows: 2 },
	default: '',
	placeholder: 'e.g. 0x1f9090...c326',
	description:
		'Only for a budget in native currency (ETH and the like): one address a line. The chain lets the key pay nobody else. Who receives a token can not be locked.',
};

/** What keeps a thief from burning the account's money as gas. */
const gasFields: INodeProperties[] = [
	{
		displayName: 'Gas Protection',
		name: 'gasProtection',
		type: 'options',
		options: [
			{
				name: 'Gas Limit',
				value: 'limit',
				description: "The account pays the gas, up to a limit. The key's payments then run one after another.",
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
		description: 'What keeps a thief of the key from burning native currency of the account as gas',
	},
	{
		displayName: 'Gas Limit',
		name: 'gasLimit',
		type: 'string',
		default: '',
		placeholder: 'e.g. 0.01',
		description:
			'In native currency, such as ETH. The chain counts the most that each payment could cost, so take several times what it really costs.',
		displayOptions: { show: { gasProtection: ['limit'] } },
	},
	{
		displayName: 'Gas Limit Renewed',
		name: 'gasRefresh',
		type: 'options',
		options: [
			{ name: 'Daily', value: 'daily' },
			{ name: 'Every 28 Days', value: 'fourWeeks' },
			{ name: 'Never', value: 'never', description: 'The limit is there once' },
			{ name: 'Weekly', value: 'weekly' },
		],
		default: 'fourWeeks',
		description: 'When the full gas limit is there again',
		displayOptions: { show: { gasProtection: ['limit'] } },
	},
	{
		displayName: 'Paymaster',
		name: 'paymaster',
		type: 'string',
		default: '',
		placeholder: 'e.g. 0x4Fd909...addc',
		description: 'The address of the paymaster contract on this network',
		displayOptions: { show: { gasProtection: ['paymaster'] } },
	},
];

export const validUntilField: INodeProperties = {
	displayName: 'Valid Until',
	name: 'validUntil',
	type: 'dateTime',
	default: '',
	description: 'When the key ends by itself. Leave it empty for a key that holds until you remove it.',
};

export const validFromField: INodeProperties = {
	displayName: 'Valid From',
	name: 'validFrom',
	type: 'dateTime',
	default: '',
	description: 'Before this moment the key can do nothing',
};

export const listTypeField: INodeProperties = {
	displayName: 'List Type',
	name: 'listType',
	type: 'options',
	options: [
		{ name: 'Allow All', value: 'allowAll', description: 'The list is not looked at: the key may call every contract' },
		{ name: 'Allowlist', value: 'allowlist', description: 'The key may call what is on the list, and nothing else' },
		{ name: 'Denylist', value: 'denylist', description: 'The key may call everything but what is on the list' },
	],
	default: 'allowlist',
	description: 'How the list is read. What stands on it stays, and is read in the new sense.',
};

/** Everything about a key that is to be added. */
export const newKeyFields: INodeProperties[] = [
	newKeyField(),
	{
		displayName: 'Tag',
		name: 'tag',
		type: 'string',
		default: '',
		placeholder: 'e.g. payroll',
		description:
			'A name by which you will know the key, up to 32 letters. It stands on the chain for everybody to read.',
	},
	budgetsField,
	recipientsField,
	...gasFields,
	validUntilField,
	{
		displayName: 'Further Permissions',
		name: 'further',
		type: 'collection',
		placeholder: 'Add permission',
		default: {},
		options: [contractListField(false), listTypeField, validFromField],
	},
];
