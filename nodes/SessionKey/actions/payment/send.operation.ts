import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { transferOrder } from '../../../../core/payment/order';
import { pay } from '../../../../core/payment/pay';
import type { Payer } from '../../../../core/payment/payment';
import { showFor } from '../../../shared/showFor';
import { payOptionsOf, referenceProperties, sendOptions, singlePaymentJson } from '../../payment';
import { transferOf, transferProperties } from '../../transfer';

export const description = showFor('payment', 'send', [
	...transferProperties,
	...referenceProperties,
	sendOptions,
] satisfies INodeProperties[]);

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const options = payOptionsOf(context, itemIndex);
	return singlePaymentJson(payer, await pay(payer, transferOrder([transferOf(context, itemIndex)]), options));
}
