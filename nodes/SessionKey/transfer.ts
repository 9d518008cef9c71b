import type { Transfer } from '../../core/payment/check/paymentRequest';
import { addressField, amountField, type Form } from '../shared/form';
import { tokenField } from '../shared/tokenField';

const recipient = addressField({
	displayName: 'Recipient',
	name: 'recipient',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 0x1f9090...c326',
	description: "The recipient's address on this network. A payment to a wrong address can't be taken back.",
});

const amount = amountField({
	displayName: 'Amount',
	name: 'amount',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 1250.50',
	description: 'In whole units of the token, with a decimal point. It is never rounded.',
});

/** To whom, what, and how much. */
export const transferFields = [recipient, tokenField, amount];

/** Reads `transferFields`. */
export function transferIn(form: Form): Transfer {
	return { to: form.get(recipient), token: form.get(tokenField), amount: form.get(amount) };
}
