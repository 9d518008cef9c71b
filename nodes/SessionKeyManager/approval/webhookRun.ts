import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';
import { ApprovalRefused } from '../../../core/approval/approvalRefused';
import type { OwnerRun } from '../run';
import { sessionFor, signedByOf } from '../signedBy';
import { savedParameters } from './savedParameters';

/** n8n gives webhooks another way to read parameters than running nodes; everything else is alike. */
export async function readRun(webhook: IWebhookFunctions): Promise<OwnerRun> {
	const { parameters } = savedParameters(webhook);
	const context = {
		getNodeParameter: (name: string, _item: number, fallback?: unknown) =>
			parameters[name] ?? webhook.getNodeParameter(name, fallback as object),
		getCredentials: (type: string) => webhook.getCredentials(type),
		getTimezone: () => webhook.getTimezone(),
		getNode: () => webhook.getNode(),
		helpers: webhook.helpers,
	} as unknown as IExecuteFunctions;
	return { context, session: await sessionFor(context, signedByOf(context), 0), itemIndex: 0 };
}

/** What n8n signs: the message, and a fingerprint of what the page says that it means. */
export interface Sealed {
	message: string;
	shown: string;
}

/** n8n's own signature, for this execution and this node: whoever has it got message and words from here. */
export function sealOf(webhook: IWebhookFunctions, sealed: Sealed): string {
	return new URL(webhook.getSignedResumeUrl({ ...sealed })).searchParams.get('signature') ?? '';
}

/** @throws {ApprovalRefused} when this n8n didn't build it for this execution and node */
export function requireSealed(webhook: IWebhookFunctions, sealed: Sealed, seal: unknown): void {
	const expected = sealOf(webhook, sealed);
	if (expected !== '' && seal === expected) return;
	throw new ApprovalRefused(
		'otherChange',
		'What was signed was not built by this page, so it was not sent',
		'Reload the page, read it again and sign what it shows then.',
	);
}
