import type { Address } from 'viem';
import { NATIVE_DECIMALS } from '../networks';
import { describeLimit, type DescribedLimit } from '../sessionKey/describe/describeKey';
import { budgetRunway, gasBudgetRunway, type Runway } from '../payment/check/runway';
import { limitAt, type KeyState, type SpendLimit } from '../plugin/keyState';
import { gasFigures, isoTime, showNative, showToken, type Labels } from '../permissions/labels';
import type { Holding } from './events';
import { budgetsOf, meterName, outflowsIn, type AssetLimit, type BudgetKind, type Meter } from './meter';
import type { StopNotReady } from './watchStop';

const DAY = 86_400;

/** What can be said of a key at any moment, without anything happening in a block. */
export type ConditionKind = 'budgetLow' | 'keyExpiring' | 'stopNotReady';

/**
 * When a budget counts as low: at this share of its limit or less, at this amount of one asset or less, or when it lasts so
 * many days or fewer if the payments of the last 30 days are repeated.
 */
export type LowMark =
	| { percent: number }
	| { days: number }
	| { asset: Address | 'native'; baseUnitsOf: (decimals: number) => bigint };

/** A budget of a key with little left, and what it says in words. */
export interface BudgetLow extends LowBudget {
	budget: DescribedLimit & { kind: LowBudget['of'] };
}

/** A budget of a key with little left. */
export interface LowBudget extends Holding {
	kind: 'budgetLow';
	key: Address;
	of: BudgetKind;
	asset: Address | 'native';
	limit: SpendLimit;
	/** Where the days that it lasts are the mark. */
	runway?: Runway;
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

export type Condition = BudgetLow | KeyExpiring | StopNotReady;

/** A key as it is at a moment. */
export interface KeyView {
	state: KeyState;
	/** Unix seconds. */
	now: number;
	/** Height of the account's newest recorded change of keys; 0 when there is none. */
	lastChange: bigint;
	/** What went out of its budgets. */
	meter?: Meter;
}

/**
 * The key's budgets that are at the mark or below it.
 *
 * @param decimals of the mark's token
 */
export function lowBudgets(view: KeyView, mark: LowMark, decimals: number): LowBudget[] {
	const { state, now, lastChange } = view;
	return budgetsOf(state).flatMap((budget) => {
		const { asset, of, limit } = budget;
		const runway = 'days' in mark ? runwayOf(view, budget) : undefined;
		if (runway ? !endsWithin(runway, now, mark) : !isLow(limit, now, mark, asset, decimals)) return [];
		// Each window of a budget can make it low anew, and so can each change of it by the owner.
		const window = limit.refreshInterval > 0 ? `:${limit.lastUsed}` : '';
		const condition = `budgetLow:${state.key}:${of === 'gas' ? 'gas' : asset}:${limit.limit}${window}`;
		const id = window ? condition : `${condition}:changed ${lastChange}`;
		return [{ kind: 'budgetLow', condition, id, key: state.key, of, asset, limit, ...(runway && { runway }) }];
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

function runwayOf({ state, now, meter }: KeyView, { of, asset, limit }: AssetLimit): Runway {
	const outflows = outflowsIn(meter, meterName(state.key, of, asset));
	return of === 'gas'
		? gasBudgetRunway(limit, state.gasShouldReset, outflows, now)
		: budgetRunway(limit, outflows, now);
}

function endsWithin(runway: Runway, now: number, mark: LowMark): boolean {
	return 'days' in mark && runway.lasts === 'until' && runway.until - now <= mark.days * DAY;
}

function isLow(limit: SpendLimit, now: number, mark: LowMark, asset: AssetLimit['asset'], decimals: number): boolean {
	const { remaining } = limitAt(limit, now);
	// In hundredths of a percent, so that no digit is lost.
	if ('percent' in mark) return remaining * 10_000n <= limit.limit * BigInt(Math.round(mark.percent * 100));
	return 'asset' in mark && mark.asset === asset && remaining <= mark.baseUnitsOf(decimals);
}

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
