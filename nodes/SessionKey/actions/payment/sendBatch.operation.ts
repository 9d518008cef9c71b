import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { InputError } from '../../../../core/errors';
import { transferOrder } from '../../../../core/payment/order';
import { payBatch } from '../../../../core/payment/payBatch';
import type { Payer } from '../../../../core/payment/payment';
import { showFor } from '../../../shared/showFor';
import { payOptionsOf, paymentJson, referenceProperties, sendOptions } from '../../payment';
import { transferOf, transferProperties } from '../../transfer';

export const description = showFor('payment', 'sendBatch', [
	{
		displayName:
			'All items are paid in one operation: either every one of them, or none. One reference stands for the whole batch.',
		name: 'batchNotice',
		type: 'notice',
		default: '',
	},
	...transferProperties,
	...referenceProperties,
	sendOptions,
] satisfies INodeProperties[]);

/** Pays all items in one operation. Each item gets its own line of the result. */
export async function executeAll(context: IExecuteFunctions, payer: Payer): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const options = payOptionsOf(context, 0);
	for (let itemIndex = 1; itemIndex < items.length; itemIndex++) {
		const { reference } = payOptionsOf(context, itemIndex);
		if (reference === options.reference) continue;
		throw new InputError(
			'Payment Reference',
			`"Payment Reference" is "${options.reference}" for the first item and "${reference}" for item ${itemIndex + 1}`,
			'A batch has one reference for all its items, e.g. salaries/2026-11. Use Send to pay each item under its own.',
		);
	}
	const transfers = items.map((_, itemIndex) => transferOf(context, itemIndex));
	const order = transferOrder(transfers, (index) => (items.length > 1 ? `Amount of item ${index + 1}` : 'Amount'));
	const payment = await payBatch(payer, order, options);
	const { remaining, ...shared } = paymentJson(payer, payment);
	return items.map((_, itemIndex) => {
		const json: IDataObject = { ...shared, ...payment.lines[itemIndex], batchSize: items.length };
		if (itemIndex === items.length - 1 && remaining) json.remaining = remaining;
		return { json, pairedItem: { item: itemIndex } };
	});
}
