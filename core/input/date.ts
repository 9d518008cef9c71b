import { InputError } from '../errors';
import { timesShown, toUtc, unixTimeOf, type LocalTime } from '../text/zonedTime';
import { notThat } from './shown';

/** Unix seconds passed the first in the year 2001, and pass the second in 5138; unix milliseconds passed it in 1973. */
const LEAST_SECONDS = 1e9;
const LIKELY_MILLISECONDS = 1e11;

/** The days that sheets count from: 30 December 1899, so that 1 is the last day of that year. */
const SHEET_EPOCH = Date.UTC(1899, 11, 30);

/** Kiritimati's, the furthest of all. */
const MOST_OFFSET_MINUTES = 14 * 60;

const REMEDY = 'Choose a date, or type one such as 2027-01-31 or 2027-01-31T18:00.';

/**
 * Reads a date as people and n8n's date picker give it: ISO 8601, a Date, a Luxon DateTime (an expression with $now), or
 * unix seconds. A date without a zone is the wall clock of `timeZone`; a date without a time is the beginning of its day.
 *
 * @returns unix seconds
 * @throws {InputError}, for milliseconds, years, days of a sheet, and for times that the clock shows twice or never: they
 * are refused, not guessed at
 */
export function parseDate(given: unknown, field: string, timeZone: string): number {
	const iso = toIso(given);
	if (iso !== undefined && /^\d+(\.\d+)?$/.test(iso)) return secondsIn(iso, field);
	const match =
		/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s?(?:(Z)|([+-])(\d{2}):?(\d{2}))?$/i.exec(
			iso ?? '',
		);
	const local = match && clockIn(match.slice(1, 7));
	const [hours, minutes] = [Number(match?.[9] ?? 0), Number(match?.[10] ?? 0)];
	if (!match || !local || minutes > 59 || hours * 60 + minutes > MOST_OFFSET_MINUTES) {
		throw notThat(given instanceof Date ? String(given) : (iso ?? given), field, 'a date', REMEDY);
	}
	const hasZone = (match[7] ?? match[8]) !== undefined;
	if (!hasZone && match[4] !== undefined) refuseUnlessShownOnce(local, timeZone, `"${field}" is ${iso}`, field);
	const offset = Number(`${match[8] ?? '+'}1`) * (hours * 60 + minutes) * 60;
	const seconds = hasZone ? toUtc(local) - offset : unixTimeOf(local, timeZone);
	if (seconds >= 0) return seconds;
	throw new InputError(field, `"${field}" is ${iso}, which is before 1970: no chain knows that time`, REMEDY);
}

/** On the nights when clocks are changed, an hour is missing and another one comes twice. */
function refuseUnlessShownOnce(local: LocalTime, timeZone: string, message: string, field: string): void {
	const times = timesShown(local, timeZone);
	if (times === 1) return;
	const why = times === 0 ? 'a time that the clock jumps over' : 'a time that the clock shows twice';
	throw new InputError(
		field,
		`${message}, ${why} in ${timeZone}`,
		'Take another time, or type it with its offset from UTC, such as 2027-10-31T02:30+02:00.',
	);
}

/** What a calendar and a clock show; undefined where none shows it: 30 February, or 10:75. */
function clockIn(parts: readonly (string | undefined)[]): LocalTime | undefined {
	const [year, month, day, hour, minute, second] = parts.map((part) => Number(part ?? 0));
	const local = { year, month, day, hour, minute, second } as LocalTime;
	// What is too much in one place would go over into the next without a word.
	const back = new Date(toUtc(local) * 1000).toISOString().slice(0, 19);
	const two = (number: number) => String(number).padStart(2, '0');
	const date = `${String(local.year).padStart(4, '0')}-${two(local.month)}-${two(local.day)}`;
	return back === `${date}T${two(local.hour)}:${two(local.minute)}:${two(local.second)}` ? local : undefined;
}

function secondsIn(text: string, field: string): number {
	const number = Number(text);
	if (number >= LEAST_SECONDS && number < LIKELY_MILLISECONDS) return Math.floor(number);
	const message = `"${field}" is ${text.slice(0, 30)}`;
	if (number >= LIKELY_MILLISECONDS && number < 1e15) {
		throw new InputError(
			field,
			`${message}: that is milliseconds, and the chain counts seconds`,
			`Choose a date, or type unix seconds: ${Math.floor(number / 1000)} is ${new Date(number).toISOString()}.`,
		);
	}
	throw new InputError(
		field,
		`${message}, which is no date and no unix time of this century`,
		`${guess(text)}${REMEDY}`,
	);
}

/** What was perhaps meant, for the person to say so. */
function guess(text: string): string {
	const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
	if (year) return `If ${year}-${month}-${day} is meant, type it like that. `;
	if (/^(19|20|21)\d\d$/.test(text)) return `If the year is meant, type its day: ${text}-01-01. `;
	const serial = Number(text);
	// 1982 to 2119.
	if (serial < 30_000 || serial > 80_000) return '';
	const date = new Date(SHEET_EPOCH + Math.round(serial * 1440) * 60_000).toISOString();
	return `If it is the number that a sheet keeps for a date, it stands for ${date.slice(0, serial % 1 ? 16 : 10)}: type that. `;
}

function toIso(given: unknown): string | undefined {
	if (given instanceof Date) return Number.isNaN(given.getTime()) ? undefined : given.toISOString();
	if (typeof given === 'number' || typeof given === 'string') return String(given).trim();
	try {
		const iso = (given as { toISO?: () => unknown } | null | undefined)?.toISO?.();
		return typeof iso === 'string' ? iso : undefined;
	} catch {
		return undefined; // something else that is called so
	}
}

/** @throws {InputError} when it isn't the name of a time zone */
export function parseTimeZone(given: unknown, field: string): string {
	const plain = typeof given === 'string' ? given.trim() : '';
	try {
		if (plain && plain.length < 100) return new Intl.DateTimeFormat('en-US', { timeZone: plain }) && plain;
	} catch {
		// Told below.
	}
	throw notThat(given, field, 'a time zone', 'Use a name from the IANA list, e.g. Europe/Berlin.');
}
