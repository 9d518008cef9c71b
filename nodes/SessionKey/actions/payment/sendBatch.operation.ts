import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { InputError, ofItem } from '../../../../core/errors';
import { transferRequest } from '../../../../core/payment/check/paymentRequest';
import { tokensNamed } from '../../../../core/payment/nameBudgets';
import type { Approval } from '../../../../core/paymentApproval/approval';
import { requireNotPaused } from '../../../../core/payment/pay';
import { payBatch } from '../../../../core/payment/payBatch';
import type { Payer, Payment } from '../../../../core/payment/send/payment';
import { showFor } from '../../../shared/showFor';
import { approvalIn } from '../../approvalField';
import { payOptionsIn, payTokenOptions, pinnedTransferIn, referenceFields } from '../../payment';
import { paymentItem, type Telling } from '../../paymentItem';
import { simplifyPayment, tellingIn } from '../../telling';
import { tokenChooser, transferFields } from '../../transfer';
import type { AllItemsRun } from '../../run';
import { formIn } from '../../../shared/operation';

export const allItems = true;
export const description = showFor('payment', 'sendBatch', [
	{
		displayName:
			'All items are paid in one operation: either every one of them, or none. One reference stands for the whole batch.',
		name: 'batchNotice',
		type: 'notice',
		default: '',
	},
	...transferFields,
	...referenceFields,
	simplifyPayment,
	payTokenOptions,
]);

/** Pays all items in one operation. Each item gets its own line of the result. */
export async function execute({ context, payer }: AllItemsRun): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const all = items.map((_, index) => {
		const read = () => {
			const run = { context, itemIndex: index };
			const form = formIn(run);
			return {
				options: { ...payOptionsIn(form), approval: approvalIn(run, form.get(payTokenOptions)) },
				transfer: pinnedTransferIn(form, payer),
				telling: tellingIn(context, form),
			};
		};
		return items.length > 1 ? ofItem(index, read) : read();
	});
	const { options } = all[0] as (typeof all)[number];
	requireOneReference(all.map(({ options: { reference } }) => reference));
	requireOneApproval(all.map(({ options: { approval } }) => approval));
	requireNotPaused(payer);
	const toTransfer = tokenChooser(payer, options.reference);
	const request = transferRequest(await Promise.all(all.map(({ transfer }) => toTransfer(transfer))));
	const payment = await payBatch(payer, request, options).catch(tokensNamed(payer));
	return all.map(({ telling }, item) => ({
		json: lineItem(payer, payment, telling, item),
		pairedItem: { item },
	}));
}

/** The gas is the operation's: with its first line, so that the sum of a column is what was paid. */
function lineItem(payer: Payer, payment: Payment, telling: Telling, index: number): IDataObject {
	const json = paymentItem(payer, payment, telling, { line: payment.lines[index] });
	if (index > 0 && 'gas' in json) json.gas = '0';
	return telling.isSimple ? json : { ...json, batchSize: payment.lines.length };
}

/** @throws {InputError} of the first item whose reference is another one than that of the first */
function requireOneReference(references: readonly (string | undefined)[]): void {
	const [first] = references;
	const other = references.findIndex((reference) => reference !== first);
	if (other < 0) return;
	throw new InputError(
		'Payment Reference',
		`"Payment Reference" is "${first}" for the first item and "${references[other]}" for item ${other + 1}`,
		'A batch has one reference for all its items, e.g. salaries/2026-11. Use Send to pay each item under its own.',
		other,
	);
}

/** @throws {InputError} of the first item that came with another approval than the first one, or with none */
function requireOneApproval(approvals: readonly (Approval | undefined)[]): void {
	const first = JSON.stringify(approvals[0]);
	const other = approvals.findIndex((approval) => JSON.stringify(approval) !== first);
	if (other < 0) return;
	throw new InputError(
		'Approval',
		`"Approval" is not the same for item ${other + 1} as for the first one, but all items are paid together here`,
		'Give all items to one Payment > Request Approval. Use Send to pay each item by its own approval.',
		other,
	);
}
