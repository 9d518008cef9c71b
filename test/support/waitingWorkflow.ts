import { additionalData } from './runNode';
import { WebhookContext, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	NodeConnectionTypes,
	NodeHelpers,
	Workflow,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeType,
	type IRunExecutionData,
	type IWebhookData,
} from 'n8n-workflow';
import { SessionKeyManager } from '../../nodes/SessionKeyManager/SessionKeyManager.node';

/** What came of a visit to the resume address. */
export interface Answered {
	status: number;
	body: string | IDataObject;
}

/** A workflow in n8n's engine, in this process: Link, then Change, which waits. */
export interface WaitingWorkflow {
	/** What Get Approval Link gave. */
	url: string;
	/** When n8n would go on by itself. */
	waitTill: Date | undefined;
	/** What n8n stores while it waits. */
	stored: string;
	/** Somebody comes to the address; with a body it is a POST. The workflow goes on when the node says so. */
	visit(query: IDataObject, body?: IDataObject): Promise<Answered>;
	/** The time is over: what n8n's wait tracker does. */
	expire(): Promise<void>;
	/** The items that Change gave out; undefined while it waits. */
	result(): IDataObject[] | undefined;
}

/**
 * Starts it and lets it come to its waiting.
 * @param items what the waiting node gets; left out: one that is empty
 * @param resumeToken the secret that n8n 2 puts into the address; left out: as in n8n 1, which has none
 */
export async function startWaiting(
	parameters: IDataObject,
	credentials: Record<string, IDataObject>,
	resumeToken?: string,
	{
		node: waiting = new SessionKeyManager() as INodeType,
		items = [{}],
	}: { node?: INodeType; items?: IDataObject[] } = {},
): Promise<WaitingWorkflow> {
	const workflow = workflowOf(waiting, parameters, credentials, items);
	const more = { ...additionalData(credentials, workflow), setExecutionStatus: () => undefined };
	const entry = { node: workflow.getNode('Link')!, data: { main: [[{ json: {} }]] }, source: null };
	const first = createRunExecutionData({ executionData: { nodeExecutionStack: [entry] } });
	first.resumeToken = resumeToken;
	const started = await new WorkflowExecute(more, 'trigger', first).processRunExecutionData(workflow);
	const { error, runData } = started.data.resultData;
	if (error) throw error;
	// As from the database.
	const stored = JSON.stringify(started.data);
	const asStored = () => JSON.parse(stored) as IRunExecutionData;
	const itemsOf = (data: IRunExecutionData) =>
		data.resultData.runData.Change?.at(-1)?.data?.main?.[0]?.map(({ json }) => json);
	// A node that needn't wait has its items already.
	let result = started.waitTill ? undefined : itemsOf(started.data);
	const goOn = async (data: IRunExecutionData) => {
		const finished = await new WorkflowExecute(more, 'trigger', data).processRunExecutionData(workflow);
		result = itemsOf(finished.data);
	};
	return {
		url: String(runData.Link?.[0]?.data?.main?.[0]?.[0]?.json.approvalUrl),
		waitTill: started.waitTill ?? undefined,
		stored,
		result: () => result,
		expire: () => goOn({ ...asStored(), waitTill: new Date() }),
		visit: async (query, body) => {
			const answered: Answered = { status: 0, body: '' };
			const data = asStored();
			const request = { method: body ? 'POST' : 'GET', query, body: body ?? {}, headers: {}, params: {} };
			const withRequest = { ...more, httpRequest: request, httpResponse: responseInto(answered) };
			const node = workflow.getNode('Change') as INode;
			const webhook = { webhookDescription: { name: 'default' } } as IWebhookData;
			const context = new WebhookContext(workflow, node, withRequest as never, 'trigger', webhook, [], data);
			const { workflowData } = await (waiting.webhook as NonNullable<INodeType['webhook']>).call(context);
			if (workflowData) await goOn(resumed(data, workflowData[0] as INodeExecutionData[]));
			return answered;
		},
	};
}

/** What n8n's webhook helpers do to the execution: the node is passed over, and its items are the answer. */
function resumed(data: IRunExecutionData, items: INodeExecutionData[]): IRunExecutionData {
	const [entry] = data.executionData!.nodeExecutionStack;
	entry!.node.disabled = true;
	entry!.data.main = [items];
	data.resultData.runData[data.resultData.lastNodeExecuted!]!.pop();
	delete data.waitTill;
	return data;
}

function responseInto(answered: Answered) {
	const response = {
		status: (status: number) => ((answered.status = status), response),
		set: () => response,
		type: () => response,
		send: (text: string) => (answered.body = text),
		json: (json: IDataObject) => (answered.body = json),
	};
	return response;
}

function workflowOf(
	waiting: INodeType,
	parameters: IDataObject,
	credentials: Record<string, IDataObject>,
	items: IDataObject[],
): Workflow {
	const link = new SessionKeyManager() as INodeType;
	const types = [link, itemsNode(items), waiting];
	const byName = (name: string) => types.find(({ description }) => description.name === name) as INodeType;
	const nodeTypes = {
		getByName: byName,
		getByNameAndVersion: (name: string) => NodeHelpers.getVersionedNodeType(byName(name)),
		getKnownTypes: () => ({}),
	};
	const node = (id: string, name: string, type: INodeType, given: IDataObject): INode => ({
		id,
		name,
		type: type.description.name,
		typeVersion: 1,
		position: [0, 0],
		parameters: given as INode['parameters'],
		credentials: Object.fromEntries(Object.keys(credentials).map((one) => [one, { id: one, name: one }])),
	});
	const to = (name: string) => ({ main: [[{ node: name, type: NodeConnectionTypes.Main, index: 0 }]] });
	return new Workflow({
		id: '1',
		name: 'Payroll',
		nodes: [
			node('1', 'Link', link, { resource: 'account', operation: 'getApprovalLink' }),
			node('2', 'Items', types[1] as INodeType, {}),
			node('3', 'Change', waiting, parameters),
		],
		connections: { Link: to('Items'), Items: to('Change') },
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1' },
	});
}

/** Gives out items, as a sheet would. */
function itemsNode(items: IDataObject[]): INodeType {
	return {
		description: {
			displayName: 'Items',
			name: 'items',
			group: ['transform'],
			version: 1,
			description: '',
			defaults: {},
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			properties: [],
		},
		execute: async () => [items.map((json) => ({ json }))],
	};
}
