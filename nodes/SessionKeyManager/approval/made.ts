import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { sentBefore, type OwnerOutcome } from '../../../core/ownerOperation/sendOwnerOperation';
import { goalFromText, isReached } from '../../../core/approval/goal';
import { parseSignedOperation } from '../../../core/approval/signedOperation';
import { hashUserOperation, type UserOperation } from '../../../core/userOperation/userOperation';
import { outcomeJson } from '../planItems';
import type { OwnerSession } from '../owner';
import { savedParameters } from '../../shared/approvalPage/savedParameters';
import { requireSealed, readRun } from './webhookRun';

/** The item of a change that the chain shows, whoever made it; undefined where it isn't made, or can't be told by what is there. */
export async function madeAlready(webhook: IWebhookFunctions): Promise<IDataObject | undefined> {
	const { more } = savedParameters(webhook);
	if (!more) return undefined;
	const goal = goalFromText(more);
	const { session } = await readRun(webhook);
	if (!(await isReached(session.rpc, goal))) return undefined;
	const note = 'The chain shows that the change has been made. Which operation made it is not known.';
	return { approval: 'approved', status: 'done', account: goal.account, note };
}

/** The same of the very operation that a page was built with: also where a changed limit leaves nothing to be seen. */
export async function madeByPage(webhook: IWebhookFunctions, body: IDataObject): Promise<IDataObject | undefined> {
	if (!body.operation) return undefined;
	const { session } = await readRun(webhook);
	const op = operationOfPage(webhook, session.network.chainId, body);
	const before = op && (await sentBefore(session, op));
	return before && { approval: 'approved', ...sentJson(session, op, before) };
}

/** Undefined for what was not built by a page of this execution: nothing is known by it. */
function operationOfPage(webhook: IWebhookFunctions, chainId: number, body: IDataObject): UserOperation | undefined {
	try {
		const op = parseSignedOperation(body.operation, UNSIGNED);
		requireSealed(webhook, { message: hashUserOperation(op, chainId), shown: String(body.shown) }, body.seal);
		return op;
	} catch {
		return undefined;
	}
}

/** The hash of an operation is the same without its signature. */
const UNSIGNED = '0x00';

/** What is told of an operation that was sent before. */
export function sentJson(session: OwnerSession, op: UserOperation, outcome: OwnerOutcome): IDataObject {
	return { status: outcome.status, account: op.sender, ...outcomeJson(session, op.sender, outcome) };
}
