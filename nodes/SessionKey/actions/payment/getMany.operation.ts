import type { IDataObject } from 'n8n-workflow';
import { listPayments } from '../../../../core/payment/listPayments';
import { collectionField, dateField, orEmpty } from '../../../shared/form';
import { knownReferences, limitIn, limitFields, simplify } from '../../../shared/listFields';
import { formIn } from '../../../shared/operation';
import { columns, pastPaymentRows } from '../../../shared/pastPayment';
import { showFor } from '../../../shared/showFor';
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
	knownReferences,
	since,
]);

export const description = showFor('payment', 'getMany', [...limitFields, simplify, options]);

const SIMPLE = ['status', 'time', 'reference', 'amount', 'token', 'to', 'toName', 'gas', 'transaction', 'link'];

export async function execute(run: AgentRun): Promise<IDataObject[]> {
	const { context, payer } = run;
	const form = formIn(run);
	const asked = { limit: limitIn(form), since: form.get(options).get(since) };
	const isSimple = form.get(simplify);
	const references = form.get(options).get(knownReferences);
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
	return isSimple ? listed.map((row) => columns(row, SIMPLE)) : listed;
}
