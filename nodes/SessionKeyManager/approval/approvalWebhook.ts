import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import type { Plan, AccountSnapshot } from '../../../core/sessionKey/plan/plan';
import { parseSignedOperation } from '../../../core/approval/signedOperation';
import { requestApproval } from '../../../core/approval/approvalRequest';
import { ApprovalRefused } from '../../../core/approval/approvalRefused';
import { requirePlanned, requireSendable } from '../../../core/approval/verifyApproval';
import { shownFingerprint } from '../../../core/approval/shownFingerprint';
import { OwnerOperationFailed, sendSigned, sentBefore } from '../../../core/ownerOperation/sendOwnerOperation';
import { redact } from '../../../core/rpc/redact';
import { hashUserOperation } from '../../../core/userOperation/userOperation';
import type { Told } from '../../shared/approvalPage/answers';
import { beginAnswer, endAnswer, requestId } from '../../shared/approvalPage/answerLock';
import {
	askedBy,
	closedBecause,
	goOn,
	NOTHING_MORE,
	reasonIn,
	showMessage,
	showPage,
	takeOneAnswer,
	tell,
	tellClosed,
} from '../../shared/approvalPage/respond';
import { savedParameters } from '../../shared/approvalPage/savedParameters';
import { sealOf } from '../../shared/approvalPage/seal';
import { toErrorJson } from '../../shared/errors';
import { readResult } from '../plan';
import { timeLimitOf, type OnPlan, type OwnerOperation, type OwnerRun } from '../run';
import { stopJson } from '../stopItems';
import { madeAlready, madeByPage, sentJson } from './made';
import { approvalPage } from './page';
import { DECLINED, DECLINED_UNSEEN, MADE, outcomeToTell, TIME_OVER, UNSEEN } from './pageAnswers';
import { readRun, requireSealed } from './webhookRun';

/**
 * Somebody opens the approval page, or gives something back from it. Everything is built and checked anew from what the
 * node was asked for, which the execution keeps: so any process of n8n can answer.
 */
export async function approvalWebhook(
	webhook: IWebhookFunctions,
	operation: OwnerOperation,
): Promise<IWebhookResponseData> {
	const isPost = webhook.getRequestObject().method === 'POST';
	const closed = closedBecause(webhook, TIME_OVER);
	// Whatever else would be said: where the change is made, that is. Who came by half a link learns nothing.
	if (closed?.status !== 403 && !(isPost && !closed)) {
		const made = await madeAlready(webhook).catch(() => undefined);
		if (made) return tellMade(webhook, made, isPost);
	}
	if (closed) return tellClosed(webhook, isPost, closed);
	if (!isPost) return openPage(webhook, operation);
	return takeOneAnswer(webhook, savedParameters(webhook).until, () => takeAnswer(webhook, operation));
}

async function openPage(webhook: IWebhookFunctions, operation: OwnerOperation): Promise<IWebhookResponseData> {
	try {
		const run = await readRun(webhook);
		const { snapshot, plan } = await makePlan(run, operation);
		const request = await requestApproval(run.session, snapshot, plan);
		const shown = shownFingerprint(plan);
		const seal = sealOf(webhook, { message: request.message, shown });
		const { until } = savedParameters(webhook);
		showPage(webhook, 200, (nonce) => approvalPage(request, { nonce, seal, shown, until, ...askedBy(webhook) }));
	} catch (error) {
		const { message, remedy } = await wordsFor(webhook, error);
		showMessage(webhook, 409, 'This cannot be signed now', `${message}. ${remedy}`);
	}
	return NOTHING_MORE;
}

async function takeAnswer(webhook: IWebhookFunctions, operation: OwnerOperation): Promise<IWebhookResponseData> {
	const body = webhook.getBodyData();
	if (body.action === 'decline') return decline(webhook, body);
	try {
		const run = await readRun(webhook);
		const { told, json } = await carryOutSigned(webhook, run, operation, body);
		tell(webhook, 200, told);
		return goOn(json);
	} catch (error) {
		const made = await madeAlready(webhook).catch(() => undefined);
		if (made) {
			tell(webhook, 200, MADE);
			return goOn(made);
		}
		const { message, remedy } = await wordsFor(webhook, error);
		tell(webhook, 200, { kind: 'bad', title: 'Nothing was changed', text: `${message}. ${remedy}`, final: false });
		return NOTHING_MORE;
	}
}

/** What the owner's answer makes of the operation: checked, sent and waited for. */
async function carryOutSigned(
	webhook: IWebhookFunctions,
	run: OwnerRun,
	operation: OwnerOperation,
	body: IDataObject,
): Promise<{ told: Told; json: IDataObject }> {
	const op = parseSignedOperation(body.operation, body.signature);
	const { session } = run;
	const { shown } = body;
	const message = hashUserOperation(op, session.network.chainId);
	requireSealed(webhook, { message, shown: String(shown) }, body.seal);
	const onPlan: OnPlan = async (_, snapshot, plan, finished) => {
		requirePlanned(session, plan, op);
		if (shownFingerprint(plan) !== shown) throw otherThanShown();
		await requireSendable(session, snapshot.account, op);
		if (plan.isEmergencyStop) return stopJson(session, op);
		return readResult(session, plan, await sendSigned(session, op, timeLimitOf(run)), finished);
	};
	const before = await sentBefore(session, op);
	const json = before
		? sentJson(session, op, before)
		: ([await operation.execute({ ...run, onPlan })].flat()[0] as IDataObject);
	return { told: outcomeToTell(json as Record<string, string | undefined>), json: { approval: 'approved', ...json } };
}

/** Before anybody is told "declined", the chain is asked whether the change is made. */
async function decline(webhook: IWebhookFunctions, body: IDataObject): Promise<IWebhookResponseData> {
	const reason = reasonIn(body);
	try {
		const made = (await madeByPage(webhook, body)) ?? (await madeAlready(webhook));
		if (made) {
			tell(webhook, 200, MADE);
			return goOn(made);
		}
	} catch {
		tell(webhook, 200, DECLINED_UNSEEN);
		return goOn({ approval: 'declined', reason, note: UNSEEN });
	}
	tell(webhook, 200, DECLINED);
	return goOn({ approval: 'declined', reason });
}

/** Says that the change is made, and lets the workflow go on, unless an answer is just being carried out. */
function tellMade(webhook: IWebhookFunctions, json: IDataObject, isPost: boolean): IWebhookResponseData {
	const { until } = savedParameters(webhook);
	const id = requestId(webhook, until);
	const not = beginAnswer(id, until);
	if (!not) endAnswer(id, true);
	if (isPost) tell(webhook, 200, MADE);
	else showMessage(webhook, 200, MADE.title, MADE.text);
	return not ? NOTHING_MORE : goOn(json);
}

function otherThanShown(): ApprovalRefused {
	return new ApprovalRefused(
		'otherChange',
		'The limits of the key were changed since the page was opened, so what it showed is no longer true, and nothing was sent',
		'Reload the page, read it again and sign what it shows then.',
	);
}

async function makePlan(run: OwnerRun, operation: OwnerOperation): Promise<{ snapshot: AccountSnapshot; plan: Plan }> {
	let planned: { snapshot: AccountSnapshot; plan: Plan } | undefined;
	const onPlan: OnPlan = async (_, snapshot, plan) => {
		planned = { snapshot, plan };
		return {};
	};
	await operation.execute({ ...run, onPlan });
	if (planned) return planned;
	throw new ApprovalRefused(
		'otherChange',
		'There is nothing left to change',
		'The account is already as it should be. You can decline.',
	);
}

async function wordsFor(webhook: IWebhookFunctions, error: unknown): Promise<{ message: string; remedy: string }> {
	const clean = await readRun(webhook).then(
		({ session }) => session.rpc.redact,
		() => (text: string) => redact(text, []),
	);
	const json = toErrorJson(error, clean);
	const remedy = error instanceof OwnerOperationFailed ? error.remedy : String(json.remedy);
	return { message: String(json.error).replace(/\.$/, ''), remedy };
}
