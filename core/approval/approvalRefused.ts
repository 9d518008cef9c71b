import { InputError } from '../errors';

/** Why a signed operation is not sent. */
export type ApprovalFault =
	| 'unreadable'
	| 'otherChange'
	| 'otherPayer'
	| 'gasOutOfBounds'
	| 'feesTooLow'
	| 'alreadyUsed'
	| 'notAnOwner';

/** What came back from an owner is not sent: nothing has changed. */
export class ApprovalRefused extends InputError {
	/**
	 * @param fault for programs
	 * @param message what is wrong, in one sentence
	 * @param remedy how to get on
	 */
	constructor(
		readonly fault: ApprovalFault,
		message: string,
		remedy: string,
	) {
		super('Signed Operation', message, remedy);
	}
}
