import { additionalData } from './runNode';
import { WebhookContext, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	NodeConnectionTypes,
	NodeHelpers,
	Workflow,
	type IDataObject,
	type INode,
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
 * @param resumeToken the secret that n8n 2 puts into the address; left out: as in n8n 1, which has none
 */
export async function startWaiting(
	parameters: IDataObject,
	credentials: Record<string, IDataObject>,
	resumeToken?: string,
): Promise<WaitingWorkflow> {
	const workflow = workflowOf(parameters, credentials);
	const more = { ...additionalData(credentials, workflow), setExecutionStatus: () => undefined };
	const entry = { node: workflow.getNode('Link')!, data: { main: [[{ json: {} }]] }, source: null };
	const first = createRunExecutionData({ executionData: { nodeExecutionStack: [entry] } });
	first.resumeToken = resumeToken;
	const started = await new WorkflowExecute(more, 'trigger', first).processRunExecutionData(workflow);
	const { error, runData } = started.data.resultData;
	if (error) throw error;
	// As from the database.
	const stored = JSON.stringify(started.data);
	const waiting = () => JSON.parse(stored) as IRunExecutionData;
	let result: IDataObject[] | undefined;
	const goOn = async (data: IRunExecutionData) => {
		const finished = await new WorkflowExecute(more, 'trigger', data).processRunExecutionData(workflow);
		result = finished.data.resultData.runData.Change?.at(-1)?.data?.main?.[0]?.map(({ json }) => json);
	};
	return {
		url: String(runData.Link?.[0]?.data?.main?.[0]?.[0]?.json.approvalUrl),
		waitTill: started.waitTill ?? undefined,
		stored,
		result: () => result,
		expire: () => goOn({ ...waiting(), waitTill: new Date() }),
		visit: async (query, body) => {
			const answered: Answered = { status: 0, body: '' };
			const data = waiting();
			const request = { method: body ? 'POST' : 'GET', query, body: body ?? {}, headers: {}, params: {} };
			const withRequest = { ...more, httpRequest: request, httpResponse: responseInto(answered) };
			const node = workflow.getNode('Change') as INode;
			const webhook = { webhookDescription: { name: 'default' } } as IWebhookData;
			const context = new WebhookContext(workflow, node, withRequest as never, 'trigger', webhook, [], data);
			const { workflowData } = await new SessionKeyManager().webhook.call(context);
			if (workflowData) await goOn(resumed(data, workflowData[0]?.[0]?.json as IDataObject));
			return answered;
		},
	};
}

/** What n8n's webhook helpers do to the execution: the node is passed over, and its items are the answer. */
function resumed(data: IRunExecutionData, json: IDataObject): IRunExecutionData {
	const [entry] = data.executionData!.nodeExecutionStack;
	entry!.node.disabled = true;
	entry!.data.main = [[{ json, pairedItem: { item: 0 } }]];
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

function workflowOf(parameters: IDataObject, credentials: Record<string, IDataObject>): Workflow {
	const manager = new SessionKeyManager() as INodeType;
	const nodeTypes = {
		getByName: () => manager,
		getByNameAndVersion: () => NodeHelpers.getVersionedNodeType(manager),
		getKnownTypes: () => ({}),
	};
	const node = (id: string, name: string, given: IDataObject): INode => ({
		id,
		name,
		type: 'sessionKeyManager',
		typeVersion: 1,
		position: [0, 0],
		parameters: given as INode['parameters'],
		credentials: Object.fromEntries(Object.keys(credentials).map((type) => [type, { id: type, name: type }])),
	});
	return new Workflow({
		id: '1',
		nodes: [node('1', 'Link', { resource: 'account', operation: 'getApprovalLink' }), node('2', 'Change', parameters)],
		connections: { Link: { main: [[{ node: 'Change', type: NodeConnectionTypes.Main, index: 0 }]] } },
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1' },
	});
}
