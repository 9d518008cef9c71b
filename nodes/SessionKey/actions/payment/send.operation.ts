import type { IDataObject } from 'n8n-workflow';
import { transferRequest } from '../../../../core/payment/check/paymentRequest';
import { pay } from '../../../../core/payment/pay';
import { showFor } from '../../../shared/showFor';
import { payOptionsIn, payTokenOptions, pinnedTransferIn, referenceFields, singlePaymentJson } from '../../payment';
import { transferFields } from '../../transfer';
import { formIn } from '../../../shared/operation';
import type { AgentRun } from '../../run';

export const description = showFor('payment', 'send', [...transferFields, ...referenceFields, payTokenOptions]);

export async function execute(run: AgentRun): Promise<IDataObject> {
	const form = formIn(run);
	const options = payOptionsIn(form);
	return singlePaymentJson(run.payer, await pay(run.payer, transferRequest([pinnedTransferIn(form)]), options));
}
