import { formatUnits, parseUnits } from 'viem';
import type { Refusal } from '../refusal/refusal';
import { withUnit } from '../text/format';
import { showLocalTime, showShortTime } from '../text/localTime';
import type { CheckedPayment } from './checkPayments';
import type { PaymentLine } from './send/paymentLine';
import { lineWords } from './send/paymentSummary';

/**
 * Whether a payment would be made, in a sentence: "On 1 December 2026 at 09:00: 1,200 USDC to 0x8496…01ca would not be paid:
 * 200 USDC short until 3 December."
 *
 * @param checked line: what is told of it
 * @returns nothing of a payment that is refused now: its refusal says all
 */
export function checkedWords(
	{ allowed, refusals: [refusal], line, asOf }: CheckedPayment & { line?: PaymentLine },
	timeZone: string,
): string {
	if (asOf === undefined) return allowed ? `${lineWords(line)} would be paid.` : '';
	const what = `On ${showLocalTime(asOf, timeZone)}: ${lineWords(line)} would`;
	if (!refusal) return `${what} be paid.`;
	const short = shortOf(refusal);
	if (!short) return `${what} not be paid.`;
	const until = refusal.reopensAt
		? ` until ${showShortTime(Date.parse(refusal.reopensAt) / 1000, asOf, timeZone)}`
		: '';
	return `${what} not be paid: ${short} short${until}.`;
}

/** What a rehearsal can't foresee, in sentences. */
export function assumedWords({ isGasAssumed }: CheckedPayment): string {
	const gas = isGasAssumed
		? ' Its gas could not be estimated today, since the key may not make this payment yet: a figure that is mostly enough was taken.'
		: '';
	return `Assumes that the balances, the permissions of the key and the price of gas stay as they are now, and that nothing else is paid until then.${gas}`;
}

/** How much is missing, where money is what is missing. */
function shortOf(refusal: Refusal): string | undefined {
	switch (refusal.code) {
		case 'nativeBudgetUsedUp':
		case 'tokenBudgetUsedUp':
		case 'gasBudgetUsedUp': {
			const { needed, remaining, unit } = refusal.data;
			return needed && remaining ? withUnit(minus(needed, remaining), unit) : undefined;
		}
		case 'nativeBalanceTooLow':
		case 'tokenBalanceTooLow':
		case 'gasBalanceTooLow':
			return withUnit(refusal.data.missing, refusal.data.unit);
		default:
			return undefined;
	}
}

/** Of exact decimal texts. */
function minus(a: string, b: string): string {
	const places = Math.max(...[a, b].map((text) => text.split('.')[1]?.length ?? 0));
	return formatUnits(parseUnits(a, places) - parseUnits(b, places), places);
}
