import { InputError } from '../errors';
import { localTimeAt, unixTimeOf, type LocalTime } from '../text/zonedTime';

/** A stretch of time by the calendar of a time zone. */
export interface Period {
	/** Its first second, unix. */
	from: number;
	/** Its last second, unix: belongs to it. */
	to: number;
	timeZone: string;
}

/**
 * A whole month by the clock of a time zone.
 *
 * @param moment unix seconds
 * @param later 0 is the month in which the moment lies, -1 the one before it
 */
export function monthAround(moment: number, timeZone: string, later = 0): Period {
	const { year, month } = localTimeAt(moment, timeZone);
	const start = (number: number) => startOf({ year, month: number, day: 1 }, timeZone);
	return { from: start(month + later), to: start(month + later + 1) - 1, timeZone };
}

/**
 * Whole days by the clock of a time zone: from the beginning of the one to the end of the other. A day has 23 or 25 hours
 * where clocks are changed in it.
 *
 * @param first unix seconds, some moment of the first day
 * @param last of the last day
 * @throws {InputError} when the last day is before the first
 */
export function daysBetween(first: number, last: number, timeZone: string, field: string): Period {
	const { year, month, day } = localTimeAt(last, timeZone);
	const from = startOf(localTimeAt(first, timeZone), timeZone);
	const to = startOf({ year, month, day: day + 1 }, timeZone) - 1;
	if (to > from) return { from, to, timeZone };
	throw new InputError(field, `"${field}" is before the first day`, 'Choose a day that is not before the first one.');
}

/** The calendar goes over into the next month or year by itself: day 32 and month 13 are understood. */
function startOf({ year, month, day }: Pick<LocalTime, 'year' | 'month' | 'day'>, timeZone: string): number {
	return unixTimeOf({ year, month, day, hour: 0, minute: 0, second: 0 }, timeZone);
}
