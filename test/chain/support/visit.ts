import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { keccak256, stringToHex } from 'viem';
import { SessionKeyManager } from '../../../nodes/SessionKeyManager/SessionKeyManager.node';
import { post } from '../../support/payer';

/** What n8n would give the node when somebody comes to its resume address. */
export interface Waiting {
	parameters: IDataObject;
	credentials: Record<string, IDataObject>;
	/** Left out: in an hour. */
	until?: Date;
	/** What a process that takes answers knows the execution by: each is answered once. */
	executionId: string;
	/** What n8n signs with, for this execution and node. */
	secret?: string;
	/** The query of the address. */
	query?: IDataObject;
	/** n8n 1: no secret of n8n's own in the address, but the hash of this package's code in the execution. */
	codeHash?: string;
}

/** What the visitor saw, and what the workflow goes on with. */
export interface Visit {
	status: number;
	headers: Record<string, string>;
	/** HTML, or what the page's script is told. */
	body: string | IDataObject;
	item?: IDataObject;
}

/** Always the same, as an execution waits until one moment. */
const IN_AN_HOUR = new Date(Date.now() + 3_600_000);

/** Somebody opens the approval page (no body), or gives something back. */
export async function visitPage(waiting: Waiting, body?: IDataObject): Promise<Visit> {
	const seen: Visit = { status: 0, headers: {}, body: '' };
	const response = {
		status: (status: number) => ((seen.status = status), response),
		set: (headers: Record<string, string>) => (Object.assign(seen.headers, headers), response),
		type: () => response,
		send: (text: string) => (seen.body = text),
		json: (json: IDataObject) => (seen.body = json),
	};
	const resumeUrl = `http://n8n.test/webhook-waiting/1${waiting.codeHash ? '' : '?signature=secret'}`;
	const until = (waiting.until ?? IN_AN_HOUR).toISOString();
	const kept = JSON.stringify({ until, parameters: waiting.parameters });
	const context = {
		getNodeParameter: (name: string, fallback: unknown) => waiting.parameters[name] ?? fallback,
		getCredentials: async (type: string) => waiting.credentials[type],
		getTimezone: () => 'UTC',
		getNode: () => ({ id: 'the-node', name: 'Manager' }),
		getWorkflow: () => ({ id: 'w', name: 'Payroll', active: true }),
		getExecutionId: () => waiting.executionId,
		getRequestObject: () => ({ method: body ? 'POST' : 'GET' }),
		getResponseObject: () => response,
		getBodyData: () => body,
		getQueryData: () => waiting.query ?? {},
		// As n8n signs: anything else in the address gives another signature.
		getSignedResumeUrl: (parameters: Record<string, string>) =>
			`http://n8n.test/?signature=${keccak256(stringToHex(waiting.secret + JSON.stringify(parameters)))}`,
		evaluateExpression: (expression: string) =>
			expression.includes('resumeUrl') ? resumeUrl : expression.includes('context') ? kept : waiting.codeHash,
		helpers: {
			httpRequest: async ({ url, body: sent }: { url: string; body: unknown }) => {
				const { status, headers, body: answer } = await post(url, sent, 20_000);
				return { statusCode: status, headers, body: answer };
			},
		},
	} as unknown as IWebhookFunctions;
	const { workflowData } = await new SessionKeyManager().webhook.call(context);
	return { ...seen, item: workflowData?.[0]?.[0]?.json };
}

/** What the page hands to its script. */
export function requestIn({
	body,
}: Visit): IDataObject & { message: `0x${string}`; operation: Record<string, string> } {
	const [, data = 'null'] = /id="request"[^>]*>([^<]*)</.exec(String(body)) ?? [];
	return JSON.parse(data);
}
