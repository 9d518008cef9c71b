import * as fc from 'fast-check';
import { daysBetween, monthAround } from '../../../core/statement/period';

const iso = (unix: number) => new Date(unix * 1000).toISOString();
const at = (text: string) => Date.parse(text) / 1000;
const hoursOf = ({ from, to }: { from: number; to: number }) => (to + 1 - from) / 3_600;

it('a month is that of the time zone, from its first second to its last', () => {
	const { from, to } = monthAround(at('2026-11-30T23:30:00Z'), 'Europe/Berlin');
	expect([iso(from), iso(to)]).toEqual(['2026-11-30T23:00:00.000Z', '2026-12-31T22:59:59.000Z']);
	const before = monthAround(at('2026-11-30T23:30:00Z'), 'Europe/Berlin', -1);
	expect([iso(before.from), iso(before.to)]).toEqual(['2026-10-31T23:00:00.000Z', '2026-11-30T22:59:59.000Z']);
});

it('the month before January is December', () => {
	const { from, to } = monthAround(at('2027-01-15T00:00:00Z'), 'UTC', -1);
	expect([iso(from), iso(to)]).toEqual(['2026-12-01T00:00:00.000Z', '2026-12-31T23:59:59.000Z']);
});

it('days have 23 and 25 hours where clocks are changed in them', () => {
	const day = (text: string) => daysBetween(at(text), at(text), 'Europe/Berlin', 'Last Day');
	expect(hoursOf(day('2026-03-29T10:00:00Z'))).toBe(23);
	expect(hoursOf(day('2026-10-25T10:00:00Z'))).toBe(25);
	expect(hoursOf(day('2026-10-26T10:00:00Z'))).toBe(24);
});

it('a day that begins later, because the clock jumps over midnight, begins when it does', () => {
	const { from } = daysBetween(at('2026-04-24T10:00:00Z'), at('2026-04-24T10:00:00Z'), 'Africa/Cairo', 'Last Day');
	expect(iso(from)).toBe('2026-04-23T22:00:00.000Z');
});

it('refuses a last day before the first, by the name of its field', () => {
	expect(() => daysBetween(at('2026-03-02T00:00:00Z'), at('2026-03-01T00:00:00Z'), 'UTC', 'Last Day')).toThrow(
		'"Last Day" is before the first day',
	);
});

it('months follow each other without a gap and without a second in both', () => {
	const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe', 'Pacific/Apia');
	const moments = fc.integer({ min: at('2015-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });
	fc.assert(
		fc.property(zones, moments, (zone, moment) => {
			const [before, own] = [monthAround(moment, zone, -1), monthAround(moment, zone)];
			expect(own.from - before.to).toBe(1);
			expect(own.from <= moment && moment <= own.to).toBe(true);
		}),
	);
});
