import type { IWebhookDescription } from 'n8n-workflow';

/** How n8n serves the page of a node that waits: at the execution's own address, and nowhere else. */
export const APPROVAL_WEBHOOKS: IWebhookDescription[] = (['GET', 'POST'] as const).map((httpMethod) => ({
	name: 'default',
	httpMethod,
	responseMode: 'onReceived',
	path: '',
	restartWebhook: true,
	isFullPath: true,
}));
