import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { transferRequest } from '../../../../core/payment/check/paymentRequest';
import { pay } from '../../../../core/payment/pay';
import type { Payer } from '../../../../core/payment/send/payment';
import { formOf } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { payOptionsIn, payTokenOptions, pinnedTransferIn, referenceFields, singlePaymentJson } from '../../payment';
import { transferFields } from '../../transfer';

export const description = showFor('payment', 'send', [...transferFields, ...referenceFields, payTokenOptions]);

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const form = formOf(context, itemIndex);
	const options = payOptionsIn(form);
	return singlePaymentJson(payer, await pay(payer, transferRequest([pinnedTransferIn(form)]), options));
}
