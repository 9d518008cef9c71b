import type { SpendLimit } from '../../plugin/keyState';
import { showLocalTime } from '../../text/localTime';
import { fit, fitGas } from './checkBudgets';

/** Money that went out: base units, and unix seconds. */
export interface Outflow {
	time: number;
	amount: bigint;
}

/** Until when money lasts, when the payments of the last 30 days are made again every 30 days. */
export type Runway =
	/** Nothing went out in the last 30 days. */
	| { lasts: 'noPayments' }
	/** Through all cycles that are looked at. */
	| { lasts: 'long' }
	/** Unix seconds: the first payment that no longer fits; and the whole days until then. */
	| { lasts: 'until'; until: number; days: number };

const DAY = 86_400;
/** The payments of so many seconds are what the pace is taken from. */
export const PACE_SECONDS = 30 * DAY;
/** About two years: nobody's payments stay the same for longer. */
const CYCLES = 24;

/**
 * How long an account's money lasts, with nothing coming in.
 *
 * @param outflows what left it; only those of the 30 days up to `now` count, in any order
 * @param now unix seconds
 */
export function balanceRunway(balance: bigint, outflows: readonly Outflow[], now: number): Runway {
	let left = balance;
	return repeat(outflows, now, ({ amount }) => {
		left -= amount;
		return left >= 0n;
	});
}

/** How long a native or token budget lasts: its windows reopen as the plugin counts them. See `balanceRunway`. */
export function budgetRunway(limit: SpendLimit, outflows: readonly Outflow[], now: number): Runway {
	let present = limit;
	return repeat(outflows, now, ({ amount, time }) => {
		const outcome = fit(present, amount, time);
		if (outcome.fits) present = outcome.after;
		return outcome.fits;
	});
}

/**
 * The same for a gas budget.
 *
 * @param outflows the most that each operation could have cost, paid or failed: that is what the plugin counts
 */
export function gasBudgetRunway(
	limit: SpendLimit,
	shouldReset: boolean,
	outflows: readonly Outflow[],
	now: number,
): Runway {
	let [present, stuck] = [limit, shouldReset];
	return repeat(outflows, now, ({ amount, time }) => {
		const outcome = fitGas(present, stuck, amount, time);
		if (outcome.fits) [present, stuck] = [outcome.after, false];
		return outcome.fits;
	});
}

/** Makes the payments of the last 30 days again, and again, until one does not fit. */
function repeat(outflows: readonly Outflow[], now: number, pay: (outflow: Outflow) => boolean): Runway {
	const recent = outflows
		.filter(({ time, amount }) => time > now - PACE_SECONDS && time <= now && amount > 0n)
		.sort((a, b) => a.time - b.time);
	if (recent.length === 0) return { lasts: 'noPayments' };
	for (let cycle = 1; cycle <= CYCLES; cycle++) {
		for (const { time, amount } of recent) {
			const until = time + cycle * PACE_SECONDS;
			if (!pay({ time: until, amount })) return { lasts: 'until', until, days: Math.floor((until - now) / DAY) };
		}
	}
	return { lasts: 'long' };
}

/** A runway in a sentence, which says what it rests on. */
export function runwayWords(runway: Runway, timeZone: string): string {
	switch (runway.lasts) {
		case 'noPayments':
			return 'Nothing was paid from it in the last 30 days, so there is no pace to tell by.';
		case 'long':
			return 'Lasts for two years or longer, if the payments of the last 30 days are repeated.';
		case 'until': {
			const days = runway.days === 1 ? '1 day' : `${runway.days} days`;
			return `Lasts until ${showLocalTime(runway.until, timeZone)} (${days}), if the payments of the last 30 days are repeated.`;
		}
	}
}
