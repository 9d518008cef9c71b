import { localTimeAt, type LocalTime } from './zonedTime';

export const MONTHS = [
	'January',
	'February',
	'March',
	'April',
	'May',
	'June',
	'July',
	'August',
	'September',
	'October',
	'November',
	'December',
];

/** A moment by the clock of a time zone, without its seconds: `28 November 2026 at 10:00`. @param unix seconds */
export function showLocalTime(unix: number, timeZone: string): string {
	const local = localTimeAt(unix, timeZone);
	return `${dayOf(local)} ${local.year} at ${hourOf(local)}`;
}

/**
 * The same, as short as it can be said at another moment: `14:05` on the same day, `26 December` in the same year, else with
 * the year. A day that is less than two away comes with its hour.
 *
 * @param now unix seconds
 */
export function showShortTime(unix: number, now: number, timeZone: string): string {
	const [local, today] = [localTimeAt(unix, timeZone), localTimeAt(now, timeZone)];
	if (local.year === today.year && dayOf(local) === dayOf(today)) return hourOf(local);
	const day = local.year === today.year ? dayOf(local) : `${dayOf(local)} ${local.year}`;
	return Math.abs(unix - now) < 2 * 86_400 ? `${day} at ${hourOf(local)}` : day;
}

function dayOf({ day, month }: LocalTime): string {
	return `${day} ${MONTHS[month - 1]}`;
}

function hourOf({ hour, minute }: LocalTime): string {
	return [hour, minute].map((one) => String(one).padStart(2, '0')).join(':');
}
