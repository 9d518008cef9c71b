import type { IWebhookFunctions } from 'n8n-workflow';

/** n8n's own signature over some texts, for this execution and this node: whoever has it got them from here. */
export function sealOf(webhook: IWebhookFunctions, sealed: Record<string, string>): string {
	return new URL(webhook.getSignedResumeUrl({ ...sealed })).searchParams.get('signature') ?? '';
}

/** Whether this n8n sealed these very texts, for this execution and node. */
export function isSealed(webhook: IWebhookFunctions, sealed: Record<string, string>, seal: unknown): boolean {
	const expected = sealOf(webhook, sealed);
	return expected !== '' && seal === expected;
}
