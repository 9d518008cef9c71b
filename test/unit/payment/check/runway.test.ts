import * as fc from 'fast-check';
import {
	balanceRunway,
	budgetRunway,
	gasBudgetRunway,
	PACE_SECONDS,
	runwayWords,
	type Outflow,
	type Runway,
} from '../../../../core/payment/check/runway';
import type { SpendLimit } from '../../../../core/plugin/keyState';

const DAY = 86_400;
const NOW = 1_796_000_000;

const outflows = fc.array(
	fc.record({
		time: fc.integer({ min: NOW - 2 * PACE_SECONDS, max: NOW + DAY }),
		amount: fc.bigInt({ min: 0n, max: 10n ** 24n }),
	}),
	{ maxLength: 12 },
);
const recentOf = (all: readonly Outflow[]) =>
	all.filter(({ time, amount }) => time > NOW - PACE_SECONDS && time <= NOW && amount > 0n);
const sum = (all: readonly Outflow[]) => all.reduce((total, { amount }) => total + amount, 0n);

test('a balance holds every repeated payment before the end of its runway, and not the one at its end', () => {
	fc.assert(
		fc.property(outflows, fc.bigInt({ min: 0n, max: 10n ** 25n }), (all, balance) => {
			const recent = recentOf(all);
			const runway = balanceRunway(balance, all, NOW);
			if (recent.length === 0) return expect(runway).toEqual({ lasts: 'noPayments' });
			if (runway.lasts === 'long') return expect(sum(recent) * 24n).toBeLessThanOrEqual(balance);
			const { until, days } = runway as Runway & { lasts: 'until' };
			const repeated = recent.flatMap((one) =>
				Array.from({ length: 24 }, (_, cycle) => ({ ...one, time: one.time + (cycle + 1) * PACE_SECONDS })),
			);
			expect(sum(repeated.filter(({ time }) => time < until))).toBeLessThanOrEqual(balance);
			expect(sum(repeated.filter(({ time }) => time <= until))).toBeGreaterThan(balance);
			expect(days).toBe(Math.floor((until - NOW) / DAY));
			expect(until).toBeGreaterThan(NOW);
		}),
		{ numRuns: 500 },
	);
});

const limits: fc.Arbitrary<SpendLimit> = fc.record({
	limit: fc.bigInt({ min: 0n, max: 10n ** 25n }),
	used: fc.bigInt({ min: 0n, max: 10n ** 25n }),
	refreshInterval: fc.constantFrom(0, DAY, 7 * DAY, 28 * DAY, 30 * DAY, 400 * DAY),
	lastUsed: fc.integer({ min: NOW - 400 * DAY, max: NOW }),
});

/** The plugin's rule for native and token limits, in its own words. */
function runsOutAt(limit: SpendLimit, all: readonly Outflow[]): number | undefined {
	let { used, lastUsed } = limit;
	for (let cycle = 1; cycle <= 24; cycle++) {
		for (const one of [...recentOf(all)].sort((a, b) => a.time - b.time)) {
			const time = one.time + cycle * PACE_SECONDS;
			if (limit.refreshInterval > 0 && time >= lastUsed + limit.refreshInterval) [used, lastUsed] = [0n, time];
			used += one.amount;
			if (used > limit.limit) return time;
		}
	}
	return undefined;
}

test('a budget lasts until the first repeated payment that the plugin would refuse', () => {
	fc.assert(
		fc.property(limits, outflows, (limit, all) => {
			const runway = budgetRunway(limit, all, NOW);
			if (recentOf(all).length === 0) return expect(runway.lasts).toBe('noPayments');
			expect(runway.lasts === 'until' ? runway.until : undefined).toBe(runsOutAt(limit, all));
		}),
		{ numRuns: 500 },
	);
});

test('a salary budget of 28 days that is used up now lasts, as it reopens before the next payday', () => {
	const limit = { limit: 10_000n, used: 9_600n, refreshInterval: 28 * DAY, lastUsed: NOW - DAY };
	expect(budgetRunway(limit, [{ time: NOW - DAY, amount: 9_600n }], NOW)).toEqual({ lasts: 'long' });
	const monthly = { ...limit, refreshInterval: 31 * DAY };
	expect(budgetRunway(monthly, [{ time: NOW - DAY, amount: 9_600n }], NOW)).toEqual({
		lasts: 'until',
		until: NOW + 29 * DAY,
		days: 29,
	});
});

test('a gas budget keeps what was used past its window until it is full', () => {
	const limit = { limit: 100n, used: 90n, refreshInterval: 7 * DAY, lastUsed: NOW - 30 * DAY };
	const outflow = { time: NOW - DAY, amount: 40n };
	expect(gasBudgetRunway(limit, false, [outflow], NOW)).toEqual({ lasts: 'long' });
	expect(gasBudgetRunway(limit, true, [outflow], NOW)).toMatchObject({ until: NOW + 29 * DAY });
	expect(gasBudgetRunway({ ...limit, refreshInterval: 0 }, false, [outflow], NOW)).toMatchObject({ days: 29 });
});

test('a runway is told in a sentence, by the clock of the workflow', () => {
	const words = (runway: Runway) => runwayWords(runway, 'Europe/Berlin');
	expect(words({ lasts: 'until', until: Date.UTC(2027, 0, 12, 8) / 1000, days: 45 })).toBe(
		'Lasts until 12 January 2027 at 09:00 (45 days), if the payments of the last 30 days are repeated.',
	);
	expect(words({ lasts: 'until', until: Date.UTC(2027, 0, 12, 8) / 1000, days: 1 })).toContain('(1 day)');
	expect(words({ lasts: 'noPayments' })).toMatch(/^Nothing was paid/);
	expect(words({ lasts: 'long' })).toMatch(/two years/);
});
