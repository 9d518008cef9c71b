import type { Address } from 'viem';
import { NATIVE_DECIMALS, type Network } from '../networks';
import { describeLimit, type DescribedLimit } from '../sessionKey/describeKey';
import { limitAt, type KeyState, type SpendLimit } from '../sessionKey/keyState';
import { isoTime, showNative, showToken, type Vocabulary } from '../sessionKey/words';
import type { Identified } from './cursor';

/** What can be said of a key at any moment, without anything happening in a block. */
export type ConditionKind = 'budgetLow' | 'keyExpiring';

/** When a budget counts as low: at this share of its limit or less, or at this amount of one asset or less. */
export type LowMark = { percent: number } | { asset: Address | 'native'; baseUnitsOf: (decimals: number) => bigint };

/** A budget of a key with little left. */
export interface BudgetLow extends Identified {
	kind: 'budgetLow';
	key: Address;
	budget: DescribedLimit & { kind: 'native' | 'token' | 'gas' };
}

/** A key whose time is nearly over, or over. */
export interface KeyExpiring extends Identified {
	kind: 'keyExpiring';
	key: Address;
	/** ISO 8601. */
	validUntil: string;
	/** Whole days that are left, rounded down; 0 on the last day and afterwards. */
	daysLeft: number;
	expired: boolean;
}

export type Condition = BudgetLow | KeyExpiring;

/** A key as it is, and what its state is understood with. */
export interface KeyView {
	state: KeyState;
	words: Vocabulary;
	network: Network;
	/** Unix seconds. */
	now: number;
	/** Height of the last change that an owner made to the key; 0 when it isn't known. */
	lastChange: bigint;
}

/** The key's budgets that are at the mark or below it. */
export function lowBudgets(view: KeyView, mark: LowMark): BudgetLow[] {
	return budgetsOf(view).flatMap(({ asset, kind, limit, decimals, described }) => {
		if (!isLow(limit, view.now, mark, asset, decimals)) return [];
		// Each window of a budget, and each change of it by the owner, can make it low anew.
		const window = limit.refreshInterval > 0 ? limit.lastUsed : `changed ${view.lastChange}`;
		const id = `budgetLow:${view.state.key}:${kind === 'gas' ? 'gas' : asset}:${limit.limit}:${window}`;
		return [{ kind: 'budgetLow', id, key: view.state.key, budget: { ...described, kind } }];
	});
}

interface BudgetOfKey {
	asset: Address | 'native';
	kind: BudgetLow['budget']['kind'];
	limit: SpendLimit;
	decimals: number;
	described: DescribedLimit;
}

/** Every budget that holds something: a limit of 0 is a prohibition, no budget. */
function budgetsOf({ state, words, now }: KeyView): BudgetOfKey[] {
	const native = (wei: bigint) => showNative(words, wei);
	const inNative = (kind: 'native' | 'gas', limit: SpendLimit | undefined): BudgetOfKey[] =>
		limit
			? [
					{
						asset: 'native',
						kind,
						limit,
						decimals: NATIVE_DECIMALS,
						described: describeLimit(words.nativeSymbol, NATIVE_DECIMALS, limit, now, native),
					},
				]
			: [];
	const tokens = (Object.keys(state.contracts) as Address[]).flatMap((token): BudgetOfKey[] => {
		const limit = state.contracts[token]?.tokenLimit;
		if (!limit) return [];
		const { symbol = token, decimals = 0 } = words.contracts[token]?.token ?? {};
		const show = (amount: bigint) => showToken(words, token, amount);
		return [
			{ asset: token, kind: 'token', limit, decimals, described: describeLimit(symbol, decimals, limit, now, show) },
		];
	});
	return [...inNative('native', state.native), ...tokens, ...inNative('gas', state.gas)].filter(
		({ limit }) => limit.limit > 0n,
	);
}

function isLow(limit: SpendLimit, now: number, mark: LowMark, asset: BudgetOfKey['asset'], decimals: number): boolean {
	const { remaining } = limitAt(limit, now);
	// In hundredths of a percent, so that no digit is lost.
	if ('percent' in mark) return remaining * 10_000n <= limit.limit * BigInt(Math.round(mark.percent * 100));
	return mark.asset === asset && remaining <= mark.baseUnitsOf(decimals);
}

const DAY = 86_400;

/** The key, when its time is over within so many days. */
export function expiringKey({ state, now }: KeyView, days: number): KeyExpiring[] {
	const { key, validUntil } = state;
	if (validUntil === 0 || validUntil - now > days * DAY) return [];
	return [
		{
			kind: 'keyExpiring',
			id: `keyExpiring:${key}:${validUntil}`,
			key,
			validUntil: isoTime(validUntil) as string,
			daysLeft: Math.max(0, Math.floor((validUntil - now) / DAY)),
			expired: now > validUntil,
		},
	];
}
