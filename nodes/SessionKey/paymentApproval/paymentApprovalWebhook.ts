import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { compareWithPast } from '../../../core/payment/compareWithPast';
import type { Approved } from '../../../core/paymentApproval/approval';
import { approvalTypedData } from '../../../core/paymentApproval/typedData';
import { redact } from '../../../core/rpc/redact';
import type { Told } from '../../shared/approvalPage/answers';
import { runningContext } from '../../shared/approvalPage/letWait';
import {
	askedBy,
	closedBecause,
	goOnWith,
	NOTHING_MORE,
	reasonIn,
	showMessage,
	showPage,
	takeOneAnswer,
	tell,
	tellClosed,
} from '../../shared/approvalPage/respond';
import { savedParameters } from '../../shared/approvalPage/savedParameters';
import { isSealed, sealOf } from '../../shared/approvalPage/seal';
import { toErrorJson } from '../../shared/errors';
import { pageHeaders } from '../../shared/approvalPage/wholePage';
import { readAgent } from '../agent';
import { approvedItems, declinedItems } from './answeredItems';
import { chosenOf, outIn, withDraft, type Asked } from './draft';
import { partsOf, paymentApprovalPage, requestOf } from './page';
import { approvedToTell, DECLINED, notTaken, oneOfMany, TIME_OVER } from './pageAnswers';
import { addClick, addSignature, signedBefore } from './takeSignature';
import { viewOf, type ApprovalView } from './view';

/**
 * Somebody opens the page on which payments are approved, or gives something back from it. Everything is built and checked
 * anew from what the execution keeps and from the credentials as they are now: so any process of n8n can answer.
 */
export async function paymentApprovalWebhook(webhook: IWebhookFunctions): Promise<IWebhookResponseData> {
	const isPost = webhook.getRequestObject().method === 'POST';
	const closed = closedBecause(webhook, TIME_OVER);
	if (closed) return tellClosed(webhook, isPost, closed);
	if (!isPost) return openPage(webhook);
	const body = webhook.getBodyData();
	if (body.action === 'choose') return showChoice(webhook, body);
	return takeOneAnswer(webhook, savedParameters(webhook).until, () => takeAnswer(webhook, body));
}

async function openPage(webhook: IWebhookFunctions): Promise<IWebhookResponseData> {
	try {
		await withDraft(webhook, async (asked) => {
			const [view, past] = await Promise.all([viewOf(asked, []), compareWithPast(asked.payer, asked.draft.lines)]);
			const { until } = savedParameters(webhook);
			const more = { seal: sealOfView(webhook, view), until, past, ...askedBy(webhook) };
			showPage(webhook, 200, (nonce) => paymentApprovalPage(asked, view, { nonce, ...more }));
		});
	} catch (error) {
		showMessage(webhook, 409, 'This cannot be approved now', await wordsFor(webhook, error));
	}
	return NOTHING_MORE;
}

/** What a choice of lines comes to, and what is to be signed of it; and who has signed it before. */
async function showChoice(webhook: IWebhookFunctions, body: IDataObject): Promise<IWebhookResponseData> {
	try {
		await withDraft(webhook, async (asked) => {
			const out = outIn(body.out, asked.draft);
			const { approvers } = await signedBefore(asked, out, body.approvals);
			const view = await viewOf(asked, out);
			const parts = Object.fromEntries(Object.entries(partsOf(asked, view)).map(([id, { html }]) => [id, html]));
			const request = { ...requestOf(view, approvers), seal: sealOfView(webhook, view) };
			const signed = approvers.map(({ address }) => address).join(' and ');
			const words =
				signed &&
				`${approvers.length} of ${asked.rule.needed}: signed by ${signed}. Another approver has to sign the same.`;
			webhook.getResponseObject().status(200).set(pageHeaders('none')).json({ request, parts, signed: words });
		});
	} catch (error) {
		tell(webhook, 200, { ...notTaken(await wordsFor(webhook, error)), title: 'That cannot be shown' });
	}
	return NOTHING_MORE;
}

async function takeAnswer(webhook: IWebhookFunctions, body: IDataObject): Promise<IWebhookResponseData> {
	if (body.action === 'decline') {
		tell(webhook, 200, DECLINED);
		return goOnWith(declinedItems(webhook, reasonIn(body)));
	}
	try {
		return await withDraft(webhook, (asked) => takeApproval(webhook, asked, body));
	} catch (error) {
		return notNow(webhook, await wordsFor(webhook, error));
	}
}

async function takeApproval(
	webhook: IWebhookFunctions,
	asked: Asked,
	body: IDataObject,
): Promise<IWebhookResponseData> {
	const { draft, rule, payer } = asked;
	const out = outIn(body.out, draft);
	if (out.length === draft.lines.length) {
		return notNow(webhook, 'Every payment is taken out, so nothing is left to approve. Decline instead, and say why.');
	}
	const data = dataOf(asked, out);
	if (body.click === true && !isSealed(webhook, { lines: data.lines }, body.seal)) {
		return notNow(
			webhook,
			'The page has changed since it was opened. Reload it, read it again and approve what it shows then.',
		);
	}
	const before = await signedBefore(asked, out, body.approvals);
	const signed =
		body.click === true ? await addClick(asked, out) : await addSignature(asked, out, before, body.signature);
	if (!signed.isEnough) {
		tell(webhook, 200, oneOfMany(signed, rule.needed, out));
		return NOTHING_MORE;
	}
	const approval: Approved = {
		status: 'approved',
		chainId: payer.network.chainId,
		network: data.network,
		total: data.total,
		...chosenOf(draft, out),
		approvers: signed.approvers,
	};
	tell(webhook, 200, approvedToTell(approval.lines.length, out.length));
	return goOnWith(approvedItems(webhook, approval, out));
}

function dataOf({ payer, draft }: Asked, out: readonly number[]) {
	return approvalTypedData(payer.network, chosenOf(draft, out)).message;
}

function sealOfView(webhook: IWebhookFunctions, { data }: ApprovalView): string {
	return sealOf(webhook, { lines: data.message.lines });
}

function notNow(webhook: IWebhookFunctions, text: string): IWebhookResponseData {
	const told: Told = notTaken(text);
	tell(webhook, 200, told);
	return NOTHING_MORE;
}

async function wordsFor(webhook: IWebhookFunctions, error: unknown): Promise<string> {
	const clean = await readAgent(runningContext(webhook)).then(
		(agent) => agent.redact,
		() => redact,
	);
	const { error: message, remedy } = toErrorJson(error, clean);
	return `${String(message).replace(/\.$/, '')}. ${String(remedy)}`;
}
