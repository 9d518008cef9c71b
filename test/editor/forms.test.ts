import type { INodeTypeDescription } from 'n8n-workflow';
import type { WorkflowNode } from '../../demo/n8n';
import { SessionKey } from '../../nodes/SessionKey/SessionKey.node';
import { SessionKeyManager } from '../../nodes/SessionKeyManager/SessionKeyManager.node';
import { SessionKeyTrigger } from '../../nodes/SessionKeyTrigger/SessionKeyTrigger.node';
import { readOperations } from '../support/operations';
import { openEditor, type Editor } from './editor';
import { connect, type World } from './support/world';

jest.setTimeout(300_000);

const PACKAGE = 'n8n-nodes-session-keys';

let world: World;
let editor: Editor;

beforeAll(async () => {
	world = await connect();
	editor = await openEditor(world.url);
});

afterAll(() => editor?.close());

/** One node for each operation. */
function nodesFor({ name, defaults, properties }: INodeTypeDescription): WorkflowNode[] {
	const operations = readOperations({ properties } as INodeTypeDescription);
	return operations.map(({ resource, operation, action }, index) => ({
		name: action,
		type: `${PACKAGE}.${name}`,
		typeVersion: 1,
		position: [220 * (index % 6), 200 * Math.floor(index / 6)],
		parameters: { resource, operation },
		notes: defaults.name as string,
	}));
}

describe.each([new SessionKey().description, new SessionKeyManager().description])(
	'the forms of $displayName',
	(type) => {
		const nodes = nodesFor(type);
		let workflow: { id: string };

		beforeAll(async () => {
			workflow = await world.rest.createWorkflow({ name: `Forms of ${type.displayName}`, nodes, connections: {} });
			await editor.openWorkflow(workflow.id);
		});

		it.each(nodes)('$name', async ({ name, parameters }) => {
			const node = await editor.openNode(name);
			expect(await node.fields()).toEqual(expect.arrayContaining(['resource', 'operation']));
			await editor.screenshotForm(`form-${type.name}-${String(parameters.resource)}-${String(parameters.operation)}`);
			await node.close();
		});
	},
);

it('the form of Session Key Trigger', async () => {
	const { name, displayName } = new SessionKeyTrigger().description;
	const node: WorkflowNode = {
		name: displayName,
		type: `${PACKAGE}.${name}`,
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const { id } = await world.rest.createWorkflow({ name: displayName, nodes: [node], connections: {} });
	await editor.openWorkflow(id);
	await editor.openNode(displayName);
	await editor.screenshotForm(`form-${name}`);
});
