import type { IDataObject, IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { formOf, type Form } from './form';

/** One item's run of an operation. A node adds with what it is run. */
export interface ItemRun {
	context: IExecuteFunctions;
	itemIndex: number;
}

/** What this item's form holds. */
export function formIn({ context, itemIndex }: ItemRun): Form {
	return formOf(context, itemIndex);
}

/** An operation: the fields of its form, and what it does. What else it needs, each node's operations say by flags. */
export interface Operation<R, T = IDataObject | IDataObject[]> {
	description: INodeProperties[];
	execute(run: R): Promise<T>;
}

/** A resource: what it is called, and its operations in the order in which the form lists them. */
export interface Resource<O> {
	name: string;
	value: string;
	/** The operation that the form begins with. */
	default: string;
	operations: readonly { option: OperationOption; operation: O }[];
}

/** What the form's list says of an operation. */
type OperationOption = INodePropertyOptions & { value: string; action: string; description: string };

/** The list of resources, and for each the list of its operations. */
export function chooserOf<O>(resources: readonly Resource<O>[], standard: string): INodeProperties[] {
	const list = { type: 'options', noDataExpression: true } as const;
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			...list,
			options: resources.map(({ name, value }) => ({ name, value })),
			default: standard,
		},
		...resources.map((resource) => ({
			displayName: 'Operation',
			name: 'operation',
			...list,
			displayOptions: { show: { resource: [resource.value] } },
			options: resource.operations.map(({ option }) => option),
			default: resource.default,
		})),
	];
}

/** The fields of every operation. */
export function fieldsOf(resources: readonly Resource<{ description: INodeProperties[] }>[]): INodeProperties[] {
	return resources.flatMap(({ operations }) => operations.flatMap(({ operation }) => operation.description));
}

/** The operations by resource and name. */
export function byName<O>(resources: readonly Resource<O>[]): Record<string, Record<string, O>> {
	return Object.fromEntries(
		resources.map(({ value, operations }) => [
			value,
			Object.fromEntries(operations.map(({ option, operation }) => [option.value, operation])),
		]),
	);
}
