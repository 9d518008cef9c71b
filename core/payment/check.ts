import type { Call } from '../calls';
import type { Refusal } from '../refusal/refusal';
import type { CheckState, GasPlan } from './checkState';

export type { AccountState, CheckState, GasPlan, TokenState } from './checkState';

export interface CheckOptions {
	/** What the operation will be sent with. Left out: gas, gas budget and paymaster aren't looked at. */
	gas?: GasPlan;
	/** The lane, 192 bits. Left out: the right one is taken. */
	nonceKey?: bigint;
	/** Seconds that the key must still be valid, because bundlers take nothing that ends sooner. */
	secondsNeeded?: number;
}

/** What is left of one budget of the key, safe for JSON. Amounts are exact decimal text. */
export interface Budget {
	kind: 'native' | 'token' | 'gas';
	symbol: string;
	/** The token's address, in a token's budget. */
	token?: string;
	limit: string;
	used: string;
	remaining: string;
	/** Seconds; 0 is never. */
	refreshInterval: number;
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
	remaining: Budget[];
}

/**
 * Whether the chain will make these calls for the key, by replaying every rule of the session key plugin, the account
 * and the EntryPoint. What a called contract itself decides is not known here: see `executionRead`.
 *
 * @throws never: every reason is in the verdict
 */
export function checkCalls(_state: CheckState, _calls: readonly Call[], _options: CheckOptions = {}): Verdict {
	throw new Error('not yet');
}
