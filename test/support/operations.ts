import type { INodeProperties, INodePropertyOptions, INodeTypeDescription } from 'n8n-workflow';

/** An operation as a node offers it. */
export interface Offered {
	/** What a workflow holds. */
	resource: string;
	operation: string;
	/** What the form shows, such as `Key > Finish Rotation`. */
	path: string;
	/** What the node creator calls it. */
	action: string;
}

/** Every operation of a node. */
export function readOperations({ properties }: INodeTypeDescription): Offered[] {
	const resources = optionsOf(properties.find(({ name }) => name === 'resource'));
	return resources.flatMap((resource) => {
		const isItsList = ({ name, displayOptions }: INodeProperties) =>
			name === 'operation' && displayOptions?.show?.resource?.includes(resource.value);
		return optionsOf(properties.find(isItsList)).map(({ name, value, action }) => ({
			resource: String(resource.value),
			operation: String(value),
			path: `${resource.name} > ${name}`,
			action: String(action),
		}));
	});
}

function optionsOf(field?: INodeProperties): INodePropertyOptions[] {
	return (field?.options ?? []) as INodePropertyOptions[];
}
