import type { HazardCode } from '../../../core/sessionKey/describe/hazards';
import { parseAmount } from '../../../core/input/amount';
import { parseBigNumber } from '../../../core/input/wholeNumber';
import { NATIVE_DECIMALS } from '../../../core/networks';
import {
	booleanField,
	collectionField,
	field,
	optionsField,
	orEmpty,
	wholeNumberField,
	type Field,
} from '../../shared/form';

/** What each hazard's tick is called. */
export const RISK_LABELS: Readonly<Record<HazardCode, string>> = {
	everyContract: 'Every Contract Allowed',
	gasWithoutLimit: 'Gas Without Limit',
	limitBelowUsed: 'Limit Below What Was Used',
	nativeWithoutLimit: 'Native Currency Without Limit',
	tokenFunctionsOpen: "Token's Other Functions Open",
	tokenWithoutLimit: 'Token Without Limit',
};

const RISK_DESCRIPTIONS: Readonly<Record<HazardCode, string>> = {
	everyContract: 'The list type lets the key call whatever is not named, or everything',
	gasWithoutLimit: 'Whoever holds the key can burn all native currency of the account as gas',
	limitBelowUsed: 'A new limit is below what was already used, so payments are refused at once',
	nativeWithoutLimit: 'The key may pay out all native currency of the account',
	tokenFunctionsOpen: 'A token has a limit, and functions stay open that the limit does not count',
	tokenWithoutLimit: 'A token is on the allowlist, and the key may pay out all of it',
};

export const dryRun = booleanField({
	displayName: 'Dry Run',
	name: 'dryRun',
	type: 'boolean',
	default: false,
	description:
		'Whether to only say what would be done, in plain sentences and with the gas. Nothing is signed or sent.',
});

/** In seconds. */
export const timeLimit = wholeNumberField({
	displayName: 'Time Limit',
	name: 'timeLimit',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 3600 },
	default: 120,
	description: 'Seconds to wait for the change to be in a block. After that the result is "pending".',
});

/** In wei. */
export const mostGasCost = orEmpty(
	field(
		{
			displayName: 'Maximum Gas Cost',
			name: 'mostGasCost',
			type: 'string',
			default: '',
			placeholder: 'e.g. 0.02',
			description:
				"The most that this change may cost in gas, in the chain's own money, such as ETH. Leave it empty for this network's usual limit.",
		},
		(given, name) => parseAmount(given, NATIVE_DECIMALS, name),
	),
);

/** Of an account whose owner signs elsewhere. */
export const salt = orEmpty(
	field(
		{
			displayName: 'Salt',
			name: 'salt',
			type: 'string',
			default: '0',
			displayOptions: { show: { '/signedBy': ['wallet', 'prepare'] } },
			description:
				'For an account that does not exist yet: a whole number. The same owner has another account for each salt; the first one has 0.',
		},
		parseBigNumber,
	),
);

/** The ticks for what hurts people who didn't mean it. */
export const acceptedRisks = optionsField<HazardCode>({
	displayName: 'Accepted Risks',
	name: 'acceptedRisks',
	type: 'multiOptions',
	default: [],
	options: (Object.keys(RISK_LABELS) as HazardCode[]).map((value) => ({
		name: RISK_LABELS[value],
		value,
		description: RISK_DESCRIPTIONS[value],
	})),
	description:
		'The risks that you have read about and accept. Without this, such a change is refused, and the refusal says why.',
});

/** The options of an operation, in the order of their names. */
export const optionsOf = (...fields: Field<unknown>[]) =>
	collectionField(
		{ displayName: 'Options', name: 'options', placeholder: 'Add option' },
		fields.sort((a, b) => a.property.displayName.localeCompare(b.property.displayName)),
	);

/** Dry Run, and the options of everything that changes something. */
export const changeFields = (...more: Field<unknown>[]) =>
	[dryRun, optionsOf(...more, mostGasCost, salt, timeLimit)] as const;
