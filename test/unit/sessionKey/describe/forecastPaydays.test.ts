import { forecastPaydays } from '../../../../core/sessionKey/describe/forecastPaydays';
import { localTimeAt, unixTimeOf } from '../../../../core/text/zonedTime';
import { parseDate } from '../../../../core/input/date';

const DAY = 86_400;
const at = (iso: string) => Date.parse(iso) / 1000;

function missedMonths(days: number, timeZone = 'UTC', dayOfMonth = 1): string[] {
	const now = at('2027-01-01T00:00:00Z');
	const limit = { limit: 100n, used: 0n, refreshInterval: days * DAY, lastUsed: now - 365 * DAY };
	const { paydays, missed } = forecastPaydays(limit, { dayOfMonth, hour: 9, timeZone }, now);
	expect(paydays).toHaveLength(24);
	return missed.map((time) => new Date(time * 1000).toISOString().slice(0, 7));
}

describe('paydays', () => {
	it('are missed each March with 30 days', () => {
		expect(missedMonths(30)).toEqual(['2027-03', '2028-03']);
	});

	it('are missed five times a year with 31 days', () => {
		expect(missedMonths(31)).toEqual([
			'2027-03',
			'2027-05',
			'2027-07',
			'2027-10',
			'2027-12',
			'2028-03',
			'2028-05',
			'2028-07',
			'2028-10',
			'2028-12',
		]);
	});

	it('are never missed with 28 days, nor with 27', () => {
		expect(missedMonths(28)).toEqual([]);
		expect(missedMonths(27, 'America/New_York', 31)).toEqual([]);
	});

	it('know that an hour is lost in spring: 31 days after 1 March is an hour too late for 1 April', () => {
		const now = at('2027-02-15T00:00:00Z');
		const limit = { limit: 1n, used: 0n, refreshInterval: 31 * DAY, lastUsed: 0 };
		const firstMissed = (timeZone: string) =>
			forecastPaydays(limit, { dayOfMonth: 1, hour: 9, timeZone }, now).missed[0];
		expect(firstMissed('Europe/Berlin')).toBe(at('2027-04-01T07:00:00Z'));
		expect(firstMissed('UTC')).toBe(at('2027-05-01T09:00:00Z'));
	});

	it('start from what is used now', () => {
		const now = at('2027-01-31T10:00:00Z');
		const limit = { limit: 100n, used: 1n, refreshInterval: 28 * DAY, lastUsed: now };
		const { missed } = forecastPaydays(limit, { dayOfMonth: 1, hour: 9, timeZone: 'UTC' }, now);
		expect(missed).toEqual([at('2027-02-01T09:00:00Z')]);
	});

	it('fall on the last day of a shorter month', () => {
		const limit = { limit: 1n, used: 0n, refreshInterval: DAY, lastUsed: 0 };
		const { paydays } = forecastPaydays(
			limit,
			{ dayOfMonth: 31, hour: 0, timeZone: 'UTC' },
			at('2027-02-01T00:00:00Z'),
		);
		expect(paydays.slice(0, 2)).toEqual([at('2027-02-28T00:00:00Z'), at('2027-03-31T00:00:00Z')]);
	});

	it('refuse a day or a zone that is none', () => {
		const limit = { limit: 1n, used: 0n, refreshInterval: DAY, lastUsed: 0 };
		expect(() => forecastPaydays(limit, { dayOfMonth: 32, hour: 0, timeZone: 'UTC' }, 0)).toThrow('not a day');
		expect(() => forecastPaydays(limit, { dayOfMonth: 1, hour: 0, timeZone: 'Mars/Base' }, 0)).toThrow('no time zone');
	});
});

describe('times of a wall clock', () => {
	it.each([
		['2027-07-01T09:00', 'Europe/Berlin', '2027-07-01T07:00:00Z'],
		['2027-01-01', 'Europe/Berlin', '2026-12-31T23:00:00Z'],
		['2027-06-01T00:00', 'Asia/Kathmandu', '2027-05-31T18:15:00Z'],
		['2027-06-01T00:00:00Z', 'Asia/Kathmandu', '2027-06-01T00:00:00Z'],
		['2027-06-01T00:00:00+02:00', 'UTC', '2027-05-31T22:00:00Z'],
		['2027-06-01T00:00:00.000+02:00', 'UTC', '2027-05-31T22:00:00Z'],
	])('%s in %s', (text, zone, utc) => {
		expect(parseDate(text, 'Valid Until', zone)).toBe(at(utc));
	});

	it('are later where the clock jumps over them, and the first where it shows them twice', () => {
		const night = { hour: 2, minute: 30, second: 0 };
		const [march, october] = [
			{ year: 2027, month: 3, day: 28, ...night },
			{ year: 2027, month: 10, day: 31, ...night },
		];
		expect(unixTimeOf(march, 'Europe/Berlin')).toBe(at('2027-03-28T01:30:00Z'));
		expect(unixTimeOf(october, 'Europe/Berlin')).toBe(at('2027-10-31T00:30:00Z'));
	});

	it('go there and back', () => {
		const time = at('2027-07-01T07:00:05Z');
		expect(unixTimeOf(localTimeAt(time, 'America/New_York'), 'America/New_York')).toBe(time);
	});

	it('take seconds, and refuse milliseconds', () => {
		expect(parseDate(1800000000, 'Valid Until', 'UTC')).toBe(1800000000);
		expect(() => parseDate(1800000000000, 'Valid Until', 'UTC')).toThrow('milliseconds');
		expect(() => parseDate('1800000000000', 'Valid Until', 'UTC')).toThrow('milliseconds');
	});

	it('take a date from an expression', () => {
		expect(parseDate({ toISO: () => '2027-06-01T00:00:00.000Z' }, 'Valid Until', 'UTC')).toBe(
			at('2027-06-01T00:00:00Z'),
		);
		expect(parseDate(new Date('2027-06-01'), 'Valid Until', 'Asia/Kathmandu')).toBe(at('2027-06-01T00:00:00Z'));
	});

	it.each(['', 'soon', '2027-13-01', '2027-04-31', '1.2.2027', '2027-01-01T25:00Z', null, {}])('refuse %p', (value) => {
		expect(() => parseDate(value, 'Valid Until', 'UTC')).toThrow('not a date');
	});
});
