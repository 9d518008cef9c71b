import type { IWebhookFunctions } from 'n8n-workflow';

/** A request that is being answered, or was: until when anybody could come with another answer, in milliseconds. */
interface Answering {
	answered: boolean;
	until: number;
}

/**
 * n8n reads an execution when an answer comes in, and lets the workflow go on when the answer has been carried out: a
 * minute may lie between. Whoever declined in that minute would have the workflow told "declined" of a change that is
 * made. So each request takes one answer after the other, and none after the one that counted. Only this process knows
 * of it: where several serve the page, n8n's own guard remains.
 */
const requests = new Map<string, Answering>();

/** What a request is known by: the node of an execution, and this waiting of it (a loop waits more than once). */
export function requestId(webhook: IWebhookFunctions, until: Date): string {
	return [webhook.getExecutionId(), webhook.getNode().id, until.getTime()].join(' ');
}

/**
 * Begins to answer a request.
 * @param until nobody answers it after that
 * @returns why it can't be answered now
 */
export function beginAnswer(id: string, until: Date): 'beingAnswered' | 'answered' | undefined {
	for (const [other, { until: end, answered }] of requests) {
		if (answered && end < Date.now()) requests.delete(other);
	}
	const known = requests.get(id);
	if (known) return known.answered ? 'answered' : 'beingAnswered';
	requests.set(id, { answered: false, until: until.getTime() });
	return undefined;
}

/** Ends an answer. One that didn't count leaves the request open for another. */
export function endAnswer(id: string, counted: boolean): void {
	const known = requests.get(id);
	if (known && counted) known.answered = true;
	else requests.delete(id);
}
