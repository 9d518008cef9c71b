import { parseReferences } from '../../core/input/reference';
import { booleanField, field, wholeNumberField, type Form } from './form';

const returnAll = booleanField({
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
});

const limit = wholeNumberField({
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	description: 'Max number of results to return',
	displayOptions: { show: { returnAll: [false] } },
});

/** How many results are wanted. */
export const limitFields = [returnAll, limit];

/** Reads `limitFields`: undefined is all of them. */
export function limitIn(form: Form): number | undefined {
	return form.get(returnAll) ? undefined : form.get(limit);
}

/** Texts whose hashes are recognised on the chain. */
export const knownReferences = field(
	{
		displayName: 'References to Recognise',
		name: 'references',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: 'e.g. salary/2026-11/anna',
		description:
			'Payment references, one a line, or a list of them: payments under these show the text. The others show the hash, which is what the chain keeps unless they were sent with Reference on Chain: Readable Text.',
	},
	parseReferences,
);

/** Whether something is told in short. */
export const simplify = booleanField({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
});
