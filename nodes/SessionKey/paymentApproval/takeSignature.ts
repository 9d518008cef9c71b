import { hashTypedData, isHex, recoverAddress, size, type Hex } from 'viem';
import { InputError } from '../../../core/errors';
import { parseApprover, type Approver } from '../../../core/paymentApproval/approval';
import { approvalTypedData } from '../../../core/paymentApproval/typedData';
import { isEnough, verifySignatures } from '../../../core/paymentApproval/verifySignatures';
import { chosenOf, type Asked } from './draft';

/** Who has approved a choice so far. */
export interface Signed {
	approvers: Approver[];
	isEnough: boolean;
}

/**
 * Who signed before the page was opened: what its link carries.
 * @throws {InputError} for what is no signature of an approver over this very choice
 */
export async function signedBefore(asked: Asked, out: readonly number[], given: unknown): Promise<Signed> {
	const approvers = Array.isArray(given) ? given.map((one) => parseApprover(one, 'Signature')) : [];
	return signedBy(asked, out, approvers);
}

/**
 * Adds the signature of a wallet.
 * @throws {InputError} when it is none, or no other approver's than those before
 */
export async function addSignature(
	asked: Asked,
	out: readonly number[],
	before: Signed,
	given: unknown,
): Promise<Signed> {
	const signature = typeof given === 'string' ? given.trim() : given;
	if (!isHex(signature) || size(signature) !== 65) {
		throw notTaken('That is no signature: it is 0x and 130 hexadecimal digits', 'Copy the whole of it.');
	}
	const hash = hashOf(asked, out);
	const address = await recoverAddress({ hash, signature }).catch(() => undefined);
	if (!address) throw notTaken('That signature can not be read', 'Sign again, and copy the whole of it.');
	const { approvers } = before;
	if (approvers.some((one) => one.address === address)) {
		throw notTaken(`${address} has signed already`, 'Another approver has to sign. Switch the account in the wallet.');
	}
	return signedBy(asked, out, [...approvers, { by: 'wallet', address, signature, at: new Date().toISOString() }]);
}

/** Seals a click with the agent's key: nobody else can make one up. */
export async function addClick(asked: Asked, out: readonly number[]): Promise<Signed> {
	const { payer, rule } = asked;
	if (!rule.byClick) {
		throw notTaken('The credential asks for the signature of a wallet', 'Sign with a wallet.');
	}
	const signature = await payer.sign(hashOf(asked, out));
	return signedBy(asked, out, [{ by: 'click', address: payer.key, signature, at: new Date().toISOString() }]);
}

/** Each has to be a signature of an approver over this very choice. */
async function signedBy(asked: Asked, out: readonly number[], approvers: readonly Approver[]): Promise<Signed> {
	const { rule, payer, draft } = asked;
	const { counted, strangers, otherContent } = await verifySignatures(rule, payer, chosenOf(draft, out), approvers);
	if (otherContent.length > 0) {
		throw notTaken(
			'A signature is of something else than these payments',
			'Open the link that you were sent once more, and sign what it shows.',
		);
	}
	if (strangers.length > 0) {
		throw notTaken(
			`${strangers.join(' and ')} signed, and is not among the approvers of the credential`,
			`Sign as ${rule.approvers.join(' or ') || 'the page says'}.`,
		);
	}
	return { approvers: counted, isEnough: isEnough(rule, { counted }) };
}

function hashOf({ payer, draft }: Asked, out: readonly number[]): Hex {
	return hashTypedData(approvalTypedData(payer.network, chosenOf(draft, out)));
}

function notTaken(message: string, remedy: string): InputError {
	return new InputError('Signature', message, remedy);
}
