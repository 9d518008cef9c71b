import type { INodeProperties } from 'n8n-workflow';
import { InputError } from '../../../core/errors';
import { parseNumber } from '../../../core/input/wholeNumber';
import { field, type Field } from '../form';

/**
 * How long a workflow waits for an answer on a page, in hours.
 *
 * @param whom who answers, as in `the owner`, and what they do, as in `sign`
 */
export function approveWithinField(
	{ whom, act }: { whom: string; act: string },
	more: Pick<INodeProperties, 'displayOptions'> = {},
): Field<number> {
	return field(
		{
			displayName: 'Approve Within (hours)',
			name: 'approveWithin',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 8760 },
			default: 24,
			...more,
			description: `How long the workflow waits for ${whom}. After that it goes on with "expired".`,
		},
		(given, name) => {
			const hours = parseNumber(given, name, 0, 8760);
			if (hours > 0) return hours;
			throw new InputError(
				name,
				`"${name}" is 0, so that nobody could ${act} in time`,
				`Type how many hours the workflow shall wait for ${whom}, e.g. 24.`,
			);
		},
	);
}
