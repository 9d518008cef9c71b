import { SESSION_KEY_PLUGIN } from '../../../core/contracts';
import { refuse, RefusalError, type Refusal, type RefusalCode, type RefusalData } from '../../../core/refusal/refusal';
import { REFUSALS, type BudgetData } from '../../../core/refusal/refusals';
import { moment, showMoment } from '../../../core/refusal/words';
import { ACCOUNT, ANNA, HASH, KEY, NOW, PAYMASTER, TARGET, TOKEN } from './sampleState';

const account = ACCOUNT;
const key = KEY;
const network = 'Base Sepolia';
const words = 'what the endpoint said';
const reopens = moment(NOW);
const validUntil = moment(NOW + 5);
const contract = {
	contract: TOKEN,
	symbol: 'USDC',
	selector: '0x095ea7b3',
	function: 'approve(address,uint256)',
} as const;
const usdc: BudgetData = {
	budget: 'token',
	contract: TOKEN,
	unit: 'USDC',
	limit: '5000',
	used: '4200',
	remaining: '800',
	needed: '1200.000001',
	reopens,
};
const eth: BudgetData = { ...usdc, budget: 'native', unit: 'ETH', contract: undefined };
const gas: BudgetData = { ...eth, budget: 'gas' };
const balance = { account, unit: 'ETH', balance: '1', needed: '1234.5', missing: '1233.5' };

/** Figures for every code there is: the type asks for each. */
const SAMPLES: { [C in RefusalCode]: RefusalData<C> } = {
	chainWithoutPlugin: { network },
	accountNotDeployed: { account, network },
	notModularAccount: { account, network },
	pluginNotInstalled: { account, network },
	keyNotRegistered: { account, key },
	keyNotYetValid: { validAfter: moment(NOW) },
	keyExpired: { validUntil },
	keyExpiresSoon: { validUntil, secondsLeft: 5, secondsNeeded: 60 },
	keyNeverValid: { validAfter: moment(NOW + 60), validUntil },
	nothingToPay: { account, key },
	contractNotAllowed: contract,
	contractDenied: contract,
	functionNotAllowed: contract,
	functionDenied: contract,
	functionClosedByLimit: { ...contract, function: 'increaseAllowance(address,uint256)' },
	accountIsTarget: { account, index: 1 },
	pluginIsTarget: { contract: SESSION_KEY_PLUGIN, index: 1 },
	noContract: { contract: TARGET, network, index: 0 },
	amountTooLarge: { unit: 'ETH' },
	nativeNotAllowed: { ...eth, limit: '0', used: '0', remaining: '0', reopens: undefined },
	nativeLimitExceeded: eth,
	nativeBudgetUsedUp: eth,
	nativeLimitBelowUsed: { ...eth, limit: '4000', remaining: '0', reopens: undefined },
	tokenLimitExceeded: usdc,
	tokenBudgetUsedUp: usdc,
	tokenLimitBelowUsed: { ...usdc, limit: '4000', remaining: '0' },
	gasLimitExceeded: gas,
	gasBudgetUsedUp: { ...gas, remaining: '0' },
	gasLimitStuck: { ...gas, account, key, plugin: SESSION_KEY_PLUGIN },
	windowAfterEnd: { budget: 'native', unit: 'ETH', reopens: moment(NOW + 60), validUntil },
	refreshIntervalTooLong: { budget: 'native', unit: 'ETH', refreshInterval: 281_474_976_710_655 },
	wrongLane: { key, nonceKey: '0x7', nonceKeyNeeded: '0xa1' },
	paymasterRequired: { paymaster: PAYMASTER },
	paymasterWrong: { paymaster: PAYMASTER, given: TARGET },
	nativeBalanceTooLow: { ...balance, gas: '0.0031' },
	gasBalanceTooLow: { ...balance, deposit: '0.5' },
	tokenBalanceTooLow: { ...balance, unit: 'USDC', contract: TOKEN },
	payerFundsTooLow: { words, account },
	paymasterDepositTooLow: { words },
	paymasterExpired: { words },
	paymasterRefused: { words },
	policyUnknown: { words },
	policyUsedUp: { words },
	policyRefused: { words },
	feeTooLow: { words },
	gasTooLow: { words },
	verificationGasTooLow: { words },
	tooLarge: { words },
	wrongSigner: { words, key },
	badSignature: { words, key },
	nonceUsed: { words },
	replacementUnderpriced: { words },
	alreadyKnown: { words },
	referencePaidDifferently: {
		reference: 'salary/2026-11/anna',
		paid: [{ to: ANNA, amount: '1200', token: 'USDC' }],
		payments: 3,
		time: moment(NOW),
		userOperationHash: HASH,
		transactionHash: HASH,
	},
	tooManyAttempts: { reference: 'salary/2026-11/anna', attempts: 3, most: 3, transactionHash: HASH },
	historyUnavailable: { reference: 'salary/2026-11/anna', words },
	batchTooLarge: { payments: 1200, fits: 300 },
	wrongNetwork: { expected: 84532, found: 8453, network },
	feeAboveCap: { fee: '1200.5', cap: '100', network },
	callRefused: { index: 1, contract: TOKEN, symbol: 'USDC', said: '"ERC20: transfer to the zero address"' },
	transferNotMade: { contract: TOKEN, symbol: 'USDC', index: 0 },
	stoppedWithoutReason: {},
	outOfTimeRange: { words },
	refusedByRules: { words, key },
	accountExists: { words },
	accountNotCreated: { words },
	bundlerBusy: { words },
	bundlerRules: { words },
	notSupported: { words },
	unknown: { words },
};

const codes = Object.keys(REFUSALS) as RefusalCode[];
const sample = (code: RefusalCode): Refusal => refuse(code, SAMPLES[code] as never);

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
