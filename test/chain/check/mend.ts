import { getAddress, maxUint256, parseUnits, type Address, type Hex } from 'viem';
import type { CheckState } from '../../../core/payment/check/check';
import type { Refusal } from '../../../core/refusal/refusal';
import type { BudgetData } from '../../../core/refusal/refusals';
import {
	SIGNATURES,
	type CallSpec,
	type FunctionName,
	type Payment,
	type Place,
	type Triple,
	type Update,
} from './triple';
import { COST, NO_LIMIT, selectorFor, type Run } from './world';

/** What is tried next: the payment, perhaps changed, at a time. */
export interface Attempt {
	payment: Payment;
	/** Seconds after the start. */
	at: number;
}

/**
 * Does what the first reason asks for: as the owner, as whoever sends money, by waiting, or by paying otherwise.
 * Exactly as much as it says, so that its figures are put to the proof too.
 */
export async function mend(
	run: Run,
	triple: Triple,
	state: CheckState,
	reason: Refusal,
	last: Attempt,
): Promise<Attempt> {
	const { payment, at } = last;
	const next: Attempt = { payment, at: at + 1 };
	const update = async (...updates: Update[]): Promise<Attempt> => {
		await run.update(updates);
		return next;
	};
	switch (reason.code) {
		case 'accountNotDeployed':
			await run.create();
			return next;
		case 'pluginNotInstalled':
			await run.install();
			return next;
		case 'keyNotRegistered':
			await run.addKey(triple.permissions);
			return next;
		case 'keyNotYetValid':
			return { payment, at: reason.data.validAfter.unix - run.start };
		case 'keyExpired':
		case 'keyNeverValid':
		case 'windowAfterEnd':
			return update({ set: 'timeRange', after: null, until: null });
		case 'nothingToPay':
			return { ...next, payment: { ...payment, calls: [{ call: 'pay', to: 'recipient', wei: 1n }] } };
		case 'accountIsTarget':
		case 'pluginIsTarget':
			return { ...next, payment: without(payment, (call) => call.call === 'pay' && call.to !== 'recipient') };
		case 'callRefused':
		case 'stoppedWithoutReason':
			return { ...next, payment: without(payment, (call) => call.call === 'refused') };
		case 'contractNotAllowed':
			return update(entry(run, reason.data.contract, { onList: true }));
		case 'contractDenied':
			return update(entry(run, reason.data.contract, { onList: false }));
		case 'functionNotAllowed':
		case 'functionDenied': {
			const { contract, selector } = reason.data;
			const onList = reason.code === 'functionNotAllowed';
			return update({ set: 'function', place: placeOf(run, contract), fn: functionOf(selector), onList });
		}
		case 'functionClosedByLimit':
			return update({ ...tokenLimit(run, reason.data.contract), limit: NO_LIMIT, interval: 0 });
		case 'amountTooLarge':
			return { ...next, payment: { ...payment, calls: payment.calls.map(withSmallValue) } };
		case 'refreshIntervalTooLong':
			return update(...shorterInterval(run, state, reason.data));
		case 'wrongNonceKey':
			return { ...next, payment: { ...payment, ownLane: true } };
		case 'paymasterRequired':
		case 'paymasterWrong': {
			const isFirst = getAddress(reason.data.paymaster) === run.world.address('paymaster', run.account);
			return { ...next, payment: { ...payment, paymaster: isFirst ? 'paymaster' : 'paymaster2' } };
		}
		case 'gasLimitStuck':
			await run.resetGasLimit();
			return next;
		case 'nativeNotAllowed':
		case 'nativeLimitExceeded':
		case 'nativeLimitBelowUsed':
		case 'nativeBudgetUsedUp':
		case 'tokenLimitExceeded':
		case 'tokenLimitBelowUsed':
		case 'tokenBudgetUsedUp':
		case 'gasLimitExceeded':
		case 'gasBudgetUsedUp': {
			if (reason.reopensAt) return { payment, at: Date.parse(reason.reopensAt) / 1000 - run.start };
			return update(...raised(run, state, reason.data as BudgetData));
		}
		case 'nativeBalanceTooLow':
		case 'gasBalanceTooLow':
			if (parseUnits(reason.data.missing, 18) > 2n ** 128n) {
				return { ...next, payment: { ...payment, calls: payment.calls.map(withSmallValue) } };
			}
			await run.setBalance(parseUnits(reason.data.balance, 18) + parseUnits(reason.data.missing, 18));
			return next;
		case 'tokenBalanceTooLow': {
			const missing = parseUnits(reason.data.missing, 6);
			if (missing > 2n ** 128n) return { ...next, payment: { ...payment, calls: payment.calls.map(withFewUnits) } };
			await run.mint(reason.data.contract, missing);
			return next;
		}
		default:
			throw new Error(`nobody knows how to mend ${reason.code}: ${reason.message}`);
	}
}

function functionOf(selector: Hex): FunctionName {
	const found = (Object.keys(SIGNATURES) as FunctionName[]).find((fn) => selectorFor(fn) === selector);
	if (!found) throw new Error(`no triple speaks of the function ${selector}`);
	return found;
}

function placeOf(run: Run, contract: Address): Place {
	const places: Place[] = ['recipient', 'token', 'token2', 'target', 'account', 'plugin'];
	const found = places.find((place) => getAddress(run.world.address(place, run.account)) === getAddress(contract));
	if (!found) throw new Error(`nobody lives at ${contract}`);
	return found;
}

function entry(run: Run, contract: Address, { onList }: { onList: boolean }): Update {
	return { set: 'entry', place: placeOf(run, contract), onList, checkSelectors: false };
}

function tokenLimit(run: Run, contract: Address) {
	return { set: 'token' as const, place: placeOf(run, contract) as 'token' | 'token2' };
}

function without({ calls, ...payment }: Payment, unwanted: (call: CallSpec) => boolean): Payment {
	return { ...payment, calls: calls.filter((call) => !unwanted(call)) };
}

function withSmallValue(call: CallSpec): CallSpec {
	return 'wei' in call ? { ...call, wei: call.wei % 1_000n } : call;
}

function withFewUnits(call: CallSpec): CallSpec {
	return call.call === 'token' ? { ...call, units: call.units % 1_000n } : call;
}

/**
 * A limit that holds what was spent and what is needed, exactly. What was spent is what the plugin has stored: setting a
 * limit keeps it.
 */
function raised(run: Run, { key }: CheckState, { budget, contract, needed }: BudgetData): Update[] {
	if (budget === 'token') {
		const stored = key.contracts[contract as Address]?.tokenLimit;
		const limit = (stored?.used ?? 0n) + parseUnits(needed, 6);
		return [{ ...tokenLimit(run, contract as Address), limit: atMost(limit), interval: stored?.refreshInterval ?? 0 }];
	}
	const stored = budget === 'gas' ? key.gas : key.native;
	const limit = (stored?.used ?? 0n) + parseUnits(needed, 18);
	const interval = stored?.refreshInterval ?? 0;
	if (budget === 'native') return [{ set: 'native', limit: atMost(limit), interval }];
	return [{ set: 'gas', operations: Number(limit / COST), wei: Number(limit % COST), interval }];
}

function atMost(limit: bigint): bigint {
	return limit > maxUint256 ? maxUint256 : limit;
}

/** The same limit with a refresh interval that the chain can count with. */
function shorterInterval(
	run: Run,
	{ key }: CheckState,
	{ budget, contract }: { budget: string; contract?: Address },
): Update[] {
	if (budget === 'native') return [{ set: 'native', limit: key.native?.limit ?? 0n, interval: 0 }];
	if (budget === 'token') {
		const limit = key.contracts[contract as Address]?.tokenLimit?.limit ?? 0n;
		return [{ ...tokenLimit(run, contract as Address), limit, interval: 0 }];
	}
	const limit = key.gas?.limit ?? 0n;
	return [{ set: 'gas', operations: Number(limit / COST), wei: Number(limit % COST), interval: 0 }];
}
