import { getAddress, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN } from '../contracts';
import { moment } from '../text/format';
import type { RefusalCode, RefusalData } from './refusal';
import type { BudgetData } from './refusals';

const account = getAddress('0x00000000000000000000000000000000000acc01');
const key = getAddress('0x00000000000000000000000000000000000000a1');
const ANNA = getAddress('0x00000000000000000000000000000000000a00aa');
const TOKEN = getAddress('0x036cbd53842c5426634e7929541ec2318f3dcf7e');
const TARGET = getAddress('0x0000000000000000000000000000000000007a67');
const PAYMASTER = getAddress('0x00000000000000000000000000000000000009ab');
const HASH: Hex = `0x${'ab'.repeat(32)}`;
/** 28 November 2026 at 09:00 UTC */
const NOW = 1_795_856_400;
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
/** A token's budget with little left. */
export const usdc: BudgetData = {
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
const gas: BudgetData = {
	...eth,
	budget: 'gas',
	limit: '0.01',
	used: '0.008412930187654321',
	remaining: '0.001587069812345679',
	needed: '0.001931274550928183',
};
const balance = { account, unit: 'ETH', balance: '1', needed: '1234.5', missing: '1233.5' };

/** Figures for every code there is, for the page of refusals and the tests: the type asks for each. No node imports this file. */
export const EXAMPLES: { [C in RefusalCode]: RefusalData<C> } = {
	chainWithoutPlugin: { network },
	accountNotDeployed: { account, network },
	notModularAccount: { account, network },
	pluginNotInstalled: { account, network },
	emergencyStopped: { account, at: moment(NOW), transactionHash: `0x${'5a'.repeat(32)}` },
	paused: {},
	pluginTooOld: { account, network },
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
	moneyLost: { recipient: TOKEN, kind: 'tokenItself', index: 1 },
	noContract: { contract: TARGET, network, index: 0 },
	decimalsDiffer: { contract: TOKEN, symbol: 'USDC', said: 18, expected: 6, network },
	amountTooLarge: { unit: 'ETH' },
	nativeNotAllowed: { ...eth, limit: '0', used: '0', remaining: '0', reopens: undefined },
	nativeLimitExceeded: eth,
	nativeBudgetUsedUp: eth,
	nativeLimitBelowUsed: { ...eth, limit: '4000', remaining: '0', reopens: undefined },
	tokenLimitExceeded: usdc,
	tokenBudgetUsedUp: usdc,
	tokenLimitBelowUsed: { ...usdc, limit: '4000', remaining: '0' },
	gasLimitExceeded: { ...gas, needed: '0.012931274550928183' },
	gasBudgetUsedUp: gas,
	gasLimitStuck: { ...gas, account, key, plugin: SESSION_KEY_PLUGIN },
	windowAfterEnd: { budget: 'native', unit: 'ETH', reopens: moment(NOW + 60), validUntil },
	refreshIntervalTooLong: { budget: 'native', unit: 'ETH', refreshInterval: 281_474_976_710_655 },
	wrongNonceKey: { key, nonceKey: '0x7', nonceKeyNeeded: '0xa1' },
	paymasterRequired: { paymaster: PAYMASTER },
	paymasterWrong: { paymaster: PAYMASTER, given: TARGET },
	paymasterMissing: {},
	notAPayee: { recipient: ANNA, kind: 'payment', index: 2, payments: 40, more: 0 },
	aboveMaximum: {
		rule: 'payment',
		recipient: ANNA,
		unit: 'USDC',
		amount: '1200',
		most: '500',
		index: 0,
		payments: 1,
		more: 0,
	},
	gasCostAboveMost: { cost: '0.612931274550928183', most: '0.01', unit: 'ETH', network },
	paymasterNotAccepted: { paymaster: PAYMASTER },
	paymasterExpected: { words },
	nativeBalanceTooLow: { ...balance, gas: '0.003131274550928183', missing: '1233.503131274550928183' },
	gasBalanceTooLow: {
		...balance,
		balance: '0.000312745509281834',
		deposit: '0',
		needed: '0.000931274550928183',
		missing: '0.000618529041646349',
	},
	tokenBalanceTooLow: { ...balance, unit: 'USDC', contract: TOKEN },
	payerFundsTooLow: { words, account },
	paymasterDepositTooLow: { words },
	paymasterExpired: { words },
	paymasterRefused: { words },
	policyUnknown: { words },
	policyUsedUp: { words },
	policyRefused: { words },
	approvalMissing: { why: 'none', what: 'A payment of 3,200 USDC' },
	approvalDiffers: {
		reference: 'salary/2026-11/anna',
		differences: [{ field: 'amount', approved: '1,200 USDC', present: '12,000 USDC' }],
	},
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
	tooManyAttempts: { reference: 'salary/2026-11/anna', attempts: 3, most: 3 },
	registryMissing: { registry: TOKEN, network },
	referencesNotAllowed: { registry: TOKEN, key, listType: 'allowlist' },
	referenceClaimed: { paymentReference: HASH, blockNumber: '4711' },
	referenceClaimedOtherwise: { reference: 'salary/2026-11/anna', blockNumber: 4711, time: moment(NOW) },
	historyUnavailable: { reference: 'salary/2026-11/anna', blockNumber: 4711, words },
	notSimulated: {},
	cancelled: {},
	batchTooLarge: { payments: 1200, fits: 300 },
	wrongNetwork: { expected: 84532, found: 8453, network },
	feeAboveCap: { fee: '1200.5', cap: '100', network },
	callRefused: { index: 1, contract: TOKEN, symbol: 'USDC', said: '"ERC20: transfer to the zero address"' },
	transferNotMade: { contract: TOKEN, symbol: 'USDC', index: 0 },
	nativeNotTaken: { contract: TARGET },
	stoppedWithoutReason: {},
	outOfTimeRange: { words },
	refusedByRules: { words, key },
	accountExists: { words },
	accountNotCreated: { words },
	rateLimited: { words },
	bundlerBusy: { words },
	bundlerRules: { words },
	entryPointNotSupported: { words },
	notSupported: { words },
	unknown: { words },
};
