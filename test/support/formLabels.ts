import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';

type Nested = { displayName?: string; name?: string; options?: Nested[]; values?: Nested[] };

/** The names of fields, and of their choices, as a form shows them, those within others too. */
function labelsIn(fields: readonly Nested[]): string[] {
	return fields.flatMap(({ displayName, name, options = [], values = [] }) => [
		...(displayName ? [displayName] : name ? [name] : []),
		...labelsIn(options),
		...labelsIn(values),
	]);
}

/** The fields that a form may show for one operation. */
function formOf({ properties }: INodeTypeDescription, resource: string, operation: string): INodeProperties[] {
	const isFor = (wanted: readonly unknown[] | undefined, value: string) => !wanted || wanted.includes(value);
	return properties.filter(({ displayOptions: { show } = {} }) => {
		const { resource: resources, operation: operations } = (show ?? {}) as Record<string, unknown[] | undefined>;
		return isFor(resources, resource) && isFor(operations, operation);
	});
}

/** What a message names in quotes as a field of the node, and the form of this operation doesn't have. */
export function strangeFields(
	node: INodeTypeDescription,
	[resource, operation]: readonly [resource: string, operation: string],
	message: string,
): string[] {
	const everywhere = new Set(labelsIn(node.properties as Nested[]));
	const here = new Set(labelsIn(formOf(node, resource, operation) as Nested[]));
	return [...message.matchAll(/"([A-Z][^"]*)"/g)]
		.map(([, name = '']) => name)
		.filter((name) => everywhere.has(name) && !here.has(name));
}
