import type { Address } from 'viem';
import { InputError } from '../errors';
import { parseAddresses } from '../input/address';
import { parseBoolean } from '../input/boolean';
import { parseWholeNumber } from '../input/wholeNumber';
import type { Network } from '../networks';
import { parseCaps, type Cap } from './caps';

/** Who has to say yes to which payments. n8n looks at it before it signs; the chain does not know it. */
export interface ApprovalRule {
	/** Whose signatures count. Empty only where a click is enough. */
	approvers: readonly Address[];
	/** How many different ones of them have to sign. */
	needed: number;
	/** Up to these amounts nobody is asked. A token that isn't named always needs an approval. */
	above: readonly Cap[];
	/** Whether a click on the page is enough, without a wallet. */
	byClick: boolean;
}

/** What the credential's fields hold. */
export interface ApprovalFields {
	approvers: unknown;
	needed: unknown;
	above: unknown;
	byClick: unknown;
}

/** The most signatures that a payment can ask for. */
const MOST_NEEDED = 20;

/**
 * Reads the rule of approvals. There is none where nobody could approve and nothing says that somebody should.
 *
 * @throws {InputError} when it can't be read, or could never be met: no answer is no yes
 */
export function parseApprovalRule(given: ApprovalFields, network: Network): ApprovalRule | undefined {
	const approvers = parseAddresses(given.approvers, 'Approvers');
	const needed = parseWholeNumber(given.needed, 'Approvals Needed', 1, MOST_NEEDED);
	const above = parseCaps(given.above, 'Approval Above', network);
	const byClick = parseBoolean(given.byClick, 'Approve by Click');
	if (byClick && needed > 1) {
		throw new InputError(
			'Approve by Click',
			`"Approve by Click" is on, and "Approvals Needed" is ${needed}: a click does not tell who it was, so nobody can count different people`,
			'Turn "Approve by Click" off, or set "Approvals Needed" to 1.',
		);
	}
	if (approvers.length === 0 && !byClick) {
		if (above.length === 0 && needed === 1) return undefined;
		throw new InputError(
			'Approvers',
			'"Approvers" is empty, so nobody could approve what the other fields say needs an approval',
			'Type the addresses of the people who approve payments, one a line. To ask for no approvals, empty "Approval Above" and set "Approvals Needed" to 1.',
		);
	}
	if (approvers.length >= needed || byClick) return { approvers, needed, above, byClick };
	throw new InputError(
		'Approvals Needed',
		`"Approvals Needed" is ${needed}, and "Approvers" has ${approvers.length}: so many different people can't sign`,
		'Lower the number, or add approvers.',
	);
}
