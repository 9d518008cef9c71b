import type { Closed, Told } from '../../shared/approvalPage/answers';

export const TIME_OVER: Closed = {
	status: 410,
	title: 'The time is over',
	text: 'This request no longer accepts an answer. The change was not seen on the chain. If an owner signed at the last moment, look at the account before the workflow is started again.',
};

export const DECLINED: Told = {
	kind: 'bad',
	title: 'Declined',
	text: 'Nothing was changed. The workflow has been told, and continues. You can close this page.',
	final: true,
};

export const UNSEEN =
	'The chain did not answer, so it is not known whether the change was made before it was declined. Look at the account.';

export const DECLINED_UNSEEN: Told = {
	...DECLINED,
	text: `The workflow has been told, and continues. ${UNSEEN}`,
};

export const MADE: Told = {
	kind: 'good',
	title: 'Done',
	text: 'The change has already been made, and the workflow continues with that. There is nothing to sign or to decline. You can close this page.',
	final: true,
};

/** What became of a change that was signed. */
export function outcomeToTell({
	status,
	link,
	transaction,
	userOperationHash,
}: Record<string, string | undefined>): Told {
	switch (status) {
		// Somebody else made it since the page was opened, and nothing was sent.
		case 'unchanged':
			return MADE;
		case 'prepared':
			return {
				kind: 'good',
				title: 'Signed',
				text: 'The emergency stop is signed, and the workflow has its code. Nothing was changed. You can close this page.',
				final: true,
			};
		case 'pending':
			return {
				kind: 'good',
				title: 'Sent',
				text: `Your signature arrived and the change is on its way, but not made yet. Do not sign again: look at the account in a few minutes. Operation: ${userOperationHash}`,
				final: true,
			};
		default:
			return {
				kind: 'good',
				title: 'Done',
				text: `The change has been made, and the workflow continues. You can close this page. Transaction: ${transaction}`,
				link,
				final: true,
			};
	}
}
