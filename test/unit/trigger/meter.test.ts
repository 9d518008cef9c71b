import * as fc from 'fast-check';
import { getAddress } from 'viem';
import type { KeyState, SpendLimit } from '../../../core/plugin/keyState';
import { lowBudgets } from '../../../core/trigger/conditions';
import { meterName, outflowsIn, readMeter, type Meter } from '../../../core/trigger/meter';

const DAY = 86_400;
const START = 1_796_000_400;
const KEY = getAddress('0x00000000000000000000000000000000000000a1');
const TOKEN = getAddress('0x00000000000000000000000000000000000000b2');
const NAME = meterName(KEY, 'token', TOKEN);

const keyWith = (tokenLimit: SpendLimit): KeyState => ({
	account: getAddress('0x00000000000000000000000000000000000000c3'),
	key: KEY,
	registered: true,
	listType: 'allowlist',
	validAfter: 0,
	validUntil: 0,
	native: { limit: 0n, used: 0n, refreshInterval: 0, lastUsed: 0 },
	gasShouldReset: false,
	contracts: { [TOKEN]: { onList: true, checkSelectors: true, functions: {}, tokenLimit } },
});

const kept = (meter: Meter) => JSON.parse(JSON.stringify(meter)) as Meter;
const sum = (meter: Meter) => outflowsIn(meter, NAME).reduce((total, { amount }) => total + amount, 0n);

test('counts what is paid, over windows, with a poll after each payment; and forgets what is older than 30 days', () => {
	const payments = fc.array(fc.record({ after: fc.integer({ min: 1, max: DAY }), amount: fc.bigInt(1n, 40n) }), {
		maxLength: 90,
	});
	fc.assert(
		fc.property(payments, (all) => {
			let limit: SpendLimit = { limit: 1_000_000n, used: 0n, refreshInterval: 7 * DAY, lastUsed: START };
			let meter = readMeter(undefined, [keyWith(limit)], START);
			let now = START;
			const made: { time: number; amount: bigint }[] = [];
			for (const { after, amount } of all) {
				now += after;
				const isNew = now >= limit.lastUsed + limit.refreshInterval;
				limit = isNew ? { ...limit, used: amount, lastUsed: now } : { ...limit, used: limit.used + amount };
				made.push({ time: now, amount });
				meter = readMeter(kept(meter), [keyWith(limit)], now);
			}
			// By the hour in which each was seen.
			const recent = made.filter(({ time }) => time - (time % 3_600) > now - 30 * DAY);
			expect(sum(meter)).toBe(recent.reduce((total, { amount }) => total + amount, 0n));
		}),
	);
});

test('a reorganisation and an owner’s reset are no payments', () => {
	const at = (used: bigint) => [keyWith({ limit: 100n, used, refreshInterval: 0, lastUsed: 0 })];
	let meter = readMeter(undefined, at(10n), START);
	for (const used of [30n, 20n, 30n]) meter = readMeter(kept(meter), at(used), START);
	expect(sum(meter)).toBe(20n);
	for (const used of [0n, 5n]) meter = readMeter(kept(meter), at(used), START);
	expect(sum(meter)).toBe(25n);
});

test('what was spent in a pause of more than a day is not counted: it may be older than 30 days', () => {
	const at = (used: bigint) => [keyWith({ limit: 100n, used, refreshInterval: 0, lastUsed: 0 })];
	let meter = readMeter(undefined, at(10n), START);
	meter = readMeter(kept(meter), at(15n), START + DAY);
	meter = readMeter(kept(meter), at(90n), START + 3 * DAY);
	meter = readMeter(kept(meter), at(91n), START + 3 * DAY + 60);
	expect(sum(meter)).toBe(6n);
});

test('a budget is low in days only when what was seen would use it up, and says until when', () => {
	const limit = { limit: 100n, used: 70n, refreshInterval: 0, lastUsed: 0 };
	const state = keyWith(limit);
	const view = { state, now: START + 28 * DAY, lastChange: 0n };
	let meter = readMeter(undefined, [keyWith({ ...limit, used: 0n })], START);
	expect(lowBudgets({ ...view, meter }, { days: 365 }, 0)).toEqual([]);
	meter = readMeter(meter, [state], START + DAY);
	const [low] = lowBudgets({ ...view, meter }, { days: 3 }, 0);
	expect(low).toMatchObject({ key: KEY, asset: TOKEN, runway: { lasts: 'until' } });
	expect(lowBudgets({ ...view, meter }, { days: 1 }, 0)).toEqual([]);
	// The same payments fit into a budget that is renewed.
	const renewed = keyWith({ ...limit, refreshInterval: 28 * DAY, lastUsed: START + DAY });
	expect(lowBudgets({ ...view, state: renewed, meter }, { days: 365 }, 0)).toEqual([]);
});
