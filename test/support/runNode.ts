import './quietN8n';
import 'reflect-metadata';
import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	NodeConnectionTypes,
	NodeHelpers,
	safeRegex,
	Workflow,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeType,
	type IWorkflowBase,
	type IWorkflowExecuteAdditionalData,
	type NodeApiError,
	type NodeOperationError,
} from 'n8n-workflow';

/** n8n gives a regular expression a quarter of a second by the clock: on a busy machine even a simple one takes longer. */
Object.assign(safeRegex, {
	exec: (pattern, input, flags) => new RegExp(pattern, flags).exec(input),
	test: (pattern, input, flags) => new RegExp(pattern, flags).test(input),
	replace: (pattern, input, flags, replacement) => input.replace(new RegExp(pattern, flags), replacement),
} satisfies Partial<typeof safeRegex>);

/** What a node is run with. */
export interface NodeRun {
	parameters: IDataObject;
	/** Decrypted, by credential type. */
	credentials: Record<string, IDataObject>;
	/** What their expressions give for one item, where that is something else. */
	credentialsOfItem?: (type: string, itemIndex: number) => IDataObject | undefined;
	/** Left out: one empty item. */
	items?: IDataObject[];
	/** Goes on with an item that says why, as "On Error: Continue" does. */
	continueOnFail?: boolean;
	timezone?: string;
}

/** What came of it. */
export interface NodeRunResult {
	/** The items of the first output. */
	items: INodeExecutionData[];
	/** What the person would see; undefined when the node went through. */
	error?: NodeApiError | NodeOperationError;
	/** Everything that n8n would store of the execution, as text: no secret may be in it. */
	stored: string;
}

/** Gives its items to the node under test, in place of a trigger. */
function source(items: IDataObject[]): INodeType {
	return {
		description: {
			displayName: 'Source',
			name: 'source',
			group: ['trigger'],
			version: 1,
			description: '',
			defaults: {},
			inputs: [],
			outputs: [NodeConnectionTypes.Main],
			properties: [],
		},
		execute: async () => [items.map((json) => ({ json }))],
	};
}

/** Runs a node in n8n's own engine, in this process: expressions, defaults, credentials and items as in n8n. */
export async function runNode(node: INodeType, run: NodeRun): Promise<NodeRunResult> {
	const { name, version } = node.description;
	const types: Record<string, INodeType> = { source: source(run.items ?? [{}]), [name]: node };
	const nodeTypes = {
		getByName: (type: string) => types[type] as INodeType,
		getByNameAndVersion: (type: string) => NodeHelpers.getVersionedNodeType(types[type] as INodeType),
		getKnownTypes: () => ({}),
	};
	const place = { typeVersion: version as number, position: [0, 0] as [number, number] };
	const nodes: INode[] = [
		{ id: '1', name: 'Source', type: 'source', parameters: {}, ...place, typeVersion: 1 },
		{
			id: '2',
			name: 'Node',
			type: name,
			parameters: run.parameters as INode['parameters'],
			credentials: Object.fromEntries(Object.keys(run.credentials).map((type) => [type, { id: type, name: type }])),
			...(run.continueOnFail && { onError: 'continueRegularOutput' }),
			...place,
		},
	];
	const connections = { Source: { main: [[{ node: 'Node', type: NodeConnectionTypes.Main, index: 0 }]] } };
	const settings = { executionOrder: 'v1' as const, timezone: run.timezone ?? 'UTC' };
	const workflow = new Workflow({ id: '1', nodes, connections, active: false, nodeTypes, settings });
	const data = additionalData(run.credentials, workflow, run.credentialsOfItem);
	const finished = await new WorkflowExecute(data, 'trigger', createRunExecutionData()).run({
		workflow,
		startNode: nodes[0],
	});
	const { runData, error } = finished.data.resultData;
	const last = runData.Node?.[0];
	const found = (last?.error ?? error) as NodeRunResult['error'];
	const stored = JSON.stringify([finished, { message: found?.message, stack: found?.stack, ...found }]);
	return { items: last?.data?.main?.[0] ?? [], error: found, stored };
}

/** What n8n gives every run beside the workflow. */
export function additionalData(
	credentials: Record<string, IDataObject>,
	{ id, name = '', nodes, connectionsBySourceNode: connections }: Workflow,
	ofItem: NodeRun['credentialsOfItem'] = () => undefined,
): IWorkflowExecuteAdditionalData {
	const url = 'http://127.0.0.1:5678';
	const base = { id, name, nodes: Object.values(nodes), connections, active: false };
	return {
		credentialsHelper: {
			isCredentialUsableByNode: () => true,
			getDecrypted: async (_: unknown, __: unknown, type: string, ...more: unknown[]) => {
				const { itemIndex = 0 } = (more[3] ?? {}) as { itemIndex?: number };
				return ofItem(type, itemIndex) ?? credentials[type];
			},
			updateCredentials: async (_: unknown, type: string, data: IDataObject) => {
				credentials[type] = data;
			},
			getParentTypes: () => [],
		},
		hooks: new ExecutionLifecycleHooks('trigger', '1', base as unknown as IWorkflowBase),
		currentNodeExecutionIndex: 0,
		executionId: '1',
		variables: {},
		restApiUrl: url,
		instanceBaseUrl: url,
		formBaseUrl: url,
		formWaitingBaseUrl: url,
		formTestBaseUrl: url,
		webhookBaseUrl: url,
		webhookWaitingBaseUrl: url,
		webhookTestBaseUrl: url,
		mcpBaseUrl: url,
		mcpTestBaseUrl: url,
		logAiEvent: () => undefined,
	} as unknown as IWorkflowExecuteAdditionalData;
}
