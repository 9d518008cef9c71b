import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { transferOrder } from '../../../../core/payment/order';
import { pay } from '../../../../core/payment/pay';
import type { Payer } from '../../../../core/payment/payment';
import { formOf } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { payOptionsIn, referenceFields, sendOptions, singlePaymentJson } from '../../payment';
import { transferFields, transferIn } from '../../transfer';

export const description = showFor('payment', 'send', [...transferFields, ...referenceFields, sendOptions]);

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const form = formOf(context, itemIndex);
	const options = payOptionsIn(form);
	return singlePaymentJson(payer, await pay(payer, transferOrder([transferIn(form)]), options));
}
