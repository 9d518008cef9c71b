import type { SpendLimit } from '../../plugin/keyState';
import { localTimeAt, unixTimeOf } from '../../text/zonedTime';
import { InputError } from '../../errors';

/** When money is paid: a day of the month at an hour, by the clock of a time zone. */
export interface Payday {
	/** 1 to 31; where a month is shorter, its last day. */
	dayOfMonth: number;
	/** 0 to 23. */
	hour: number;
	/** IANA name, e.g. `Europe/Berlin`. */
	timeZone: string;
}

/** What becomes of the coming paydays when each time the full limit is paid. */
export interface PaydayForecast {
	/** Unix seconds of the paydays looked at. */
	paydays: number[];
	/** Those on which the window is not open again: the full payment would be refused. */
	missed: number[];
}

const PAYDAYS = 24;

/**
 * Which of the next 24 paydays a payment of the full limit would miss. The plugin's windows are lazy: a payment that
 * comes at or after lastUsed + interval opens the next one at its own time; an earlier one has to fit what is left.
 *
 * @param limit one that refreshes, as stored
 * @param now unix seconds; paydays at this moment and later count
 */
export function forecastPaydays(limit: SpendLimit, payday: Payday, now: number): PaydayForecast {
	const paydays = nextPaydays(payday, now);
	let { used, lastUsed } = limit;
	const missed = paydays.filter((time) => {
		const reopened = limit.refreshInterval > 0 && time >= lastUsed + limit.refreshInterval;
		if (!reopened && used > 0n) return true;
		if (reopened) lastUsed = time;
		used = limit.limit;
		return false;
	});
	return { paydays, missed };
}

function nextPaydays(payday: Payday, now: number): number[] {
	checkPayday(payday);
	const { year, month } = localTimeAt(now, payday.timeZone);
	const paydays: number[] = [];
	for (let ahead = 0; paydays.length < PAYDAYS; ahead++) {
		const time = paydayIn(year, month + ahead, payday);
		if (time >= now) paydays.push(time);
	}
	return paydays;
}

function paydayIn(year: number, month: number, { dayOfMonth, hour, timeZone }: Payday): number {
	const first = new Date(Date.UTC(year, month - 1, 1));
	const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
	const local = {
		year: first.getUTCFullYear(),
		month: first.getUTCMonth() + 1,
		day: Math.min(dayOfMonth, lastDay),
		hour,
		minute: 0,
		second: 0,
	};
	return unixTimeOf(local, timeZone);
}

function checkPayday({ dayOfMonth, hour }: Payday): void {
	if (!Number.isInteger(dayOfMonth) || dayOfMonth < 1 || dayOfMonth > 31) {
		throw new InputError(
			'Payday',
			`"Payday" is ${dayOfMonth}, not a day of the month`,
			'Type a whole number from 1 to 31.',
		);
	}
	if (!Number.isInteger(hour) || hour < 0 || hour > 23) {
		throw new InputError('Hour', `"Hour" is ${hour}, not an hour of the day`, 'Type a whole number from 0 to 23.');
	}
}
