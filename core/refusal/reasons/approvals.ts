import type { Address } from 'viem';
import { quoted, showMoment, type Moment } from '../../text/format';
import { AGENT, reason } from './reason';

/** Why there is no approval of a payment. */
interface ApprovalMissing {
	/**
	 * `none`: none came with it. `declined`, `expired`: somebody said no, or nobody answered in time. `over`: its time is over.
	 * `tooFew`, `notAnApprover`, `onlyClicked`, `noApprovers`: who approved is not enough for the credential as it is now.
	 * `noReference`, `call`: of a payment that no approval can hold.
	 */
	why:
		| 'none'
		| 'declined'
		| 'expired'
		| 'over'
		| 'tooFew'
		| 'notAnApprover'
		| 'onlyClicked'
		| 'noApprovers'
		| 'noReference'
		| 'call';
	/** With `none`: what needs one. */
	what?: string;
	/** With `declined`: what the approver wrote. */
	reason?: string;
	validUntil?: Moment;
	given?: number;
	needed?: number;
	who?: Address;
}

/** What is not as it was approved. */
interface ApprovalDiffers {
	/** Of the payment. */
	reference: string;
	differences: readonly {
		field: 'account' | 'network' | 'reference' | 'recipient' | 'token' | 'amount' | 'decimals';
		/** Missing where nothing of the kind was approved. */
		approved?: string;
		present: string;
	}[];
	/** The approval itself was changed after this approver had signed it. */
	changedAfter?: Address;
}

const ASK = 'Payment > Request Approval';
const RULE = 'This is a rule of n8n, in the credential; the chain does not know it. Nothing was sent.';

/** Refusals: who has to say yes. */
export const APPROVALS = {
	approvalMissing: reason<ApprovalMissing>({
		cause:
			'The payment, together with what the same run has paid, is above "Approval Above" of the credential and has no approval, or one that is declined, over, or not signed by enough of the approvers.',
		message: (data) => `${whyMissing(data)} Nothing was sent.`,
		remedy: (data) =>
			`${remedyOf(data)} This is a rule of n8n, in the credential "${AGENT}"; the chain does not know it.`,
	}),
	approvalDiffers: reason<ApprovalDiffers>({
		cause:
			'The payment is not in its approval as it is: another recipient, amount, token, reference, account or network.',
		message: (data) => `${whatDiffers(data)}`,
		remedy: ({ changedAfter }) =>
			changedAfter
				? `Find out who changed it. Give the approval as ${ASK} gave it out, or have the payments approved anew. ${RULE}`
				: `If this payment is right, have it approved as it is now with ${ASK}. If not, find out who changed it. ${RULE}`,
	}),
};

function whyMissing({ why, what, reason: words, validUntil, given = 0, needed = 1, who }: ApprovalMissing): string {
	switch (why) {
		case 'none':
			return `${what ?? 'This payment'} needs an approval, and none came with it.`;
		case 'declined':
			return `This payment was declined${words ? `: ${quoted(words)}` : ''}.`;
		case 'expired':
			return 'Nobody approved this payment in time.';
		case 'over':
			return `The approval was valid until ${validUntil ? showMoment(validUntil) : 'an earlier time'}.`;
		case 'tooFew':
			return `${given} of ${needed} approvers ${given === 1 ? 'has' : 'have'} approved this payment.`;
		case 'notAnApprover':
			return `${who} approved this payment, and is not among the "Approvers" of the credential.`;
		case 'onlyClicked':
			return 'Somebody clicked Approve, and the credential asks for the signature of a wallet.';
		case 'noApprovers':
			return 'An approval came with this payment, and the credential names nobody who could have given it.';
		case 'noReference':
			return 'A payment without a reference can be in no approval: it could be made again and again.';
		case 'call':
			return 'Only plain payments can be approved, and this is a call of a contract.';
	}
}

function remedyOf({ why }: ApprovalMissing): string {
	switch (why) {
		case 'none':
			return `Put ${ASK} before this node, and keep the field "approval" of its items. Calls of contracts can't be approved: use another credential for them.`;
		case 'declined':
			return `Do not pay it. If it was a slip, have it approved anew with ${ASK}.`;
		case 'tooFew':
			return 'Send the link of the page to the next approver before the workflow goes on, or have the payments approved anew.';
		case 'noApprovers':
			return `Fill in "Approvers" in the credential, or empty "Approval" in this node.`;
		case 'noReference':
			return 'Turn "Allow Repeats" off, and give the reference that was approved.';
		case 'call':
			return 'Use another credential, without approvals, for calls of contracts.';
		case 'expired':
		case 'over':
		case 'notAnApprover':
		case 'onlyClicked':
			return `Have the payments approved anew with ${ASK}.`;
	}
}

function whatDiffers({ reference, differences, changedAfter }: ApprovalDiffers): string {
	if (changedAfter) return `The approval was changed after ${changedAfter} had signed it, so it approves nothing.`;
	const [first] = differences;
	if (first?.field === 'reference') {
		return first.approved
			? `The approval has fewer payments under the reference "${reference}" than this one.`
			: `Nothing was approved under the reference "${reference}".`;
	}
	const told = differences.map(
		({ field, approved, present }) => `its ${field} was approved as ${approved ?? 'nothing'} and is now ${present}`,
	);
	return `The payment under "${reference}" is not as it was approved: ${told.join('; ')}.`;
}
