import { grouped, withUnit } from '../../text/format';
import { shortAddress } from '../../contractInfo';
import { showLocalTime, showShortTime } from '../../text/localTime';
import type { RemainingBudget } from '../check/check';
import type { PaymentLine } from './paymentLine';

/** Where and when a summary is read. */
export interface Reader {
	/** The workflow's. */
	timeZone: string;
	/** Unix seconds. */
	now: number;
}

/** What is told of one line of a payment. */
export interface Told {
	/** Of a payment, or of one in the past. */
	status: 'paid' | 'alreadyPaid' | 'notTransferred' | 'transferredLess' | 'pending' | 'notSent' | 'notPaid';
	line?: PaymentLine;
	/** Of the line's token, where it is known. */
	budget?: RemainingBudget;
	/** Unix seconds of its block. */
	time?: number;
	hasReference: boolean;
	/** Whether there is anything to look up. */
	wasSent: boolean;
}

/** A payment in a sentence or two: "Paid 3,200 dUSD to 0x8496…01ca. 6,800 of 10,000 left until 26 December." */
export function paymentSummary({ status, line, budget, time, hasReference, wasSent }: Told, reader: Reader): string {
	const what = lineWords(line);
	const again = 'Running this again with the same reference is safe: it is never paid twice.';
	switch (status) {
		case 'paid':
			return [`Paid ${what}.`, leftWords(budget, reader)].filter(Boolean).join(' ');
		case 'alreadyPaid': {
			const when = time === undefined ? '' : ` on ${showLocalTime(time, reader.timeZone)}`;
			return `Already paid${when}: ${what}. Nothing was sent now.`;
		}
		case 'pending':
			if (!hasReference) {
				return `Not known yet: ${what}. Sent, but not in a block within the time limit: it may still be paid. Look it up by its hash before you pay again.`;
			}
			return wasSent
				? `Not known yet: ${what}. Not in a block within the time limit: it may still be paid. ${again}`
				: `Not known yet: ${what}. The reference is used in a block that does not have enough confirmations yet. ${again}`;
		case 'notSent':
			return `Not sent: ${what}. This run sent nothing: another payment is under way in the same place. ${hasReference ? again : 'Run it again.'}`;
		case 'notTransferred':
			return `Nothing arrived of ${what}. The chain carried this out, but the token moved no money. ${used(hasReference)}Find out why with the makers of the token${hasReference ? ', and pay under a new reference' : ''}.`;
		case 'transferredLess':
			// Of a batch: this one arrived.
			if (line?.moved === undefined) return `Paid ${what}. Another payment of the same operation arrived only in part.`;
			return `Less arrived than ${what}. The chain carried this out, but the token moved only ${withUnit(line.moved, line.token)}. ${used(hasReference)}Ask the makers of the token.`;
		case 'notPaid':
			return `Not paid: ${what}. It is in a block and failed there: nothing moved.`;
	}
}

function used(hasReference: boolean): string {
	return hasReference ? 'The reference is used. ' : '';
}

/** What the line does: `3,200 dUSD to 0x8496…01ca`. */
export function lineWords(line: PaymentLine | undefined): string {
	if (!line) return 'nothing';
	const { amount, token, to, toName, selector } = line;
	const whom = toName ? `${toName} (${shortAddress(to)})` : shortAddress(to);
	if (!selector) return `${withUnit(amount, token)} to ${whom}`;
	const call = `the call of ${selector} at ${whom}`;
	return amount === '0' ? call : `${call} with ${withUnit(amount, token)}`;
}

/** What is left of a budget: `6,800 of 10,000 left until 26 December.`; nothing where there is none. */
export function leftWords(budget: RemainingBudget | undefined, { timeZone, now }: Reader): string {
	if (!budget) return '';
	const until = budget.reopensAt ? ` until ${showShortTime(Date.parse(budget.reopensAt) / 1000, now, timeZone)}` : '';
	return `${grouped(budget.left)} of ${grouped(budget.limit)} left${until}.`;
}

/** The budget that a line is paid from; undefined where the key has no limit on it, or it wasn't read. */
export function budgetOf(
	line: PaymentLine | undefined,
	budgets: readonly RemainingBudget[] = [],
): RemainingBudget | undefined {
	if (!line) return undefined;
	return budgets.find(({ budget, tokenAddress }) =>
		line.tokenAddress ? tokenAddress === line.tokenAddress : budget === 'native' && !line.selector,
	);
}
