import { isAddressEqual, type Address } from 'viem';
import { withUnit } from '../text/format';
import { unitsOf, type ApprovalLine } from './lines';

/** A field of a payment that is not as it was approved. */
export interface Difference {
	field: 'reference' | 'recipient' | 'token' | 'amount' | 'decimals';
	/** Missing where nothing of the kind was approved. */
	approved?: string;
	present: string;
}

/** A payment that is in no approval as it is. */
export interface OtherLine {
	reference: string;
	/** What is nearest to it among what was approved. */
	differences: Difference[];
}

/**
 * Compares payments with what was approved. Each approved line counts once: two equal payments need two lines.
 * @returns the first payment that is not among the approved ones as it is; undefined when all are
 */
export function compareLines(
	approved: readonly ApprovalLine[],
	present: readonly ApprovalLine[],
): OtherLine | undefined {
	const left = [...approved];
	for (const line of present) {
		const place = left.findIndex((one) => differencesOf(one, line).length === 0);
		if (place < 0) return { reference: line.reference, differences: nearest(left, approved, line) };
		left.splice(place, 1);
	}
	return undefined;
}

function nearest(left: readonly ApprovalLine[], approved: readonly ApprovalLine[], line: ApprovalLine): Difference[] {
	const under = left.filter(({ reference }) => reference === line.reference);
	const sorted = under.map((one) => differencesOf(one, line)).sort((a, b) => a.length - b.length);
	if (sorted[0]) return sorted[0];
	// The same again, when its line is used up by another payment, or a reference that was never asked for.
	const used = approved.some(({ reference }) => reference === line.reference);
	return [{ field: 'reference', ...(used && { approved: 'fewer payments' }), present: line.reference }];
}

function differencesOf(approved: ApprovalLine, present: ApprovalLine): Difference[] {
	const isToken = isSameToken(approved.tokenAddress, present.tokenAddress);
	const found: (Difference | false)[] = [
		approved.reference !== present.reference && {
			field: 'reference',
			approved: approved.reference,
			present: present.reference,
		},
		!isAddressEqual(approved.to, present.to) && { field: 'recipient', approved: approved.to, present: present.to },
		!isToken && { field: 'token', approved: tokenWords(approved), present: tokenWords(present) },
		// What people read is the amount with its unit: both have to be what the token says of itself now.
		isToken &&
			approved.decimals !== present.decimals && {
				field: 'decimals',
				approved: String(approved.decimals),
				present: String(present.decimals),
			},
		isToken &&
			approved.decimals === present.decimals &&
			approved.token !== present.token && {
				field: 'token',
				approved: tokenWords(approved),
				present: tokenWords(present),
			},
		unitsOf(approved) !== unitsOf(present) && {
			field: 'amount',
			approved: withUnit(approved.amount, approved.token),
			present: withUnit(present.amount, present.token),
		},
	];
	return found.filter((one) => one !== false);
}

function isSameToken(one: Address | undefined, other: Address | undefined): boolean {
	return one && other ? isAddressEqual(one, other) : one === other;
}

function tokenWords({ token, tokenAddress }: ApprovalLine): string {
	return tokenAddress ? `${token} (${tokenAddress})` : token;
}
