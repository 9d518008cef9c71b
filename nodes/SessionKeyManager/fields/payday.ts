import type { INodeProperties } from 'n8n-workflow';
import { parseTimeZone } from '../../../core/input/date';
import type { Payday } from '../../../core/sessionKey/describe/forecastPaydays';
import {
	field,
	formIn,
	objectIn,
	orEmpty,
	propertiesOf,
	wholeNumberField,
	type Field,
	type Form,
} from '../../shared/form';

const dayOfMonth = wholeNumberField({
	displayName: 'Day of Month',
	name: 'dayOfMonth',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 31 },
	default: 1,
	description: 'In shorter months, the last day is used',
});

const hour = wholeNumberField({
	displayName: 'Hour',
	name: 'hour',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 23 },
	default: 9,
	description: 'The hour of the day, 0 to 23',
});

const timeZone = orEmpty(
	field(
		{
			displayName: 'Time Zone',
			name: 'timeZone',
			type: 'string',
			default: '',
			placeholder: 'e.g. Europe/Berlin',
			description: "Leave it empty for the workflow's own time zone",
		},
		parseTimeZone,
	),
);

const property: INodeProperties = {
	displayName: 'Payday',
	name: 'payday',
	type: 'fixedCollection',
	default: {},
	placeholder: 'Add payday',
	description:
		'Lists which of the next 24 paydays a payment of the full limit would miss, because months differ in length',
	options: [{ displayName: 'Payday', name: 'day', values: propertiesOf([dayOfMonth, hour, timeZone]) }],
};

/** When salaries are paid, to tell which of them a limit would miss; undefined when it was not said. */
export const payday: Field<Payday | undefined> = field(property, (given, name, zone) => {
	const { day } = objectIn(given, name);
	return day === undefined ? undefined : toPayday(formIn(objectIn(day, name), zone));
});

function toPayday(form: Form): Payday {
	return {
		dayOfMonth: form.get(dayOfMonth),
		hour: form.get(hour),
		timeZone: form.get(timeZone) ?? form.timeZone,
	};
}
