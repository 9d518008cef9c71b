import type { Address } from 'viem';
import { NATIVE_DECIMALS } from '../networks';
import { describeLimit, type DescribedLimit } from '../sessionKey/describe/describeKey';
import { limitAt, type KeyState, type SpendLimit } from '../plugin/keyState';
import { gasFigures, isoTime, showNative, showToken, type Labels } from '../permissions/labels';
import type { Holding } from './cursor';

/** What can be said of a key at any moment, without anything happening in a block. */
export type ConditionKind = 'budgetLow' | 'keyExpiring';

/** When a budget counts as low: at this share of its limit or less, or at this amount of one asset or less. */
export type LowMark = { percent: number } | { asset: Address | 'native'; baseUnitsOf: (decimals: number) => bigint };

/** A budget of a key with little left, and what it says in words. */
export interface BudgetLow extends LowBudget {
	budget: DescribedLimit & { kind: LowBudget['of'] };
}

/** A budget of a key with little left. */
export interface LowBudget extends Holding {
	kind: 'budgetLow';
	key: Address;
	of: 'native' | 'token' | 'gas';
	asset: Address | 'native';
	limit: SpendLimit;
}

/** A key whose time is nearly over, or over. */
export interface KeyExpiring extends Holding {
	kind: 'keyExpiring';
	key: Address;
	/** ISO 8601. */
	validUntil: string;
	/** Whole days that are left, rounded down; 0 on the last day and afterwards. */
	daysLeft: number;
	expired: boolean;
}

export type Condition = BudgetLow | KeyExpiring;

/** A key as it is at a moment. */
export interface KeyView {
	state: KeyState;
	/** Unix seconds. */
	now: number;
	/** Height of the account's newest recorded change of keys; 0 when there is none. */
	lastChange: bigint;
}

/**
 * The key's budgets that are at the mark or below it.
 *
 * @param decimals of the mark's token
 */
export function lowBudgets({ state, now, lastChange }: KeyView, mark: LowMark, decimals: number): LowBudget[] {
	return budgetsOf(state).flatMap(({ asset, of, limit }) => {
		if (!isLow(limit, now, mark, asset, decimals)) return [];
		// Each window of a budget can make it low anew, and so can each change of it by the owner.
		const window = limit.refreshInterval > 0 ? `:${limit.lastUsed}` : '';
		const condition = `budgetLow:${state.key}:${of === 'gas' ? 'gas' : asset}:${limit.limit}${window}`;
		const id = window ? condition : `${condition}:changed ${lastChange}`;
		return [{ kind: 'budgetLow', condition, id, key: state.key, of, asset, limit }];
	});
}

/** The same budget with what it says in words. */
export function describeBudget(low: LowBudget, labels: Labels, now: number): BudgetLow {
	const { of, asset, limit } = low;
	if (asset === 'native') {
		const show = of === 'gas' ? gasFigures(labels, limit, 'down') : (wei: bigint) => showNative(labels, wei);
		return { ...low, budget: { ...describeLimit(labels.nativeSymbol, NATIVE_DECIMALS, limit, now, show), kind: of } };
	}
	const { symbol = asset, decimals = 0 } = labels.contracts[asset]?.token ?? {};
	const show = (amount: bigint) => showToken(labels, asset, amount);
	return { ...low, budget: { ...describeLimit(symbol, decimals, limit, now, show), kind: of } };
}

interface AssetLimit {
	asset: Address | 'native';
	of: LowBudget['of'];
	limit: SpendLimit;
}

/** Every budget that holds something: a limit of 0 is a prohibition, no budget. */
function budgetsOf({ native, gas, contracts }: KeyState): AssetLimit[] {
	const tokens = Object.entries(contracts) as [Address, KeyState['contracts'][Address]][];
	const all: [AssetLimit['asset'], AssetLimit['of'], SpendLimit | undefined][] = [
		['native', 'native', native],
		...tokens.map(([asset, { tokenLimit }]): (typeof all)[number] => [asset, 'token', tokenLimit]),
		['native', 'gas', gas],
	];
	return all.flatMap(([asset, of, limit]) => (limit && limit.limit > 0n ? [{ asset, of, limit }] : []));
}

function isLow(limit: SpendLimit, now: number, mark: LowMark, asset: AssetLimit['asset'], decimals: number): boolean {
	const { remaining } = limitAt(limit, now);
	// In hundredths of a percent, so that no digit is lost.
	if ('percent' in mark) return remaining * 10_000n <= limit.limit * BigInt(Math.round(mark.percent * 100));
	return mark.asset === asset && remaining <= mark.baseUnitsOf(decimals);
}

const DAY = 86_400;

/** The key, when its time is over within so many days. */
export function expiringKey({ state, now }: Pick<KeyView, 'state' | 'now'>, days: number): KeyExpiring[] {
	const { key, validUntil } = state;
	if (validUntil === 0 || validUntil - now > days * DAY) return [];
	const id = `keyExpiring:${key}:${validUntil}`;
	return [
		{
			kind: 'keyExpiring',
			condition: id,
			id,
			key,
			validUntil: isoTime(validUntil) as string,
			daysLeft: Math.max(0, Math.floor((validUntil - now) / DAY)),
			expired: now > validUntil,
		},
	];
}
