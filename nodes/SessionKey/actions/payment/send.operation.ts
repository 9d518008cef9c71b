import type { IDataObject } from 'n8n-workflow';
import { transferRequest } from '../../../../core/payment/check/paymentRequest';
import { tokensNamed } from '../../../../core/payment/nameBudgets';
import { pay, requireNotPaused } from '../../../../core/payment/pay';
import { showFor } from '../../../shared/showFor';
import { approvalIn } from '../../approvalField';
import { payOptionsIn, payTokenOptions, pinnedTransferIn, referenceFields } from '../../payment';
import { paymentItem } from '../../paymentItem';
import { simplifyPayment, tellingIn } from '../../telling';
import { tokenChooser, transferFields } from '../../transfer';
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
	const { context, payer } = run;
	const options = { ...payOptionsIn(form), approval: approvalIn(run, form.get(payTokenOptions)) };
	const telling = tellingIn(context, form);
	requireNotPaused(payer);
	const transfer = await tokenChooser(payer, options.reference)(pinnedTransferIn(form, payer));
	return paymentItem(payer, await pay(payer, transferRequest([transfer]), options).catch(tokensNamed(payer)), telling);
}
