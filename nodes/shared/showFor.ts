import type { INodeProperties } from 'n8n-workflow';
import { propertiesOf, type Field } from './form';

/** The properties of fields, shown for some operations of one resource only. */
export function showFor(
	resource: string,
	operations: string | string[],
	fields: readonly (Field<unknown> | INodeProperties)[],
): INodeProperties[] {
	return propertiesOf(fields).map((property) => ({
		...property,
		displayOptions: {
			...property.displayOptions,
			show: { ...property.displayOptions?.show, resource: [resource], operation: [operations].flat() },
		},
	}));
}
