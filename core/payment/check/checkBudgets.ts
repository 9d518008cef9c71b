import { getAddress, numberToHex, type Address } from 'viem';
import { formatAmount } from '../../amounts';
import { countedTokenAmount, type Call } from '../../calls';
import { SESSION_KEY_PLUGIN } from '../../contracts';
import { NATIVE_DECIMALS } from '../../networks';
import { refuse, type Refusal } from '../../refusal/refusal';
import { BASE_UNITS, type BudgetData } from '../../refusal/refusals';
import { moment } from '../../text/format';
import { limitAt, type KeyState, type SpendLimit } from '../../plugin/keyState';
import { getRequiredPrefund } from '../../userOperation/bounds';
import { knownAccess } from './checkAccess';
import type { CheckState, GasPlan } from './checkState';

const MAX_UINT256 = 2n ** 256n - 1n;
/** The plugin keeps times in uint48; a sum beyond that panics. */
const MAX_UINT48 = 2 ** 48 - 1;

/** A part of the key's state after the payment, or the reasons why there will be none. */
export interface Spent<T> {
	refusals: Refusal[];
	after: T;
}

/** Whether an amount fits a limit, and the limit afterwards. */
export type Fit =
	| { fits: true; after: SpendLimit }
	| { fits: false; why: 'tooMuch' | 'usedUp' | 'belowUsed'; opensAt?: number }
	| { fits: false; why: 'overflow' };

/** When the next window of a limit opens, in unix seconds; undefined when there are no windows. */
function opensAt({ refreshInterval, lastUsed }: SpendLimit): number | undefined {
	return refreshInterval > 0 ? lastUsed + refreshInterval : undefined;
}

/**
 * Whether an amount fits a native or token limit at a time. Windows are lazy: once one has passed, the next spend,
 * even of 0, opens a new one.
 */
export function fit(limit: SpendLimit, amount: bigint, now: number): Fit {
	const opens = opensAt(limit);
	if (opens !== undefined && opens > MAX_UINT48) return { fits: false, why: 'overflow' };
	if (opens !== undefined && now >= opens) {
		if (amount > limit.limit) return { fits: false, why: 'tooMuch' };
		return { fits: true, after: { ...limit, used: amount, lastUsed: now } };
	}
	if (limit.used + amount <= limit.limit) return { fits: true, after: { ...limit, used: limit.used + amount } };
	if (amount > limit.limit) return { fits: false, why: 'tooMuch' };
	return { fits: false, why: limit.used > limit.limit ? 'belowUsed' : 'usedUp', opensAt: opens };
}

/** What a budget is called and counted in. */
interface Unit {
	budget: BudgetData['budget'];
	unit: string;
	decimals: number;
	contract?: Address;
}

const CODES = {
	native: { tooMuch: 'nativeLimitExceeded', usedUp: 'nativeBudgetUsedUp', belowUsed: 'nativeLimitBelowUsed' },
	token: { tooMuch: 'tokenLimitExceeded', usedUp: 'tokenBudgetUsedUp', belowUsed: 'tokenLimitBelowUsed' },
	gas: { tooMuch: 'gasLimitExceeded', usedUp: 'gasBudgetUsedUp', belowUsed: 'gasBudgetUsedUp' },
} as const;

function budgetData(limit: SpendLimit, needed: bigint, now: number, unit: Unit, opens?: number): BudgetData {
	const { used, remaining } = limitAt(limit, now);
	const text = (amount: bigint) => formatAmount(amount, unit.decimals);
	return {
		budget: unit.budget,
		...(unit.contract ? { contract: unit.contract } : {}),
		unit: unit.unit,
		limit: text(limit.limit),
		used: text(used),
		remaining: text(remaining),
		needed: text(needed),
		...(opens === undefined ? {} : { reopens: moment(opens) }),
	};
}

/** The refusal for an amount that doesn't fit. */
function refuseUnfit(
	limit: SpendLimit,
	needed: bigint,
	misfit: Exclude<Fit, { fits: true }>,
	state: CheckState,
	unit: Unit,
) {
	const { now, key } = state;
	const { budget, contract } = unit;
	if (misfit.why === 'overflow') {
		const { refreshInterval } = limit;
		return refuse('refreshIntervalTooLong', { budget, unit: unit.unit, contract, refreshInterval });
	}
	const { why, opensAt: opens } = misfit;
	if (opens !== undefined && key.validUntil > 0 && opens > key.validUntil) {
		const [reopens, validUntil] = [moment(opens), moment(key.validUntil)];
		return refuse('windowAfterEnd', { budget, unit: unit.unit, contract, reopens, validUntil });
	}
	const data = budgetData(limit, needed, now, unit, opens);
	if (budget === 'native' && why === 'tooMuch' && limit.limit === 0n) return refuse('nativeNotAllowed', data);
	return refuse(CODES[budget][why], data, opens);
}

/**
 * The native limit counts the sum of the values, and is looked at even where the sum is 0. The sum itself must not
 * exceed 2^256, limit or no limit (SessionKeyPlugin, checked arithmetic).
 */
export function checkNativeBudget(state: CheckState, calls: readonly Call[]): Spent<SpendLimit | undefined> {
	const { key, network, now } = state;
	const sum = calls.reduce((total, { value }) => total + value, 0n);
	const unit: Unit = { budget: 'native', unit: network.nativeSymbol, decimals: NATIVE_DECIMALS };
	if (sum > MAX_UINT256) return { refusals: [refuse('amountTooLarge', { unit: unit.unit })], after: key.native };
	if (!key.native) return { refusals: [], after: undefined };
	const outcome = fit(key.native, sum, now);
	if (outcome.fits) return { refusals: [], after: outcome.after };
	return { refusals: [refuseUnfit(key.native, sum, outcome, state, unit)], after: key.native };
}

/** Token limits count call by call, at execution; together the calls of one token must fit, or all are undone. */
export function checkTokenBudgets(state: CheckState, calls: readonly Call[]): Spent<KeyState['contracts']> {
	const contracts = [...new Set(calls.map(({ target }) => getAddress(target)))];
	const refusals: Refusal[] = [];
	const after = { ...state.key.contracts };
	for (const contract of contracts) {
		const access = knownAccess(state, contract);
		if (!access.tokenLimit) continue;
		const ofToken = calls.filter(({ target }) => getAddress(target) === contract);
		const sum = ofToken.reduce((total, call) => total + countedTokenAmount(call), 0n);
		const outcome = fit(access.tokenLimit, sum, state.now);
		if (outcome.fits) after[contract] = { ...access, tokenLimit: outcome.after };
		else refusals.push(refuseUnfit(access.tokenLimit, sum, outcome, state, tokenUnit(state, contract)));
	}
	return { refusals, after };
}

/** A token's unit; base units where the contract doesn't say its symbol and decimals. */
export function tokenUnit({ tokens }: CheckState, contract: Address): Unit {
	const token = tokens[contract];
	if (!token) return { budget: 'token', contract, unit: BASE_UNITS, decimals: 0 };
	return { budget: 'token', contract, unit: token.symbol, decimals: token.decimals };
}

/** The most that the gas may cost, in wei: the EntryPoint wants it prefunded, the plugin counts it against a gas limit. */
export function prefundOfPlan({ paymaster, ...gas }: GasPlan): bigint {
	return getRequiredPrefund({ ...gas, paymasterAndData: paymaster ?? '0x' });
}

/** What the gas rules leave. */
export type AfterGas = Pick<KeyState, 'gas' | 'gasShouldReset'>;

/**
 * The gas limit counts the most that an operation may cost, and fixes the nonce key to the key's address. Its windows
 * differ from the others: usage is kept past the window until the limit is reached, and a first operation that fails
 * leaves it stuck (`gasShouldReset`).
 */
export function checkGasBudget(state: CheckState, gas: GasPlan | undefined, nonceKey?: bigint): Spent<AfterGas> {
	const { key, network, now } = state;
	const same: AfterGas = { gas: key.gas, gasShouldReset: key.gasShouldReset };
	if (!key.gas) return { refusals: [], after: same };
	const refusals: Refusal[] = [];
	if (nonceKey !== undefined && nonceKey !== BigInt(key.key)) {
		const hex = { nonceKey: numberToHex(nonceKey), nonceKeyNeeded: numberToHex(BigInt(key.key)) };
		refusals.push(refuse('wrongNonceKey', { key: key.key, ...hex }));
	}
	if (!gas) return { refusals, after: same };
	const cost = prefundOfPlan(gas);
	const unit: Unit = { budget: 'gas', unit: network.nativeSymbol, decimals: NATIVE_DECIMALS };
	const outcome = fitGas(key.gas, key.gasShouldReset, cost, now);
	if (outcome.fits) return { refusals, after: { gas: outcome.after, gasShouldReset: false } };
	if (outcome.why !== 'stuck') refusals.push(refuseUnfit(key.gas, cost, outcome, state, unit));
	else {
		const data = { ...budgetData(key.gas, cost, now, unit), account: key.account, key: key.key };
		// The stored usage is what counts while the limit is stuck, however long ago the window passed.
		const used = formatAmount(key.gas.used, NATIVE_DECIMALS);
		refusals.push(refuse('gasLimitStuck', { ...data, used, plugin: SESSION_KEY_PLUGIN }));
	}
	return { refusals, after: same };
}

/** The same for a gas limit, whose usage is kept past its window until the limit is reached. */
export function fitGas(
	limit: SpendLimit,
	shouldReset: boolean,
	cost: bigint,
	now: number,
): Fit | { fits: false; why: 'stuck' } {
	const used = limit.used + cost;
	if (used <= limit.limit) {
		return { fits: true, after: { ...limit, used, lastUsed: shouldReset ? now : limit.lastUsed } };
	}
	if (cost > limit.limit) return { fits: false, why: 'tooMuch' };
	if (shouldReset) return { fits: false, why: 'stuck' };
	const opens = opensAt(limit);
	if (opens !== undefined && opens > MAX_UINT48) return { fits: false, why: 'overflow' };
	if (opens === undefined || now < opens) return { fits: false, why: 'usedUp', opensAt: opens };
	return { fits: true, after: { ...limit, used: cost, lastUsed: now } };
}
