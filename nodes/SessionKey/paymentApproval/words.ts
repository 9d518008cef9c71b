import type { PastOfLine } from '../../../core/payment/compareWithPast';
import type { RemainingBudget } from '../../../core/payment/check/check';
import type { ApprovalLine } from '../../../core/paymentApproval/lines';
import { totalsOfLines } from '../../../core/paymentApproval/lines';
import { shortAddress } from '../../../core/contractInfo';
import { grouped, withUnit } from '../../../core/text/format';
import { showLocalTime } from '../../../core/text/localTime';
import type { ApprovalView, ViewedLine } from './view';

/** The question in one line: "Pay 3,200 dUSD to 4 people?" */
export function headlineOf({ lines }: Pick<ApprovalView, 'lines'>): string {
	const chosen = lines.filter(({ isOut }) => !isOut);
	const [first] = chosen;
	if (!first) return 'Nothing is left to pay';
	const recipients = new Set(chosen.map(({ line }) => line.to));
	const whom = recipients.size === 1 ? (first.name ?? shortAddress(first.line.to)) : `${recipients.size} recipients`;
	const totals = totalsOfLines(chosen.map(({ line }) => line)).map(({ amount, token }) => withUnit(amount, token));
	return `Pay ${listed(totals)} to ${whom}?`;
}

/** `a, b and c`. */
function listed(words: readonly string[]): string {
	const last = words.at(-1) ?? '';
	return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
}

/** What is known of earlier payments to whom a line pays; the worrying part is marked. */
export function pastWords(
	{ token }: ApprovalLine,
	past: PastOfLine,
	timeZone: string,
): { plain: string; warnings: string[] } {
	const when = past.time === undefined ? '' : ` on ${showLocalTime(past.time, timeZone)}`;
	const plain = {
		same: `The same as the last payment to this address${when}.`,
		other: '',
		first: '',
		unseen: '',
		unknown: 'Whether this address was paid before is not known: the endpoint does not show all earlier payments.',
	}[past.kind];
	const last = past.amount === undefined ? 'in another token' : `of ${withUnit(past.amount, token)}`;
	const warnings = [
		past.paidBefore !== undefined &&
			`This reference was used on ${showLocalTime(past.paidBefore, timeZone)}: nothing more is paid under it.`,
		past.kind === 'first' && 'New: no session key of this account has paid this address before.',
		past.kind === 'unseen' && unseenWords(past.looked ?? 0),
		past.kind === 'other' && `The last payment to this address was ${last}${when}.`,
		past.before && `"${past.before.reference}" went to another address: ${past.before.to}.`,
		past.lookalike &&
			`Looks like ${past.lookalike}, which was paid before, and is another address. Compare every character.`,
	];
	return { plain, warnings: warnings.filter((one) => typeof one === 'string') };
}

function unseenWords(looked: number): string {
	if (looked === 0) return 'Perhaps new: this account has made no payment with a reference yet.';
	return `Perhaps new: none of the last ${looked} payments went to this address.`;
}

/** What comes before all else: how many of the lines would be refused now. */
export function refusedWords(lines: readonly ViewedLine[]): string {
	const refused = lines.filter(({ refusal }) => refusal).length;
	if (refused === 0) return '';
	const count = refused === 1 ? '1 payment' : `${refused} payments`;
	return `${count} would be refused now, for the reason that stands with it. To approve it changes nothing about that.`;
}

/** What is left of a budget afterwards. */
export function budgetWords({ budget, token, left, limit, reopensAt }: RemainingBudget, timeZone: string): string {
	const until = reopensAt ? `, and all of it again on ${showLocalTime(Date.parse(reopensAt) / 1000, timeZone)}` : '';
	return `${grouped(left)} of ${grouped(limit)} ${token}${budget === 'gas' ? ' for gas' : ''}${until}`;
}
