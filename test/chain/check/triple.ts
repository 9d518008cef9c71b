import * as fc from 'fast-check';
import { maxUint256 } from 'viem';

/** The functions that are called; `plain` is none, a payment without data. */
export const SIGNATURES = {
	plain: '',
	hit: 'hit()',
	fail: 'fail()',
	failStr: 'failStr()',
	transfer: 'transfer(address,uint256)',
	approve: 'approve(address,uint256)',
	transferFrom: 'transferFrom(address,address,uint256)',
	increaseAllowance: 'increaseAllowance(address,uint256)',
};

/** A contract or recipient by its name: who that is, the world tells. */
export type Place = 'recipient' | 'token' | 'token2' | 'target' | 'account' | 'plugin';

/** A function of the plugin's update list, with its arguments; amounts, places and times by name or number. */
export type Update =
	| { set: 'listType'; type: 0 | 1 | 2 }
	| { set: 'entry'; place: Place; onList: boolean; checkSelectors: boolean }
	| { set: 'function'; place: Place; fn: FunctionName; onList: boolean }
	| { set: 'timeRange'; after: number | null; until: number | null }
	| { set: 'native'; limit: bigint; interval: number }
	| { set: 'token'; place: 'token' | 'token2'; limit: bigint; interval: number }
	| { set: 'gas'; operations: number; wei: number; interval: number }
	| { set: 'paymaster'; paymaster: PaymasterName | null };

export type FunctionName = keyof typeof SIGNATURES;
type PaymasterName = 'paymaster' | 'paymaster2';

/** One call of a payment. */
export type CallSpec =
	| { call: 'pay'; to: Place; wei: bigint }
	| { call: 'token'; token: 'token' | 'token2'; fn: 'transfer' | 'approve' | 'increaseAllowance'; units: bigint }
	| { call: 'transferNothingFrom'; token: 'token' | 'token2' }
	| { call: 'hit'; wei: bigint }
	/** What the called contract refuses: only a simulation knows. */
	| { call: 'refused'; how: 'fail' | 'failStr' | 'plain' | 'cut' };

/** An operation of the session key. */
export interface Payment {
	calls: CallSpec[];
	paymaster: PaymasterName | null;
	/** The key's own lane, or another. */
	ownLane: boolean;
}

/** What the account holds when the payment is made. Small numbers are wei beyond what is needed exactly. */
export interface Money {
	balance: 'plenty' | 'none' | number;
	/** The account's deposit at the EntryPoint, in parts of what one operation may cost. */
	deposit: 'none' | 'short' | 'whole' | 'plenty';
}

/** Permissions, what happened since, and a payment. Times are seconds after the key was added. */
export interface Triple {
	account: 'ready' | 'withoutPlugin' | 'missing';
	keyAdded: boolean;
	permissions: Update[];
	history: { at: number; payment: Payment }[];
	/** What the owner changes after that. */
	changes: Update[];
	money: Money;
	at: number;
	payment: Payment;
}

/** Few numbers, so that they meet: exactly at a limit, one below, one above. */
const amount = fc.oneof(
	{ weight: 12, arbitrary: fc.constantFrom(0n, 1n, 49n, 50n, 51n, 99n, 100n, 101n) },
	{ weight: 1, arbitrary: fc.constantFrom(1_000n, 2n ** 255n, maxUint256) },
);
const limit = fc.oneof(
	{ weight: 8, arbitrary: fc.constantFrom(50n, 100n, 100n, 150n, 200n) },
	{ weight: 2, arbitrary: fc.constantFrom(0n, 1n, 1_000n) },
	{ weight: 2, arbitrary: fc.constant(maxUint256) },
);
const interval = fc.oneof(
	{ weight: 5, arbitrary: fc.constant(0) },
	{ weight: 6, arbitrary: fc.constantFrom(30, 100, 100, 1_000) },
	{ weight: 1, arbitrary: fc.constant(2 ** 48 - 1) },
);
/** Around the windows that begin when the key is added, and around each other. */
export const moment: fc.Arbitrary<number> = fc.constantFrom(
	2,
	10,
	29,
	30,
	31,
	50,
	60,
	99,
	100,
	101,
	130,
	199,
	200,
	201,
	500,
	1_000,
	1_001,
	5_000,
);

const place = fc.constantFrom<Place>('recipient', 'token', 'token2', 'target', 'account', 'plugin');
const usualPlace = fc.oneof(
	{ weight: 12, arbitrary: fc.constantFrom<Place>('recipient', 'token', 'target') },
	{ weight: 2, arbitrary: place },
);
/** Functions of the places where they are: an entry for another one would decide nothing. */
const functionOfPlace = fc.constantFrom<{ place: Place; fn: FunctionName }>(
	{ place: 'recipient', fn: 'plain' },
	{ place: 'recipient', fn: 'plain' },
	{ place: 'target', fn: 'hit' },
	{ place: 'target', fn: 'plain' },
	{ place: 'token', fn: 'transfer' },
	{ place: 'token', fn: 'transfer' },
	{ place: 'token', fn: 'approve' },
	{ place: 'token', fn: 'increaseAllowance' },
	{ place: 'token', fn: 'transferFrom' },
	{ place: 'token2', fn: 'transfer' },
);
const token = fc.oneof(
	{ weight: 4, arbitrary: fc.constant('token' as const) },
	{ weight: 1, arbitrary: fc.constant('token2' as const) },
);
const maybePaymaster = fc.constantFrom<PaymasterName | null>('paymaster', 'paymaster', 'paymaster2', null);
const often = (weight: number) =>
	fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

const end = fc.oneof(fc.constant(null), moment, fc.constant(2 ** 48 - 1));
const start = fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: moment });

const listType: fc.Arbitrary<Update> = fc.record({
	set: fc.constant('listType' as const),
	type: fc.constantFrom<0 | 1 | 2>(0, 1, 1, 2, 2),
});
const entry: fc.Arbitrary<Update> = fc.record({
	set: fc.constant('entry' as const),
	place: usualPlace,
	onList: often(4),
	checkSelectors: fc.boolean(),
});
const functionEntry: fc.Arbitrary<Update> = fc
	.tuple(functionOfPlace, often(5))
	.map(([where, onList]) => ({ set: 'function', ...where, onList }));
const native: fc.Arbitrary<Update> = fc.record({ set: fc.constant('native' as const), limit, interval });
const tokenLimit: fc.Arbitrary<Update> = fc.record({
	set: fc.constant('token' as const),
	place: token,
	limit,
	interval,
});
const gas: fc.Arbitrary<Update> = fc.record({
	set: fc.constant('gas' as const),
	operations: fc.constantFrom(1, 1, 2, 3, 50),
	wei: fc.constantFrom(-1, 0, 0, 1),
	interval,
});
const timeRange: fc.Arbitrary<Update> = fc.record({ set: fc.constant('timeRange' as const), after: start, until: end });
const requiredPaymaster: fc.Arbitrary<Update> = fc.record({
	set: fc.constant('paymaster' as const),
	paymaster: maybePaymaster,
});

const update = fc.oneof(
	{ weight: 4, arbitrary: entry },
	{ weight: 3, arbitrary: functionEntry },
	{ weight: 3, arbitrary: native },
	{ weight: 3, arbitrary: tokenLimit },
	{ weight: 1, arbitrary: gas },
	{ weight: 1, arbitrary: timeRange },
	{ weight: 1, arbitrary: requiredPaymaster },
	{ weight: 1, arbitrary: listType },
);

/** An update in so many of a hundred cases. */
function sometimes(percent: number, one: fc.Arbitrary<Update>): fc.Arbitrary<Update[]> {
	return fc.integer({ min: 0, max: 99 }).chain((n) => (n < percent ? one.map((it) => [it]) : fc.constant([])));
}

const permissions = fc
	.tuple(
		sometimes(75, listType),
		sometimes(75, native),
		sometimes(60, tokenLimit),
		sometimes(15, timeRange),
		sometimes(20, gas),
		sometimes(8, requiredPaymaster),
		fc.array(fc.oneof(entry, entry, functionEntry), { maxLength: 7 }),
	)
	.map((parts) => parts.flat());

const call: fc.Arbitrary<CallSpec> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({ call: fc.constant('pay' as const), to: fc.constant('recipient' as const), wei: amount }),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			call: fc.constant('pay' as const),
			to: fc.constantFrom<Place>('account', 'plugin'),
			wei: amount,
		}),
	},
	{
		weight: 8,
		arbitrary: fc.record({
			call: fc.constant('token' as const),
			token,
			fn: fc.constantFrom('transfer', 'transfer', 'approve', 'increaseAllowance'),
			units: amount,
		}),
	},
	{ weight: 1, arbitrary: fc.record({ call: fc.constant('transferNothingFrom' as const), token }) },
	{ weight: 3, arbitrary: fc.record({ call: fc.constant('hit' as const), wei: amount }) },
	{
		weight: 1,
		arbitrary: fc.record({
			call: fc.constant('refused' as const),
			how: fc.constantFrom('fail', 'failStr', 'plain', 'cut'),
		}),
	},
);

const seldomPaymaster = fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: maybePaymaster });

export const payment: fc.Arbitrary<Payment> = fc.record({
	calls: fc.oneof(
		{ weight: 5, arbitrary: fc.tuple(call).map((calls): CallSpec[] => calls) },
		{ weight: 3, arbitrary: fc.array(call, { maxLength: 4 }) },
	),
	paymaster: seldomPaymaster,
	ownLane: often(5),
});

const money: fc.Arbitrary<Money> = fc.record({
	balance: fc.oneof(
		{ weight: 6, arbitrary: fc.constant('plenty' as const) },
		{ weight: 1, arbitrary: fc.constant('none' as const) },
		{ weight: 3, arbitrary: fc.constantFrom(-1, 0, 1) },
	),
	deposit: fc.constantFrom('none', 'none', 'none', 'short', 'whole', 'plenty'),
});

/** Any triple: most of them are of an account that is ready and a key that it knows. */
const wide: fc.Arbitrary<Triple> = fc.record({
	account: fc.oneof(
		{ weight: 40, arbitrary: fc.constant('ready' as const) },
		{ weight: 1, arbitrary: fc.constantFrom('withoutPlugin' as const, 'missing' as const) },
	),
	keyAdded: often(30),
	permissions,
	history: fc.array(fc.record({ at: moment, payment }), { maxLength: 2 }),
	changes: fc.oneof(
		{ weight: 3, arbitrary: fc.constant<Update[]>([]) },
		{ weight: 1, arbitrary: fc.array(update, { minLength: 1, maxLength: 2 }) },
	),
	money,
	at: moment,
	payment,
});

/** Amounts of which one or two use up a budget. */
const part = fc.constantFrom(0n, 1n, 49n, 50n, 51n, 99n, 100n);
const budget = fc.constantFrom(49n, 50n, 99n, 100n, 100n, 150n);
const period = fc.oneof(
	{ weight: 1, arbitrary: fc.constant(0) },
	{ weight: 3, arbitrary: fc.constantFrom(30, 100, 1_000) },
);
/** Early ones, so that the budgets' windows come after them. */
const early: fc.Arbitrary<number> = fc.constantFrom(2, 10, 29, 30, 31, 50, 60);
const ending: fc.Arbitrary<Update> = fc.record({ set: fc.constant('timeRange' as const), after: start, until: moment });
const budgets = {
	native: fc.record({ set: fc.constant('native' as const), limit: budget, interval: period }),
	token: fc.record({
		set: fc.constant('token' as const),
		place: fc.constant('token' as const),
		limit: budget,
		interval: period,
	}),
	gas: fc.record({
		set: fc.constant('gas' as const),
		operations: fc.constantFrom(1, 1, 2, 3),
		wei: fc.constantFrom(0, 0, 1),
		interval: period,
	}),
};
/** Below what may have been spent already. */
const lowered: fc.Arbitrary<Update> = fc.record({
	set: fc.constant('token' as const),
	place: fc.constant('token' as const),
	limit: fc.constantFrom(0n, 1n),
	interval: period,
});
const spend: fc.Arbitrary<CallSpec> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({ call: fc.constant('pay' as const), to: fc.constant('recipient' as const), wei: part }),
	},
	{
		weight: 4,
		arbitrary: fc.record({
			call: fc.constant('token' as const),
			token: fc.constant('token' as const),
			fn: fc.constantFrom('transfer' as const, 'transfer' as const, 'approve' as const),
			units: part,
		}),
	},
	{ weight: 1, arbitrary: fc.record({ call: fc.constant('hit' as const), wei: part }) },
	{
		weight: 1,
		arbitrary: fc.record({ call: fc.constant('refused' as const), how: fc.constantFrom('fail', 'failStr') }),
	},
);
const spending: fc.Arbitrary<Payment> = fc.record({
	calls: fc.array(spend, { minLength: 1, maxLength: 2 }),
	paymaster: fc.constant(null),
	ownLane: fc.constant(true),
});

/** Triples about budgets, their windows, what was spent of them, and what the owner made of them since. */
const aboutBudgets: fc.Arbitrary<Triple> = fc.record({
	account: fc.constant('ready' as const),
	keyAdded: fc.constant(true),
	permissions: fc
		.tuple(
			fc.constant<Update>({ set: 'listType', type: 2 }),
			budgets.native,
			sometimes(70, budgets.token),
			sometimes(40, budgets.gas),
			sometimes(30, ending),
		)
		.map((parts) => parts.flat()),
	history: fc.array(fc.record({ at: early, payment: spending }), { minLength: 1, maxLength: 3 }),
	changes: fc.oneof(
		{ weight: 4, arbitrary: fc.constant<Update[]>([]) },
		{
			weight: 2,
			arbitrary: fc.array(fc.oneof(budgets.native, budgets.token, budgets.gas, lowered), {
				minLength: 1,
				maxLength: 2,
			}),
		},
	),
	money: fc.oneof(
		{ weight: 3, arbitrary: fc.constant<Money>({ balance: 'plenty', deposit: 'none' }) },
		{ weight: 1, arbitrary: money },
	),
	at: moment,
	payment: spending,
});

/** Any triple. */
export const triples: fc.Arbitrary<Triple> = fc.oneof(
	{ weight: 1, arbitrary: wide },
	{ weight: 1, arbitrary: aboutBudgets },
);
