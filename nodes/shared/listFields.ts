import { booleanField, wholeNumberField, type Form } from './form';

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

/** Whether something is told in short. */
export const simplify = booleanField({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
});
