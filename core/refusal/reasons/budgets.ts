import type { Address } from 'viem';
import { about, seconds, showContract, showMoment, withUnit, type Moment } from '../../text/format';
import {
	ALCHEMY,
	budgetExceeded,
	budgetName,
	budgetUsedUp,
	limitBelowUsed,
	mendBudget,
	mendExceeded,
	mendLimitBelowUsed,
	reason,
	SET_LIMIT,
	tokenName,
	UPDATE,
	type BudgetData,
	type BudgetName,
	type KeyOfAccount,
	type PerhapsBudgetData,
} from './reason';

/** Refusals: budgets. */
export const BUDGETS = {
	decimalsDiffer: reason<{ contract: Address; symbol?: string; said: number; expected: number; network: string }>({
		cause:
			'The endpoint reports other decimals for a token than are known: every amount would be multiplied or divided.',
		message: (data) =>
			`${showContract(data)} has ${data.expected} decimals, but the endpoint says ${data.said}: every amount would be wrong. Nothing was signed.`,
		remedy: ({ network }) =>
			`Check that the credential "${ALCHEMY}" leads to ${network} itself. If you typed the decimals, compare them with the token's own site.`,
	}),
	amountTooLarge: reason<{ unit: string }>({
		cause: 'The amounts add up to more than the chain can count (2^256).',
		message: ({ unit }) => `The ${unit} amounts of this payment add up to more than the chain can count.`,
		remedy: () => 'Check the amounts.',
	}),
	nativeNotAllowed: reason<BudgetData & { tokens?: readonly string[] }>({
		cause: 'The key has a native limit of 0, as every new key has, and the payment carries native currency.',
		message: ({ unit, needed, tokens }) =>
			tokens
				? `This payment is in ${unit}, but the key pays in ${tokens.join(', ')}: for ${unit} it has no budget.`
				: `This key may not spend any ${unit}: its limit is 0, and this payment needs ${withUnit(needed, unit)}.`,
		remedy: ({ unit, tokens }) =>
			tokens
				? `Choose ${tokens.join(' or ')} under Token. Or the owner gives the key a limit for ${unit} with ${SET_LIMIT}.`
				: `The owner can give the key a limit for ${unit} with ${SET_LIMIT}.`,
	}),
	nativeLimitExceeded: reason<BudgetData>({
		cause: 'The payment alone is larger than the whole native limit.',
		message: budgetExceeded,
		remedy: mendExceeded,
	}),
	nativeBudgetUsedUp: reason<PerhapsBudgetData>({
		cause: 'What is left of the native limit is less than the payment.',
		message: budgetUsedUp,
		remedy: mendBudget,
	}),
	nativeLimitBelowUsed: reason<BudgetData>({
		cause: 'The native limit was lowered below what was already spent, which stops every payment of the key.',
		message: (data) => limitBelowUsed(data, 'this key may do nothing at all, token payments included'),
		remedy: mendLimitBelowUsed,
	}),
	tokenLimitExceeded: reason<BudgetData>({
		cause: 'The payment alone is larger than the whole limit of the token.',
		message: budgetExceeded,
		remedy: mendExceeded,
	}),
	tokenBudgetUsedUp: reason<PerhapsBudgetData>({
		cause: "What is left of the token's limit is less than the payment.",
		message: budgetUsedUp,
		remedy: mendBudget,
	}),
	tokenLimitBelowUsed: reason<BudgetData>({
		cause: "The token's limit was lowered below what was already spent, which stops every payment with the token.",
		message: (data) => limitBelowUsed(data, `this key may not use ${tokenName(data)} at all`),
		remedy: mendLimitBelowUsed,
	}),
	gasLimitExceeded: reason<BudgetData>({
		cause: 'The most that the payment may cost in gas is larger than the whole gas limit of the key.',
		message: budgetExceeded,
		remedy: () =>
			`Pay when gas is cheaper, or make fewer payments at once. The owner can raise the gas limit with ${SET_LIMIT}.`,
	}),
	gasBudgetUsedUp: reason<BudgetData>({
		cause: 'What is left of the gas limit of the key is less than the most that the payment may cost in gas.',
		message: budgetUsedUp,
		remedy: mendBudget,
	}),
	gasLimitStuck: reason<BudgetData & KeyOfAccount & { plugin: Address }>({
		cause:
			'The first operation of a new gas window did not go through, and what is left of the gas limit is too little.',
		message: ({ unit, limit, used, needed }) =>
			`The gas budget of this key is stuck: the first operation of a new window did not go through, ${about(used, 'up')} of ${withUnit(limit, unit)} count as spent, this payment may need up to ${about(needed, 'up')}, and waiting alone does not fix it.`,
		remedy: ({ account, key, plugin }) =>
			`The owner can set the gas limit again, higher, with ${SET_LIMIT}. Or anyone calls resetSessionKeyGasLimitTimestamp(${account}, ${key}) on ${plugin}, which starts a new window.`,
	}),
	windowAfterEnd: reason<BudgetName & { reopens: Moment; validUntil: Moment }>({
		cause: 'The budget that the payment needs opens again only after the key has ended.',
		message: (data) =>
			`The ${budgetName(data)} of this key reopens on ${showMoment(data.reopens)}, but the key ends before that, on ${showMoment(data.validUntil)}: this payment can't be made any more.`,
		remedy: () => `The owner can set a later end with ${UPDATE}, or raise the budget with ${SET_LIMIT}.`,
	}),
	refreshIntervalTooLong: reason<BudgetName & { refreshInterval: number }>({
		cause: 'A limit has a refresh interval so long that the chain cannot add it to a date.',
		message: (data) =>
			`The ${budgetName(data)} of this key refreshes every ${seconds(data.refreshInterval)}, which is too long for the chain to calculate with, so it refuses the payment.`,
		remedy: () => `The owner can choose a shorter time under Renewed, or Never, with ${SET_LIMIT}.`,
	}),
};
