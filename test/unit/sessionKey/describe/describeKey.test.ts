import { describeKey, type DescribeOptions } from '../../../../core/sessionKey/describe/describeKey';
import type { KeyState } from '../../../../core/plugin/keyState';
import type { KeyReport } from '../../../../core/sessionKey/read/readKeys';
import { keyWith, NOW, SAFE, TARGET, USDC, WEEK, WORDS } from '../../../support/sessionKeys';

function describeAt(state: KeyState, now = NOW, more: Partial<KeyReport> = {}, options?: DescribeOptions) {
	return describeKey({ state, times: new Map(), labels: WORDS, now, ...more }, options);
}

const usedUp = (): KeyState => {
	const state = keyWith(SAFE);
	const access = state.contracts[USDC];
	const tokenLimit = { limit: 100_000_000n, used: 99_500_000n, refreshInterval: WEEK, lastUsed: NOW };
	return { ...state, contracts: { [USDC]: { ...access, tokenLimit } } as KeyState['contracts'] };
};

describe('a described key', () => {
	it('tells a limit in the units of its token, and when it is there again', () => {
		expect(describeAt(usedUp()).tokenLimits).toEqual([
			{
				tokenAddress: USDC,
				decimals: 6,
				decimalsFrom: 'token',
				token: 'USDC',
				limit: '100',
				used: '99.5',
				left: '0.5',
				renews: 'every 7 days',
				renewsAfterSeconds: WEEK,
				windowOpenedAt: '2027-01-01T00:00:00Z',
				reopensAt: '2027-01-08T00:00:00Z',
				text: '0.5 USDC left of 100 USDC every 7 days; the full limit is available again on 8 January 2027 at 00:00 UTC.',
				paydays: undefined,
			},
		]);
	});

	it('knows that a window has passed, although the chain still shows the old usage', () => {
		expect(describeAt(usedUp(), NOW + WEEK).tokenLimits).toMatchObject([{ used: '0', left: '100' }]);
		expect(describeAt(usedUp(), NOW + WEEK - 1).tokenLimits).toMatchObject([{ used: '99.5', left: '0.5' }]);
	});

	it.each<[string, Partial<KeyState>, string]>([
		['active', {}, 'active'],
		['at its last second', { validUntil: NOW }, 'active'],
		['expired', { validUntil: NOW - 1 }, 'expired'],
		['not yet valid', { validAfter: NOW + 1 }, 'notYetValid'],
		[
			'blocked by a lowered native limit',
			{ native: { limit: 1n, used: 2n, refreshInterval: 0, lastUsed: 0 } },
			'blocked',
		],
		['blocked by a stuck gas limit', { gasShouldReset: true }, 'blocked'],
		['not registered', { registered: false }, 'notRegistered'],
	])('is %s', (_, change, status) => {
		expect(describeAt({ ...keyWith(SAFE), ...change }).status).toBe(status);
	});

	it('names functions, and those that make no difference', () => {
		const state: KeyState = {
			...keyWith(SAFE),
			contracts: { [TARGET]: { onList: false, checkSelectors: false, functions: { '0x12345678': true } } },
		};
		const labels = { ...WORDS, functions: { '0x12345678': 'hit()' } as const };
		const described = describeAt(state, NOW, { labels });
		expect(described.contracts).toEqual([
			{
				contract: TARGET,
				symbol: undefined,
				isContract: true,
				onList: false,
				checkSelectors: false,
				listedFunctions: ['hit()'],
				mayCall: 'nothing',
			},
		]);
		expect(described.warnings.join(' ')).toContain('make no difference');
	});

	it('warns of 30 days, and of missed paydays when asked', () => {
		const state = keyWith({
			...SAFE,
			tokens: [{ token: USDC, functions: 'transfer', budget: { amount: '1', refreshInterval: 30 * 86_400 } }],
		});
		const payday = { dayOfMonth: 1, hour: 9, timeZone: 'UTC' };
		const { warnings, tokenLimits } = describeAt(state, NOW, {}, { payday });
		expect(warnings.join(' ')).toContain('no month');
		expect(tokenLimits[0]?.paydays?.missed).toEqual(['2027-03-01T09:00:00Z', '2028-03-01T09:00:00Z']);
	});

	it('says when entries may be missing', () => {
		const { historyComplete, warnings } = describeAt(keyWith(SAFE), NOW, { gap: 'up to a 10 block range' });
		expect(historyComplete).toBe(false);
		expect(warnings.at(-1)).toContain('up to a 10 block range');
	});
});
