import type { Address } from 'viem';
import { InputError } from '../amounts';
import type { Call } from '../calls';
import type { CheckState, TokenState } from './checkState';
import type { Order } from './order';
import type { Payer } from './payment';

interface Seen {
	hasGasLimit: boolean;
	tokens: Readonly<Record<Address, TokenState>>;
}

/**
 * What was seen of keys and of their tokens, by chain, account and key. It only saves time: whatever is foreseen is held
 * against what the chain says now before it is used.
 */
const seen = new Map<string, Seen>();

function placeOf({ network, account, key }: Payer): string {
	return `${network.chainId}:${account}:${key}`;
}

/** Notes what was read of a key and of tokens. */
export function noteSeen(payer: Payer, { key, tokens }: CheckState): void {
	const before = seen.get(placeOf(payer))?.tokens;
	seen.set(placeOf(payer), { hasGasLimit: key.gas !== undefined, tokens: { ...before, ...tokens } });
}

/**
 * The calls that an order will most likely make, before anything is read for it. undefined where nothing tells, and for
 * a key with a gas limit, whose nonce nobody can foresee.
 */
export function foresee(payer: Payer, order: Order): Call[] | undefined {
	const known = seen.get(placeOf(payer));
	if (!known || known.hasGasLimit) return undefined;
	try {
		return order.toCalls(known.tokens);
	} catch (error) {
		if (error instanceof InputError) return undefined; // what is read now will tell
		throw error;
	}
}

/** Forgets what was seen, as a fresh n8n has seen nothing. */
export function forgetSeen(): void {
	seen.clear();
}
