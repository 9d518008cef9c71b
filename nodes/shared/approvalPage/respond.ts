import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { generatePrivateKey } from 'viem/accounts';
import { HALF_LINK, NOT_NOW, type Closed, type Told } from './answers';
import { beginAnswer, endAnswer, requestId } from './answerLock';
import { cameByLink } from './link';
import { savedParameters } from './savedParameters';
import { messagePage, pageHeaders } from './wholePage';

/** The execution goes on waiting. */
export const NOTHING_MORE: IWebhookResponseData = { noWebhookResponse: true };

/** Ends the waiting: the workflow goes on with these items. */
export function goOnWith(items: INodeExecutionData[]): IWebhookResponseData {
	return { ...NOTHING_MORE, workflowData: [items] };
}

/** The same, with one item. */
export function goOn(json: IDataObject): IWebhookResponseData {
	return goOnWith([{ json, pairedItem: { item: 0 } }]);
}

/** Answers the page's script. */
export function tell(webhook: IWebhookFunctions, status: number, told: Told): void {
	const response = webhook.getResponseObject();
	response.status(status).set(pageHeaders('none')).json(told);
}

export function showPage(webhook: IWebhookFunctions, status: number, page: (nonce: string) => string): void {
	// 32 random bytes: the same source as for keys.
	const nonce = generatePrivateKey().slice(2);
	const response = webhook.getResponseObject();
	response.status(status).set(pageHeaders(nonce)).type('html').send(page(nonce));
}

export function showMessage(webhook: IWebhookFunctions, status: number, title: string, text: string): void {
	showPage(webhook, status, (nonce) => messagePage(title, text, nonce));
}

/** Why nothing can be answered here (any more); undefined while it can. */
export function closedBecause(webhook: IWebhookFunctions, timeOver: Closed): Closed | undefined {
	if (!cameByLink(webhook)) return HALF_LINK;
	return Date.now() <= savedParameters(webhook).until.getTime() ? undefined : timeOver;
}

/** Says so, to the page's script or on a page. */
export function tellClosed(webhook: IWebhookFunctions, isPost: boolean, closed: Closed): IWebhookResponseData {
	const { status, title, text } = closed;
	if (isPost) tell(webhook, status, { kind: 'bad', title, text, final: true });
	else showMessage(webhook, status, title, text);
	return NOTHING_MORE;
}

/** Which workflow of which n8n asks, as people know them. */
export interface AskedBy {
	workflow: string;
	n8n: string;
}

export function askedBy(webhook: IWebhookFunctions): AskedBy {
	const { host } = new URL(webhook.getSignedResumeUrl());
	return { workflow: webhook.getWorkflow().name ?? '', n8n: host };
}

/** Takes one answer to a request after the other, and none after the one that let the workflow go on. */
export async function takeOneAnswer(
	webhook: IWebhookFunctions,
	until: Date,
	take: () => Promise<IWebhookResponseData>,
): Promise<IWebhookResponseData> {
	const id = requestId(webhook, until);
	const not = beginAnswer(id, until);
	if (not) {
		tell(webhook, 409, NOT_NOW[not]);
		return NOTHING_MORE;
	}
	let counted = false;
	try {
		const answer = await take();
		counted = answer.workflowData !== undefined;
		return answer;
	} finally {
		endAnswer(id, counted);
	}
}

/** A reason that a person gave. */
export function reasonIn(body: IDataObject): string {
	return typeof body.reason === 'string' ? body.reason.trim().slice(0, 500) : '';
}
