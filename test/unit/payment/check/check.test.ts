import { getAddress, maxUint256, parseEther, type Hex } from 'viem';
import { nativeTransfer, tokenTransfer, type Call } from '../../../../core/calls';
import { SESSION_KEY_PLUGIN } from '../../../../core/contracts';
import { checkCalls, checkInOrder, SECONDS_NEEDED } from '../../../../core/payment/check/check';
import {
	ACCOUNT,
	ANNA,
	GAS,
	limitOf,
	NOW,
	open,
	PAYMASTER,
	sampleAccount,
	sampleState,
	TARGET,
	TOKEN,
} from '../../refusal/sampleState';

const someEth = [nativeTransfer(ANNA, 1_000n)];
const usdc = (amount: bigint) => [tokenTransfer(TOKEN, ANNA, amount)];
const budget = (used: bigint) => limitOf(5_000_000_000n, used, 28 * 86_400, NOW - 86_400);
const withBudget = (used: bigint) =>
	sampleState({ key: { contracts: { [TOKEN]: open({ tokenLimit: budget(used) }) } } });
const codes = (...args: Parameters<typeof checkCalls>) => checkCalls(...args).refusals.map(({ code }) => code);

test('says yes, and what is left', () => {
	const { allowed, refusals, remaining } = checkCalls(withBudget(3_000_000_000n), usdc(1_200_500_000n), { gas: GAS });
	expect({ allowed, refusals }).toEqual({ allowed: true, refusals: [] });
	expect(remaining).toEqual([
		{ budget: 'native', token: 'ETH', left: '1', limit: '1', used: '0', renewsAfterSeconds: 0 },
		{
			budget: 'token',
			token: 'USDC',
			tokenAddress: TOKEN,
			left: '799.5',
			limit: '5000',
			used: '4200.5',
			renewsAfterSeconds: 2_419_200,
			reopensAt: '2026-12-25T09:00:00Z',
		},
	]);
});

test('says no in the words of the issue, and leaves everything as it is', () => {
	const state = withBudget(4_200_000_000n);
	const { refusals, after } = checkCalls(state, usdc(1_200_000_000n), { gas: GAS });
	expect(refusals).toHaveLength(1);
	expect(refusals[0]).toMatchObject({
		code: 'tokenBudgetUsedUp',
		message:
			'The USDC budget of this key is too small for this payment now: 4,200 of 5,000 USDC spent, 800 left, this payment needs 1,200. It reopens on 25 December 2026 at 09:00 UTC.',
		reopensAt: '2026-12-25T09:00:00Z',
		data: { used: '4200', limit: '5000', remaining: '800', needed: '1200' },
	});
	expect(after).toBe(state);
});

test('every reason at once, the most useful first', () => {
	const state = sampleState({
		key: {
			validUntil: NOW - 1,
			native: limitOf(0n),
			requiredPaymaster: PAYMASTER,
			contracts: { [ANNA]: open({ onList: false }) },
		},
		account: sampleAccount({ balance: 5n }),
	});
	expect(codes(state, someEth, { gas: GAS })).toEqual([
		'keyExpired',
		'contractNotAllowed',
		'nativeNotAllowed',
		'paymasterRequired',
		'gasBalanceTooLow',
		'nativeBalanceTooLow',
	]);
});

describe('payments in order', () => {
	test('each finds what the ones before it left; what is refused takes nothing', () => {
		const payments = [usdc(3_000_000_000n), usdc(3_000_000_000n), usdc(2_000_000_000n), usdc(1n)];
		const verdicts = checkInOrder(withBudget(0n), payments, { gas: GAS });
		expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, false, true, false]);
		expect(verdicts[3]?.refusals.map(({ code }) => code)).toEqual(['tokenBudgetUsedUp', 'tokenBalanceTooLow']);
	});

	test('gas counts as much as it may cost', () => {
		// Each may cost 0.0031 ETH; 0.007 holds two of them.
		const state = sampleState({
			account: sampleAccount({ balance: parseEther('0.006'), deposit: parseEther('0.001') }),
		});
		const verdicts = checkInOrder(state, [someEth, someEth, someEth], { gas: GAS });
		expect(verdicts.map(({ refusals }) => refusals[0]?.code)).toEqual([undefined, undefined, 'gasBalanceTooLow']);
	});
});

describe('the end of a key', () => {
	const until = (validUntil: number) => sampleState({ key: { validUntil } });

	test('is inside', () => {
		expect(codes(until(NOW), someEth, { secondsNeeded: 0 })).toEqual([]);
		expect(codes(until(NOW - 1), someEth, { secondsNeeded: 0 })).toEqual(['keyExpired']);
	});

	test('must be far enough for the bundler', () => {
		expect(codes(until(NOW + SECONDS_NEEDED), someEth)).toEqual([]);
		expect(codes(until(NOW + SECONDS_NEEDED - 1), someEth)).toEqual(['keyExpiresSoon']);
	});

	test('comes before the budget reopens: then waiting does not help', () => {
		const key = { validUntil: NOW + 3_000, native: limitOf(10n, 10n, 3_600, NOW) };
		const [refusal] = checkCalls(sampleState({ key }), [nativeTransfer(ANNA, 1n)]).refusals;
		expect(refusal).toMatchObject({ code: 'windowAfterEnd' });
		expect(refusal).not.toHaveProperty('reopensAt');
	});
});

describe('hex with capitals', () => {
	const capitals: Call[] = usdc(6_000_000_000n).map((call) => ({
		...call,
		data: `0x${call.data.slice(2).toUpperCase()}` as Hex,
	}));

	test('counts like any other', () => {
		expect(codes(withBudget(0n), capitals)).toEqual(['tokenLimitExceeded', 'tokenBalanceTooLow']);
	});
});

test('a function called where there is no contract', () => {
	const state = sampleState({ withoutCode: [TARGET] });
	expect(codes(state, [{ target: TARGET, value: 0n, data: '0x12345678' }])).toEqual(['noContract']);
	expect(codes(sampleState({ withoutCode: [ANNA] }), [{ target: ANNA, value: 1n, data: '0x' }])).toEqual([]);
});

test('paying oneself and plugins', () => {
	expect(codes(sampleState(), [{ target: ACCOUNT, value: 0n, data: '0x' }])).toEqual(['accountIsTarget']);
	expect(codes(sampleState(), [{ target: SESSION_KEY_PLUGIN, value: 0n, data: '0x' }])).toEqual(['pluginIsTarget']);
});

test('tokens that give no symbol are counted in base units', () => {
	const state = { ...withBudget(0n), tokens: {} };
	expect(checkCalls(state, usdc(5_000_000_001n)).refusals[0]?.message).toBe(
		`This payment needs 5,000,000,001 base units, more than the whole budget for ${TOKEN} of this key, 5,000,000,000 base units.`,
	);
});

test('transfers to the account itself leave it with the same, and are no payments', () => {
	const toItself = [tokenTransfer(TOKEN, ACCOUNT, 4_000_000_000n), ...usdc(4_000_000_000n)];
	expect(codes(sampleState(), toItself)).toEqual(['moneyLost']);
});

test('numbers beyond 2^256 are refused before they are added', () => {
	const state = sampleState({ key: { native: undefined } });
	const calls = [nativeTransfer(ANNA, maxUint256), nativeTransfer(ANNA, 1n)];
	expect(codes(state, calls)).toEqual(['amountTooLarge', 'nativeBalanceTooLow']);
});

test('what was not read is no yes', () => {
	const stranger = getAddress('0x00000000000000000000000000000000000000ff');
	expect(() => checkCalls(sampleState(), [nativeTransfer(stranger, 1n)])).toThrow('were not read');
	const looked = sampleState({ key: { listType: 'denylist', contracts: { [TOKEN]: open({ checkSelectors: true }) } } });
	expect(() => checkCalls(looked, usdc(1n))).toThrow('was not read');
});

test('before gas is known, a paymaster that is needed is asked for', () => {
	const state = sampleState({ key: { requiredPaymaster: PAYMASTER } });
	expect(codes(state, someEth)).toEqual([]);
	expect(codes(state, someEth, { sponsored: false })).toEqual(['paymasterRequired']);
});
