import type { IWebhookFunctions } from 'n8n-workflow';
import { ApprovalRefused } from '../../../core/approval/approvalRefused';
import { runningContext } from '../../shared/approvalPage/letWait';
import { isSealed } from '../../shared/approvalPage/seal';
import type { OwnerRun } from '../run';
import { sessionFor, signedByOf } from '../signedBy';

/** The run that the waiting node was in, for whoever comes to its page. */
export async function readRun(webhook: IWebhookFunctions): Promise<OwnerRun> {
	const context = runningContext(webhook);
	return { context, session: await sessionFor(context, signedByOf(context), 0), itemIndex: 0 };
}

/** What n8n signs: the message, and a fingerprint of what the page says that it means. */
interface Sealed extends Record<string, string> {
	message: string;
	shown: string;
}

/** @throws {ApprovalRefused} when this n8n didn't build it for this execution and node */
export function requireSealed(webhook: IWebhookFunctions, sealed: Sealed, seal: unknown): void {
	if (isSealed(webhook, sealed, seal)) return;
	throw new ApprovalRefused(
		'otherChange',
		'What was signed was not built by this page, so it was not sent',
		'Reload the page, read it again and sign what it shows then.',
	);
}
