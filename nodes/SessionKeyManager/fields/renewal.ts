import { optionField, wholeNumberField, type Form } from '../../shared/form';

const SECONDS = { never: 0, daily: 86_400, sixDays: 518_400, weekly: 604_800, fourWeeks: 2_419_200 };
const UNIT_SECONDS = { minutes: 60, hours: 3600, days: 86_400 };

type Renewal = keyof typeof SECONDS | 'custom';

const RENEWALS = [
	{ name: 'Custom', value: 'custom', description: 'After a time that you choose' },
	{ name: 'Daily', value: 'daily' },
	{
		name: 'Every 28 Days',
		value: 'fourWeeks',
		description: 'For monthly payments: a longer time would miss some months',
	},
	{
		name: 'Every 6 Days',
		value: 'sixDays',
		description: 'For weekly payments: the window is open again before the same hour of the next week',
	},
	{ name: 'Never', value: 'never', description: 'Once it is used up, it stays used up' },
	{
		name: 'Weekly',
		value: 'weekly',
		description:
			'Seven days after the payment that opened the window, to the second. A schedule at the same hour each week comes some seconds too early and is refused: use Every 6 Days for that, or twice the amount.',
	},
];

const RENEWED = {
	displayName: 'Renewed',
	name: 'refresh',
	type: 'options' as const,
	description: 'When the full limit is available again, counted from the first payment of each window',
};

const renewed = optionField<Renewal>({ ...RENEWED, options: RENEWALS, default: 'never' });

const KEEP = {
	name: 'Keep As It Is',
	value: 'keep',
	description: 'As often as the limit is renewed now. A limit that is new is not renewed.',
};

const renewedFromNowOn = optionField<Renewal | 'keep'>({
	...RENEWED,
	options: [...RENEWALS.slice(0, 4), KEEP, ...RENEWALS.slice(4)],
	default: 'keep',
});

const every = wholeNumberField({
	displayName: 'Renewed After',
	name: 'refreshEvery',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 14,
	displayOptions: { show: { refresh: ['custom'] } },
	description: 'How many days, hours or minutes',
});

const unit = optionField<keyof typeof UNIT_SECONDS>({
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
});

/** How often a limit is there again. */
export const renewalFields = [renewed, every, unit];

/** Reads `renewalFields`, in seconds; 0 is never. */
export function renewalIn(form: Form): number {
	return secondsOf(form, form.get(renewed));
}

/** The same for a limit that is there: unless somebody chooses, nothing changes about how often it is renewed. */
export const changedRenewalFields = [renewedFromNowOn, every, unit];

/** Reads `changedRenewalFields`, in seconds; undefined: as it is. */
export function changedRenewalIn(form: Form): number | undefined {
	const how = form.get(renewedFromNowOn);
	return how === 'keep' ? undefined : secondsOf(form, how);
}

function secondsOf(form: Form, how: Renewal): number {
	return how === 'custom' ? form.get(every) * UNIT_SECONDS[form.get(unit)] : SECONDS[how];
}

const gasRenewed = optionField<Exclude<Renewal, 'custom' | 'sixDays'>>({
	displayName: 'Gas Budget Renewed',
	name: 'gasRefresh',
	type: 'options',
	options: [
		{ name: 'Daily', value: 'daily' },
		{ name: 'Every 28 Days', value: 'fourWeeks' },
		{ name: 'Never', value: 'never', description: 'Once it is used up, it stays used up' },
		{ name: 'Weekly', value: 'weekly' },
	],
	default: 'fourWeeks',
	description: 'When the full gas budget is available again',
	displayOptions: { show: { gasProtection: ['limit'] } },
});

/** How often a gas limit is there again. */
export const gasRenewalField = gasRenewed;

/** Reads `gasRenewalField`, in seconds. */
export function gasRenewalIn(form: Form): number {
	return SECONDS[form.get(gasRenewed)];
}
