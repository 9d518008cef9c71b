import './quietN8n';
import 'reflect-metadata';
import { PollContext } from 'n8n-core';
import {
	NodeHelpers,
	Workflow,
	type IDataObject,
	type INode,
	type INodeType,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

/** A polling trigger in an n8n that can be restarted. */
export interface PollingN8n {
	/** One poll of the active workflow; what it would be started with, [] when it isn't. */
	poll(): Promise<IDataObject[]>;
	/** What "Execute step" shows in the editor. */
	sample(): Promise<IDataObject[]>;
	/** Everything that was only in memory is gone: as when the process is killed. */
	restart(): void;
	/** The workflow's static data as the database has it, as text. */
	saved(): string;
}

/**
 * Polls a node in n8n's own context. Static data is saved as 1.x does it: when the workflow is switched on, and together
 * with the items of a poll that has some; never after a poll without.
 */
export function pollingN8n(
	node: INodeType,
	parameters: IDataObject,
	credentials: Record<string, IDataObject>,
): PollingN8n {
	const { name } = node.description;
	const nodeTypes = {
		getByName: () => node,
		getByNameAndVersion: () => NodeHelpers.getVersionedNodeType(node),
		getKnownTypes: () => ({}),
	};
	const description: INode = {
		id: '1',
		name: 'Trigger',
		type: name,
		typeVersion: 1,
		position: [0, 0],
		parameters: parameters as INode['parameters'],
		credentials: Object.fromEntries(Object.keys(credentials).map((type) => [type, { id: type, name: type }])),
	};
	let database = '{}';
	let isOn = false;
	const start = () =>
		new Workflow({
			id: '1',
			nodes: [description],
			connections: {},
			active: true,
			nodeTypes,
			staticData: JSON.parse(database) as IDataObject,
		});
	let workflow = start();
	const run = async (mode: 'trigger' | 'manual'): Promise<IDataObject[]> => {
		const additionalData = { credentialsHelper: helper(credentials), currentNodeParameters: parameters };
		const context = new PollContext(
			workflow,
			workflow.getNode('Trigger') as INode,
			additionalData as unknown as IWorkflowExecuteAdditionalData,
			mode,
			'activate',
		);
		const data = await node.poll?.call(context);
		return (data?.[0] ?? []).map(({ json }) => json);
	};
	return {
		poll: async () => {
			const items = await run('trigger');
			if (items.length > 0 || !isOn) database = JSON.stringify(workflow.staticData);
			isOn = true;
			return items;
		},
		sample: () => run('manual'),
		restart: () => {
			workflow = start();
		},
		saved: () => database,
	};
}

function helper(credentials: Record<string, IDataObject>) {
	return {
		isCredentialUsableByNode: () => true,
		getDecrypted: async (_: unknown, __: unknown, type: string) => credentials[type],
		getParentTypes: () => [],
	};
}
