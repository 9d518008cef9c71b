import type { Address } from 'viem';
import { InputError } from '../../core/errors';
import { locatorValue, parseToken } from '../../core/input/token';
import type { Transfer } from '../../core/payment/check/paymentRequest';
import { readPaidToken } from '../../core/payment/findPayment';
import type { Payer } from '../../core/payment/send/payment';
import { readOnlyBudgetToken } from '../../core/sessionKey/read/readBudgetTokens';
import { amountField, field, type Form } from '../shared/form';
import { tokenField } from '../shared/tokenField';
import { recipient, recipientAmong } from './recipient';

const amount = amountField({
	displayName: 'Amount',
	name: 'amount',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 1250.50',
	description: 'In whole units of the token, with a decimal point. It is never rounded.',
});

/** The token that the key has its only budget for, whichever that is. */
export const ONLY_BUDGET = { name: "The Key's Only Budget", value: 'onlyBudget' } as const;

const token = field<Address | typeof ONLY_BUDGET.value | undefined>(
	{
		...tokenField.property,
		default: { mode: 'list', value: ONLY_BUDGET.value, cachedResultName: ONLY_BUDGET.name },
		description:
			"What to pay in. The Key's Only Budget is looked up on the chain for each payment; choose the token itself to spare those requests, and where it must not change with the key.",
	},
	(given, name) => (locatorValue(given) === ONLY_BUDGET.value ? ONLY_BUDGET.value : parseToken(given, name)),
);

/** To whom, what, and how much. */
export const transferFields = [recipient, token, amount];

/** A transfer as it is typed: its token may have to be looked up. */
export type TypedTransfer = Omit<Transfer, 'token'> & { token?: Address | typeof ONLY_BUDGET.value };

/**
 * Reads `transferFields`; a name is looked up among the payer's payees.
 * @throws {InputError}
 */
export function transferIn(form: Form, { rules }: Payer): TypedTransfer {
	const to = recipientAmong(rules?.payees ?? [], form.get(recipient));
	return { ...to, token: form.get(token), amount: form.get(amount) };
}

/**
 * Puts the token in where it is the key's only budget; it is looked up once. What was paid under a reference before is still
 * found when the budget is gone, or isn't the only one any more.
 * @throws {InputError} when the key has several budgets or none, or it can't be told
 */
export function tokenChooser(payer: Payer, reference?: string): (typed: TypedTransfer) => Promise<Transfer> {
	let found: Promise<Address | undefined> | undefined;
	return async (typed) => {
		if (typed.token !== ONLY_BUDGET.value) return { ...typed, token: typed.token };
		return { ...typed, token: await (found ??= onlyBudgetOrPaid(payer, reference)) };
	};
}

async function onlyBudgetOrPaid(payer: Payer, reference?: string): Promise<Address | undefined> {
	return readOnlyBudgetToken(payer).catch(async (error: unknown) => {
		const paid = error instanceof InputError && reference !== undefined && (await readPaidToken(payer, reference));
		return paid ? paid.token : Promise.reject(error);
	});
}
