import { InputError } from '../errors';
import { toUtc, unixTimeOf, type LocalTime } from '../text/zonedTime';

/** Unix seconds pass this in the year 5138; unix milliseconds passed it in 1973. */
const LIKELY_MILLISECONDS = 1e11;

/**
 * Reads a date as people and n8n's date picker give it: ISO 8601, a Date, a Luxon DateTime (an expression with $now), or
 * unix seconds. A date without a zone is the wall clock of `timeZone`; a date without a time is its midnight.
 *
 * @returns unix seconds
 * @throws {InputError}, for milliseconds too: they are refused, not guessed at
 */
export function parseTime(value: unknown, field: string, timeZone: string): number {
	const iso = toIso(value);
	if (/^\d+(\.\d+)?$/.test(iso)) {
		const number = Number(iso);
		if (number >= LIKELY_MILLISECONDS) {
			throw new InputError(
				field,
				`"${field}" is ${iso}: that is milliseconds, and the chain counts seconds`,
				`Choose a date, or type unix seconds: ${Math.floor(number / 1000)} is ${new Date(number).toISOString()}.`,
			);
		}
		return Math.floor(number);
	}
	const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(
		iso,
	);
	const zoned = match?.[7] ? Date.parse(iso.replace(' ', 'T')) / 1000 : undefined;
	if (!match || (zoned !== undefined && Number.isNaN(zoned))) throw notADate(iso, field);
	if (zoned !== undefined) return Math.floor(zoned);
	const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
	const local = { year, month, day, hour, minute, second } as LocalTime;
	const back = new Date(toUtc(local) * 1000).toISOString();
	// 31 April would become 1 May without a word.
	if (!back.startsWith(iso.slice(0, 10))) throw notADate(iso, field);
	return unixTimeOf(local, timeZone);
}

function toIso(value: unknown): string {
	if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
	if (typeof value === 'number' || typeof value === 'string') return String(value).trim();
	const luxon = value as { toISO?: () => unknown } | null | undefined;
	return typeof luxon?.toISO === 'function' ? String(luxon.toISO()) : '';
}

function notADate(text: string, field: string): InputError {
	return new InputError(
		field,
		`"${field}" is ${text ? `"${text.slice(0, 60)}"` : 'empty'}, not a date`,
		'Choose a date, or type one such as 2027-01-31 or 2027-01-31T18:00.',
	);
}
