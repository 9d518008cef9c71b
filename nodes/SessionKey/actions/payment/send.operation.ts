import type { IDataObject } from 'n8n-workflow';
import { transferRequest } from '../../../../core/payment/check/paymentRequest';
import { pay } from '../../../../core/payment/pay';
import { showFor } from '../../../shared/showFor';
import { payOptionsIn, payTokenOptions, pinnedTransferIn, referenceFields } from '../../payment';
import { paymentItem } from '../../paymentItem';
import { simplifyPayment, tellingIn } from '../../telling';
import { transferFields } from '../../transfer';
import { formIn } from '../../../shared/operation';
import type { AgentRun } from '../../run';

export const description = showFor('payment', 'send', [
	...transferFields,
	...referenceFields,
	simplifyPayment,
	payTokenOptions,
]);

export async function execute(run: AgentRun): Promise<IDataObject> {
	const form = formIn(run);
	const options = payOptionsIn(form);
	const telling = tellingIn(run.context, form);
	const request = transferRequest([pinnedTransferIn(form)]);
	return paymentItem(run.payer, await pay(run.payer, request, options), telling);
}
