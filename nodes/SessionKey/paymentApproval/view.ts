import { checkPayments, type CheckedPayment } from '../../../core/payment/checkPayments';
import { transferRequest } from '../../../core/payment/check/paymentRequest';
import type { RemainingBudget } from '../../../core/payment/check/check';
import type { Payer } from '../../../core/payment/send/payment';
import type { ApprovalLine } from '../../../core/paymentApproval/lines';
import { approvalTypedData, type ApprovalTypedData } from '../../../core/paymentApproval/typedData';
import { nameOf } from '../../../core/paymentRules/payees';
import type { Refusal } from '../../../core/refusal/refusal';
import { chosenOf, type Asked } from './draft';

/** What the page shows of a choice of lines, as it is at this moment. */
export interface ApprovalView {
	/** All lines; those that were taken out have no refusal. */
	lines: ViewedLine[];
	/** What approvers sign of this choice. */
	data: ApprovalTypedData;
	/** What is left of the key's budgets afterwards. */
	remaining: readonly RemainingBudget[];
}

export interface ViewedLine {
	line: ApprovalLine;
	/** From the credential's Payees. */
	name?: string;
	isOut: boolean;
	/** Why it would not be paid now. */
	refusal?: Refusal;
}

/** Checks a choice of lines as it would be paid now, and makes what is to be signed of it. */
export async function viewOf({ payer, draft }: Asked, out: readonly number[]): Promise<ApprovalView> {
	const chosen = chosenOf(draft, out);
	const checked =
		chosen.lines.length > 0 ? await checkPayments(withoutApproval(payer), chosen.lines.map(questionOf)) : [];
	const left = [...checked];
	const lines = draft.lines.map((line, index): ViewedLine => {
		const isOut = out.includes(index);
		const name = nameOf(payer.rules?.payees ?? [], line.to);
		const refusal = isOut ? undefined : left.shift()?.refusals[0];
		return { line, isOut, ...(name !== undefined && { name }), ...(refusal && { refusal }) };
	});
	return { lines, data: approvalTypedData(payer.network, chosen), remaining: lastOf(checked) };
}

/** The approval itself is what is being asked for. */
function withoutApproval(payer: Payer): Payer {
	return payer.rules ? { ...payer, rules: { ...payer.rules, approval: undefined } } : payer;
}

function questionOf({ to, amount, tokenAddress: token, decimals }: ApprovalLine) {
	return { request: transferRequest([{ to, amount, token, ...(token && { decimals }) }]), claims: true };
}

function lastOf(checked: readonly CheckedPayment[]): readonly RemainingBudget[] {
	return checked.at(-1)?.remaining ?? [];
}
