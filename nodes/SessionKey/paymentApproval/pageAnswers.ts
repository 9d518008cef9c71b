import type { Closed, Told } from '../../shared/approvalPage/answers';
import { grouped } from '../../../core/text/format';
import type { Signed } from './takeSignature';

export const TIME_OVER: Closed = {
	status: 410,
	title: 'The time is over',
	text: 'This request no longer accepts an answer, and the workflow goes on without an approval. Start the workflow again to ask anew: each reference is paid once.',
};

export const DECLINED: Told = {
	kind: 'bad',
	title: 'Declined',
	text: 'Nothing is approved. The workflow has been told, and continues. You can close this page.',
	final: true,
};

/** What the page is told of a signature that is not the last one. */
export interface ToldNext extends Told {
	/** What the link for the next approver carries. */
	next: { out: readonly number[]; approvals: readonly unknown[] };
}

/** Of an approval that is complete. */
export function approvedToTell(payments: number, out: number): Told {
	const what = payments === 1 ? '1 payment is' : `${grouped(String(payments))} payments are`;
	const rest = out === 0 ? '' : ` ${out === 1 ? '1 was' : `${out} were`} taken out.`;
	return {
		kind: 'good',
		title: 'Approved',
		text: `${what} approved.${rest} The workflow continues and pays. You can close this page.`,
		final: true,
	};
}

/** Of one signature, where more are needed. */
export function oneOfMany({ approvers }: Signed, needed: number, out: readonly number[]): ToldNext {
	const given = approvers.length;
	return {
		kind: 'good',
		title: `${given} of ${needed}`,
		text: `Your signature is in the link below. Nothing is approved until ${needed - given === 1 ? '1 more approver has' : `${needed - given} more approvers have`} signed.`,
		final: false,
		next: { out, approvals: approvers },
	};
}

/** Of an answer that does not count. */
export function notTaken(text: string): Told {
	return { kind: 'bad', title: 'Not approved', text, final: false };
}
