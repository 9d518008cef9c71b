import type { IDataObject } from 'n8n-workflow';
import type { Approved } from '../../../../core/paymentApproval/approval';
import { findApprovers, type BookedPayment } from '../../../../core/paymentApproval/findApprovers';
import { listPayments } from '../../../../core/payment/listPayments';
import type { Payer } from '../../../../core/payment/send/payment';
import { collectionField, dateField, orEmpty } from '../../../shared/form';
import { knownReferences, limitIn, limitFields, simplify } from '../../../shared/listFields';
import { formIn } from '../../../shared/operation';
import { columns, pastPaymentRows } from '../../../shared/pastPayment';
import { showFor } from '../../../shared/showFor';
import { approvalsField } from '../../approvalField';
import { approversWords } from '../../paymentItem';
import type { AgentRun } from '../../run';

const since = orEmpty(
	dateField({
		displayName: 'Since',
		name: 'since',
		type: 'dateTime',
		default: '',
		description: 'Only payments from this moment on. This also makes the search faster.',
	}),
);

const options = collectionField({ displayName: 'Options', name: 'options', placeholder: 'Add option' }, [
	approvalsField,
	knownReferences,
	since,
]);

export const description = showFor('payment', 'getMany', [...limitFields, simplify, options]);

const SIMPLE = [
	'status',
	'time',
	'reference',
	'amount',
	'token',
	'to',
	'toName',
	'approvedBy',
	'gas',
	'transaction',
	'link',
];

export async function execute(run: AgentRun): Promise<IDataObject[]> {
	const { context, payer } = run;
	const form = formIn(run);
	const asked = { limit: limitIn(form), since: form.get(options).get(since) };
	const isSimple = form.get(simplify);
	const approvals = form.get(options).get(approvalsField);
	const approved = approvals.flatMap(({ lines }) => lines.map(({ reference }) => reference));
	const references = [...form.get(options).get(knownReferences), ...approved];
	const found = await listPayments(payer, asked);
	if (!found.hasUnreferenced) {
		context.addExecutionHints({
			message:
				'Every payment under a reference is listed. Payments with Allow Repeats, and failed ones, are not: this endpoint does not give logs over so many blocks.',
			location: 'outputPane',
		});
	}
	const rows = await pastPaymentRows(payer, found.operations, { timeZone: form.timeZone, references });
	const listed = rows.flat().slice(0, asked.limit);
	const told = approvals.length > 0 ? await withApprovers(payer, approvals, listed) : listed;
	return isSimple ? told.map((row) => columns(row, SIMPLE)) : told;
}

/** Empty text where none of the approvals has the payment as it is: every row has the same columns. */
async function withApprovers(
	payer: Payer,
	approvals: readonly Approved[],
	rows: IDataObject[],
): Promise<IDataObject[]> {
	const approvers = await findApprovers(payer, approvals, rows as unknown as BookedPayment[]);
	return rows.map((row, index) => ({ ...row, approvedBy: approversWords(approvers[index] ?? []) }));
}
