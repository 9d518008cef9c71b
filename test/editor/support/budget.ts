import type { Address } from 'viem';
import type { Form } from '../form';

/** Fills one budget for a week. `prefix` is the path of the fields that it belongs to: '' or such as `keys.values[0].`. */
export async function fillBudget(form: Form, token: Address, prefix: string, amount: string): Promise<void> {
	const budget = `${prefix}budgets.values[0]`;
	await form.addEntry(`${prefix}budgets`);
	await form.identify(`${budget}.token`, 'Address', token);
	await form.fill(`${budget}.amount`, amount);
	await form.choose(`${budget}.refresh`, 'Weekly');
}
