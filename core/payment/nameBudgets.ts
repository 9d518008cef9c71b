import { refuse, RefusalError, type Refusal } from '../refusal/refusal';
import { readBudgetSymbols } from '../sessionKey/read/readBudgetTokens';
import type { CheckedPayment } from './checkPayments';
import type { Payer } from './send/payment';

/**
 * Where the chain's own money was to be paid by a key whose budgets are tokens: says just that, and names them. Whom the key
 * may pay native money is beside the point then.
 */
export async function nameBudgets(payer: Payer, checked: readonly CheckedPayment[]): Promise<CheckedPayment[]> {
	if (!checked.some(({ refusals }) => refusals.some(isNativeNotAllowed))) return [...checked];
	const tokens = await symbolsOf(payer);
	return checked.map((one) => ({ ...one, refusals: named(one.refusals, tokens) }));
}

/** The same of a payment that was refused, to `catch` with. @throws the refusal, always */
export function tokensNamed(payer: Payer): (error: unknown) => Promise<never> {
	return async (error) => {
		if (!(error instanceof RefusalError) || !error.refusals.some(isNativeNotAllowed)) throw error;
		const [first, ...others] = named(error.refusals, await symbolsOf(payer));
		const { userOperationHash, transactionHash, unclaimedAt } = error;
		throw new RefusalError([first ?? error.refusal, ...others], { userOperationHash, transactionHash, unclaimedAt });
	};
}

type NativeNotAllowed = Extract<Refusal, { code: 'nativeNotAllowed' }>;

function isNativeNotAllowed(refusal: Refusal): refusal is NativeNotAllowed {
	return refusal.code === 'nativeNotAllowed';
}

function named(refusals: readonly Refusal[], tokens: readonly string[]): Refusal[] {
	const native = refusals.find(isNativeNotAllowed);
	if (!native || tokens.length === 0) return [...refusals];
	const others = refusals.filter(({ code }) => code !== 'nativeNotAllowed' && code !== 'contractNotAllowed');
	return [refuse('nativeNotAllowed', { ...native.data, tokens }), ...others];
}

/** A refusal stands as it is when they can't be read. */
async function symbolsOf(payer: Payer): Promise<string[]> {
	return readBudgetSymbols(payer).catch(() => []);
}
