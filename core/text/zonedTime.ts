import { InputError } from '../errors';

/** A wall clock's reading. Months from 1. */
export interface LocalTime {
	year: number;
	month: number;
	day: number;
	hour: number;
	minute: number;
	second: number;
}

/** Reads the wall clock of a time zone at a moment. @param unixSeconds unix seconds */
export function localTimeAt(unixSeconds: number, timeZone: string): LocalTime {
	const parts = formatter(timeZone).formatToParts(new Date(unixSeconds * 1000));
	const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
	return {
		year: part('year'),
		month: part('month'),
		day: part('day'),
		hour: part('hour'),
		minute: part('minute'),
		second: part('second'),
	};
}

/**
 * The moment at which the wall clock of a time zone shows this, in unix seconds. Where the clock shows it twice, the
 * first; where it jumps over it, as much later as it jumps.
 */
export function unixTimeOf(local: LocalTime, timeZone: string): number {
	const candidates = candidatesFor(local, timeZone);
	const exact = exactAmong(candidates, local, timeZone);
	return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates);
}

/** How often the wall clock of a time zone shows this: once; not at all, or twice, where it is put forward or back. */
export function timesShown(local: LocalTime, timeZone: string): number {
	return new Set(exactAmong(candidatesFor(local, timeZone), local, timeZone)).size;
}

function candidatesFor(local: LocalTime, timeZone: string): number[] {
	const asUtc = toUtc(local);
	const offsetAt = (time: number) => toUtc(localTimeAt(time, timeZone)) - time;
	// The zone's offset a day before and after are the only two that can hold on that day.
	return [offsetAt(asUtc - 86_400), offsetAt(asUtc + 86_400)].map((offset) => asUtc - offset);
}

function exactAmong(candidates: readonly number[], local: LocalTime, timeZone: string): number[] {
	return candidates.filter((time) => toUtc(localTimeAt(time, timeZone)) === toUtc(local));
}

/** The same reading in UTC, in unix seconds. */
export function toUtc({ year, month, day, hour, minute, second }: LocalTime): number {
	return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

function formatter(timeZone: string): Intl.DateTimeFormat {
	try {
		return new Intl.DateTimeFormat('en-US', {
			timeZone,
			calendar: 'gregory',
			numberingSystem: 'latn',
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
	} catch {
		throw new InputError(
			'Time Zone',
			`"Time Zone" is "${timeZone}", which is no time zone`,
			'Use a name from the IANA list, e.g. Europe/Berlin.',
		);
	}
}
