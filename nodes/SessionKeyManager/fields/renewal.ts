import { optionField, wholeNumberField, type Form } from '../../shared/form';

const SECONDS = { never: 0, daily: 86_400, weekly: 604_800, fourWeeks: 2_419_200 };
const UNIT_SECONDS = { minutes: 60, hours: 3600, days: 86_400 };

const renewed = optionField<keyof typeof SECONDS | 'custom'>({
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
	const how = form.get(renewed);
	return how === 'custom' ? form.get(every) * UNIT_SECONDS[form.get(unit)] : SECONDS[how];
}

const gasRenewed = optionField<keyof typeof SECONDS>({
	displayName: 'Gas Budget Renewed',
	name: 'gasRefresh',
	type: 'options',
	options: [
		{ name: 'Daily', value: 'daily' },
		{ name: 'Every 28 Days', value: 'fourWeeks' },
		{ name: 'Never', value: 'never', description: 'The limit is there once' },
		{ name: 'Weekly', value: 'weekly' },
	],
	default: 'fourWeeks',
	description: 'When the full gas budget is there again',
	displayOptions: { show: { gasProtection: ['limit'] } },
});

/** How often a gas limit is there again. */
export const gasRenewalField = gasRenewed;

/** Reads `gasRenewalField`, in seconds. */
export function gasRenewalIn(form: Form): number {
	return SECONDS[form.get(gasRenewed)];
}
