import { parse } from 'flatted';
import { setTimeout as sleep } from 'node:timers/promises';

/** The only user of an n8n that was started here. It listens on this machine alone and holds play money. */
export const OWNER = { email: 'owner@example.com', password: 'Session-Keys-1', firstName: 'Demo', lastName: 'Owner' };

/** A workflow as n8n exports and imports it. */
export interface Workflow {
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
	[more: string]: unknown;
}

/** A node in a workflow. */
export interface WorkflowNode {
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
	[more: string]: unknown;
}

/** A credential as it is typed into the form. */
export interface Credential {
	name: string;
	type: string;
	data: Record<string, unknown>;
}

/** What came of running a workflow. */
export interface Execution {
	id: string;
	/** new, running, waiting, success, error, canceled or crashed. */
	status: string;
	finished: boolean;
	/** What stopped it, if something did. */
	error?: { message: string; description?: string; node?: string };
	/** The items that a node gave out, for each of its runs one after the other; [] when it didn't run. */
	output(node: string, outputIndex?: number): Item[];
	/** Everything n8n recorded. */
	data: ExecutionData;
}

/** One item's JSON. */
export type Item = Record<string, unknown>;

interface ExecutionError {
	message: string;
	description?: string;
	node?: { name: string };
}

interface ExecutionData {
	resultData: {
		runData: Record<string, Array<{ data?: { main?: Array<Array<{ json: Item }> | null> }; error?: ExecutionError }>>;
		error?: ExecutionError;
		lastNodeExecuted?: string;
	};
}

/** n8n's internal REST interface, which its editor uses, as one signed-in user. */
export interface Rest {
	/** Any request. `path` goes after `/rest`; gives what the answer holds as `data`. Throws n8n's own message. */
	request<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
	createCredential(credential: Credential): Promise<{ id: string; name: string }>;
	/** The same as the form's own test of a saved credential: status is 'OK' or 'Error'. */
	testCredential(credential: Credential & { id: string }): Promise<{ status: string; message: string }>;
	createWorkflow(workflow: Workflow): Promise<{ id: string; versionId: string }>;
	/** Runs a workflow by hand from one of its triggers and gives the execution's id. */
	run(workflowId: string, trigger: string): Promise<string>;
	/** Publishes a workflow: its schedule, polling or webhooks work from now on. */
	activate(workflowId: string): Promise<void>;
	deactivate(workflowId: string): Promise<void>;
	/** Newest first. */
	executions(workflowId: string): Promise<Array<{ id: string; status: string; mode: string }>>;
	execution(id: string): Promise<Execution>;
	/** Waits until an execution has come to an end, or waits for something itself. */
	waitForExecution(id: string, seconds?: number): Promise<Execution>;
	/** `run` and `waitForExecution`. */
	runAndWait(workflowId: string, trigger: string, seconds?: number): Promise<Execution>;
}

/**
 * Signs in, and makes the owner's account first if n8n has none yet.
 *
 * @example
 * const rest = await signIn(server.url);
 * const { id } = await rest.createWorkflow(workflow);
 * const execution = await rest.runAndWait(id, 'Manual Trigger');
 * execution.output('Session Key');
 */
export async function signIn(url: string, owner = OWNER): Promise<Rest> {
	// n8n ties a session to the browser that began it, which tells itself by this header.
	const headers = { 'content-type': 'application/json', 'browser-id': 'n8n-nodes-session-keys' };
	const settings = (await (await send(url, 'GET', '/settings', headers)).json()) as Settings;
	const isNew = settings.data.userManagement.showSetupOnFirstLoad;
	const body = { ...owner, emailOrLdapLoginId: owner.email };
	const answer = await send(url, 'POST', isNew ? '/owner/setup' : '/login', headers, body);
	const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('n8n-auth='));
	if (!cookie) throw new Error('n8n gave no session');
	return restClient(url, { ...headers, cookie: cookie.split(';')[0] ?? '' });
}

interface Settings {
	data: { userManagement: { showSetupOnFirstLoad: boolean } };
}

type Headers = Record<string, string>;

async function send(url: string, method: string, path: string, headers: Headers, body?: unknown): Promise<Response> {
	const ask = (): Promise<Response> =>
		fetch(`${url}/rest${path}`, { method, headers, body: body && JSON.stringify(body) } as RequestInit);
	// n8n may close an idle connection in the moment in which it is used again.
	const answer = await ask().catch((error: unknown) => (method === 'GET' ? ask() : Promise.reject(error)));
	if (answer.ok) return answer;
	const text = await answer.text();
	throw new Error(`n8n: ${method} ${path}: ${answer.status} ${text.slice(0, 1000)}`);
}

function restClient(url: string, headers: Headers): Rest {
	const request = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
		const answer = await send(url, method, path, headers, body);
		return ((await answer.json()) as { data: T }).data;
	};
	const execution = async (id: string): Promise<Execution> => readExecution(await request('GET', `/executions/${id}`));
	const run = async (workflowId: string, trigger: string): Promise<string> => {
		// 2.x runs what is saved; 1.x wants to be told.
		const workflowData = await request('GET', `/workflows/${workflowId}`);
		const body = { workflowData, triggerToStartFrom: { name: trigger } };
		return (await request<{ executionId: string }>('POST', `/workflows/${workflowId}/run`, body)).executionId;
	};
	const waitForExecution = async (id: string, seconds = 60): Promise<Execution> => {
		for (const deadline = Date.now() + seconds * 1000; ; await sleep(200)) {
			const found = await execution(id);
			const hasEnded = !['new', 'running', 'unknown'].includes(found.status);
			// 1.x writes the status first and the results a moment later.
			if (hasEnded && (found.data.resultData || Date.now() > deadline)) return found;
			if (Date.now() > deadline) throw new Error(`execution ${id} is still ${found.status} after ${seconds} s`);
		}
	};
	return {
		request,
		createCredential: (credential) => request('POST', '/credentials', credential),
		testCredential: (credentials) => request('POST', '/credentials/test', { credentials }),
		createWorkflow: (workflow) => request('POST', '/workflows', { active: false, settings: {}, ...workflow }),
		run,
		activate: (workflowId) => activate(request, workflowId),
		deactivate: (workflowId) => deactivate(request, workflowId),
		executions: async (workflowId) => {
			const filter = encodeURIComponent(JSON.stringify({ workflowId }));
			return (await request<{ results: [] }>('GET', `/executions?filter=${filter}`)).results;
		},
		execution,
		waitForExecution,
		runAndWait: async (workflowId, trigger, seconds) => waitForExecution(await run(workflowId, trigger), seconds),
	};
}

/** 2.x publishes a version; 1.x sets a flag. */
async function activate(request: Rest['request'], id: string): Promise<void> {
	const { versionId } = await request<{ versionId: string }>('GET', `/workflows/${id}`);
	const publish = request('POST', `/workflows/${id}/activate`, { versionId });
	await publish.catch(() => request('PATCH', `/workflows/${id}`, { active: true, versionId }));
}

async function deactivate(request: Rest['request'], id: string): Promise<void> {
	await request('POST', `/workflows/${id}/deactivate`).catch(() =>
		request('PATCH', `/workflows/${id}`, { active: false }),
	);
}

interface RawExecution {
	id: string;
	status: string;
	finished: boolean;
	/** Written by `flatted`. */
	data: string;
}

function readExecution({ id, status, finished, data: text }: RawExecution): Execution {
	const data = (parse(text) ?? {}) as ExecutionData;
	// An execution that has only just begun has no results yet.
	const { runData = {}, error } = (data.resultData ?? {}) as Partial<ExecutionData['resultData']>;
	return {
		id,
		status,
		finished,
		data,
		error: error && { message: error.message, description: error.description, node: error.node?.name },
		output: (node, outputIndex = 0) =>
			(runData[node] ?? []).flatMap((run) => (run.data?.main?.[outputIndex] ?? []).map((item) => item.json)),
	};
}

/**
 * Waits until the webhook of a workflow that was activated just now listens. n8n answers to the wrong method, without
 * running anything, which one is right.
 *
 * @param url - Of a webhook that takes POST.
 */
export async function waitForWebhook(url: string): Promise<void> {
	for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(200)) {
		const answer = await fetch(url).then((reply) => reply.text());
		if (answer.includes('POST')) return;
	}
	throw new Error(`nothing listens at ${url}`);
}
