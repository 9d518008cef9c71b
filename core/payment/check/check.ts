import { getAddress, type Address } from 'viem';
import { formatAmount } from '../../amounts';
import type { Call } from '../../calls';
import { SESSION_KEY_PLUGIN, SESSION_KEY_PLUGIN_1_0_0 } from '../../contracts';
import { NATIVE_DECIMALS, type Network } from '../../networks';
import { refuse, type Refusal } from '../../refusal/refusal';
import { moment } from '../../text/format';
import { limitAt, type KeyState, type SpendLimit } from '../../plugin/keyState';
import { checkAccess } from './checkAccess';
import { checkBalances } from './checkBalances';
import { checkGasBudget, checkNativeBudget, checkTokenBudgets, tokenUnit } from './checkBudgets';
import { checkDestinations } from './checkDestinations';
import type { CheckState, GasPlan } from './checkState';

export type { CheckState, GasPlan } from './checkState';

export interface CheckOptions {
	/** What the operation will be sent with. Left out: gas, gas budget and the account's gas money aren't looked at. */
	gas?: GasPlan;
	/** Whether somebody else will pay the gas, where `gas` isn't known yet. */
	sponsored?: boolean;
	/** The nonce key, 192 bits. Left out: the right one is taken. */
	nonceKey?: bigint;
	/** Seconds that the key must still be valid; left out: SECONDS_NEEDED. */
	secondsNeeded?: number;
}

/**
 * How long an operation must still be valid for bundlers to take it: 60 s with rundler (Alchemy; 20 s since July 2026,
 * its TIME_RANGE_BUFFER), 30 s with the reference bundler and its kin, 5 s with alto.
 */
export const SECONDS_NEEDED = 60;

/** What is left of one budget of the key, safe for JSON. Amounts are exact decimal text. */
export interface RemainingBudget {
	budget: 'native' | 'token' | 'gas';
	/** The token's symbol, or the chain's own money. */
	token: string;
	/** In a token's budget. */
	tokenAddress?: Address;
	left: string;
	limit: string;
	used: string;
	/** 0 is never. */
	renewsAfterSeconds: number;
	/** ISO 8601: when the whole budget is there again; missing when it never is, or is already. */
	reopensAt?: string;
}

/** The answer to "will this be paid?". */
export interface Verdict {
	allowed: boolean;
	/** Every reason against it, in the order in which mending them helps. */
	refusals: Refusal[];
	/** The state afterwards: what the next payment finds. The same state when this payment is not made. */
	after: CheckState;
	/** What is left of the key's budgets afterwards. */
	remaining: RemainingBudget[];
}

/**
 * Whether the chain will make these calls for the key, by replaying every rule of the session key plugin, the account
 * and the EntryPoint at `state.now`. What a called contract itself decides is not known here: `executionRead` asks it.
 *
 * @example
 * const { allowed, refusals, after } = checkCalls(state, [tokenTransfer(usdc, anna, 1_200_000_000n)], { gas });
 * @throws {Error} when the state was read for other calls: no answer must never be a yes
 */
export function checkCalls(state: CheckState, given: readonly Call[], options: CheckOptions = {}): Verdict {
	const calls = given.map(withPlainHex);
	const missing = checkExistence(state);
	if (missing) return verdict(state, [missing]);
	if (calls.length === 0) {
		const { account, key } = state.key;
		return verdict(state, [...checkTime(state, options), refuse('nothingToPay', { account, key })]);
	}
	const native = checkNativeBudget(state, calls);
	const gas = checkGasBudget(state, options.gas, options.nonceKey);
	const tokens = checkTokenBudgets(state, calls);
	const balances = checkBalances(state, calls, options.gas);
	const refusals = [
		...checkTime(state, options),
		...checkAccess(state, calls),
		...checkDestinations(state, calls),
		...native.refusals,
		...checkPaymaster(state.key, options),
		...gas.refusals,
		...tokens.refusals,
		...balances.refusals,
	];
	if (refusals.length > 0) return verdict(state, refusals);
	const key = { ...state.key, native: native.after, ...gas.after, contracts: tokens.after };
	return verdict({ ...state, ...balances.after, key }, []);
}

/**
 * Checks several payments in order, each finding what the ones before it left. A payment that is refused takes nothing.
 *
 * @param payments the calls of each payment
 */
export function checkInOrder(
	state: CheckState,
	payments: readonly (readonly Call[])[],
	options: CheckOptions = {},
): Verdict[] {
	let present = state;
	return payments.map((calls) => {
		const one = checkCalls(present, calls, options);
		present = one.after;
		return one;
	});
}

function verdict(after: CheckState, refusals: Refusal[]): Verdict {
	return { allowed: refusals.length === 0, refusals, after, remaining: remainingBudgets(after) };
}

/** Function selectors are compared as text; hex that a person typed may have capitals. */
function withPlainHex(call: Call): Call {
	return { ...call, data: call.data.toLowerCase() as Call['data'] };
}

/** What must be there for anything else to have a meaning. */
function checkExistence({ network, account, key }: CheckState): Refusal | undefined {
	const about = { account: account.address, network: network.name };
	if (!account.pluginDeployed) return refuse('chainWithoutPlugin', { network: network.name });
	if (!account.deployed) return refuse('accountNotDeployed', about);
	if (!account.plugins) return refuse('notModularAccount', about);
	if (!isInstalled(account.plugins)) {
		return refuse(account.plugins.includes(SESSION_KEY_PLUGIN_1_0_0) ? 'pluginTooOld' : 'pluginNotInstalled', about);
	}
	if (!key.registered) return refuse('keyNotRegistered', { account: account.address, key: key.key });
	return undefined;
}

function isInstalled(plugins: readonly Address[]): boolean {
	return plugins.some((plugin) => getAddress(plugin) === getAddress(SESSION_KEY_PLUGIN));
}

/** The key's time range; both ends are inside. */
function checkTime({ key, ...at }: CheckState, { secondsNeeded = SECONDS_NEEDED }: CheckOptions): Refusal[] {
	const now = at.clock ?? at.now;
	const validAfter = moment(key.validAfter);
	const validUntil = moment(key.validUntil);
	const ends = key.validUntil > 0;
	if (ends && key.validAfter > key.validUntil) return [refuse('keyNeverValid', { validAfter, validUntil })];
	if (ends && now > key.validUntil) return [refuse('keyExpired', { validUntil })];
	if (now < key.validAfter) return [refuse('keyNotYetValid', { validAfter }, key.validAfter)];
	const secondsLeft = key.validUntil - now;
	if (ends && secondsLeft < secondsNeeded) {
		return [refuse('keyExpiresSoon', { validUntil, secondsLeft, secondsNeeded })];
	}
	return [];
}

function checkPaymaster({ requiredPaymaster }: KeyState, { gas, sponsored = true }: CheckOptions): Refusal[] {
	if (!requiredPaymaster) return [];
	if (gas ? !gas.paymaster : !sponsored) return [refuse('paymasterRequired', { paymaster: requiredPaymaster })];
	if (!gas?.paymaster || getAddress(gas.paymaster) === getAddress(requiredPaymaster)) return [];
	return [refuse('paymasterWrong', { paymaster: requiredPaymaster, given: gas.paymaster })];
}

/** What is left of every limit that was read, at `state.now`. */
export function remainingBudgets(state: CheckState): RemainingBudget[] {
	const { key, network, now } = state;
	const native = key.native ? [toBudget('native', key.native, now, nativeUnit(network))] : [];
	const tokens = Object.entries(key.contracts).flatMap(([address, { tokenLimit }]) => {
		if (!tokenLimit) return [];
		const { unit, decimals } = tokenUnit(state, address as Address);
		return [{ ...toBudget('token', tokenLimit, now, { unit, decimals }), tokenAddress: address as Address }];
	});
	const gas = key.gas ? [toBudget('gas', key.gas, now, nativeUnit(network))] : [];
	return [...native, ...tokens, ...gas];
}

function nativeUnit({ nativeSymbol }: Network) {
	return { unit: nativeSymbol, decimals: NATIVE_DECIMALS };
}

function toBudget(
	budget: RemainingBudget['budget'],
	limit: SpendLimit,
	now: number,
	{ unit, decimals }: { unit: string; decimals: number },
): RemainingBudget {
	const { used, remaining, reopensAt } = limitAt(limit, now);
	const iso = reopensAt === undefined ? undefined : moment(reopensAt).iso;
	return {
		budget,
		token: unit,
		left: formatAmount(remaining, decimals),
		limit: formatAmount(limit.limit, decimals),
		used: formatAmount(used, decimals),
		renewsAfterSeconds: limit.refreshInterval,
		...(iso ? { reopensAt: iso } : {}),
	};
}
