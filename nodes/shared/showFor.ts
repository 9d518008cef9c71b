import type { INodeProperties } from 'n8n-workflow';

/** The same properties, shown for some operations of one resource only. */
export function showFor(
	resource: string,
	operations: string | string[],
	properties: INodeProperties[],
): INodeProperties[] {
	return properties.map((property) => ({
		...property,
		displayOptions: {
			...property.displayOptions,
			show: { ...property.displayOptions?.show, resource: [resource], operation: [operations].flat() },
		},
	}));
}
