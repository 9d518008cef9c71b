import { EXAMPLES, usdc } from '../../../core/refusal/examples';
import { refuse, RefusalError, type Refusal, type RefusalCode } from '../../../core/refusal/refusal';
import { REFUSALS } from '../../../core/refusal/refusals';
import { moment, showMoment } from '../../../core/text/format';
import { HASH, NOW } from './sampleState';

const codes = Object.keys(REFUSALS) as RefusalCode[];
const sample = (code: RefusalCode): Refusal => refuse(code, EXAMPLES[code] as never);

test.each(codes)('%s is said in plain words', (code) => {
	const { message, remedy, data } = sample(code);
	for (const text of [message, remedy, REFUSALS[code].cause]) {
		expect(text).not.toMatch(/\b(errors?|problems?|failures?|mistakes?)\b|undefined|NaN|\[object/i);
		expect(text).toMatch(/^["A-Z0-9].*[.)]$|said: |answer was: /);
	}
	// Thousands are separated, in amounts and times; a chain's number is a name.
	if (code !== 'wrongNetwork') expect(message).not.toMatch(/(?<![\w.,]|0x\w*)\d{5,}/);
	expect(JSON.parse(JSON.stringify(data))).toEqual(data);
	expect(`${message}\n${remedy}`).toMatchSnapshot();
});

describe('the example of the issue', () => {
	const refusal = refuse('tokenBudgetUsedUp', { ...usdc, needed: '1200' }, NOW);

	test('says what is spent, left and needed, and when it reopens', () => {
		expect(refusal.message).toBe(
			'The USDC budget of this key is too small for this payment now: 4,200 of 5,000 USDC spent, 800 left, this payment needs 1,200. It reopens on 28 November 2026 at 09:00 UTC.',
		);
		expect(refusal.remedy).toContain('Session Key Manager > Permission > Set Spend Limit');
		expect(refusal.reopensAt).toBe('2026-11-28T09:00:00Z');
	});

	test('is thrown with the first reason in front', () => {
		const error = new RefusalError([refusal, sample('keyExpired')], { userOperationHash: HASH });
		expect(error).toMatchObject({ message: refusal.message, refusal, userOperationHash: HASH });
		expect(error.refusals).toHaveLength(2);
	});
});

test('moments keep their seconds, and those beyond every calendar are said to be so', () => {
	expect(showMoment(moment(NOW))).toBe('28 November 2026 at 09:00 UTC');
	expect(showMoment(moment(NOW + 5))).toBe('28 November 2026 at 09:00:05 UTC');
	expect(moment(2 ** 48 - 1)).toEqual({ unix: 2 ** 48 - 1 });
	expect(showMoment(moment(2 ** 48 - 1))).toBe('a day after the year 9999');
});
