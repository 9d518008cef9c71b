import type { IDataObject } from 'n8n-workflow';
import { listPayments } from '../../../../core/payment/listPayments';
import { collectionField, dateField, orEmpty } from '../../../shared/form';
import { limitIn, limitFields, simplify } from '../../../shared/listFields';
import { showFor } from '../../../shared/showFor';
import { pastPaymentsJson } from '../../../shared/pastPayment';
import { formIn } from '../../../shared/operation';
import type { AgentRun } from '../../run';

const since = orEmpty(
	dateField({
		displayName: 'Since',
		name: 'since',
		type: 'dateTime',
		default: '',
		description: 'Only payments from this moment on. It also makes the search quicker.',
	}),
);

const options = collectionField({ displayName: 'Options', name: 'options', placeholder: 'Add option' }, [since]);

export const description = showFor('payment', 'getMany', [...limitFields, simplify, options]);

const SIMPLE = ['status', 'time', 'referenceHash', 'payments', 'gasPaid', 'transactionHash'];

export async function execute(run: AgentRun): Promise<IDataObject[]> {
	const { context, payer } = run;
	const form = formIn(run);
	const asked = { limit: limitIn(form), since: form.get(options).get(since) };
	const isSimple = form.get(simplify);
	const found = await listPayments(payer, asked);
	if (!found.hasUnreferenced) {
		context.addExecutionHints({
			message:
				'Every payment under a reference is listed. Payments with Allow Repeats, and failed ones, are not: this endpoint does not give logs over so many blocks.',
			location: 'outputPane',
		});
	}
	const items = await pastPaymentsJson(payer, found.operations);
	if (!isSimple) return items;
	return items.map((item) => Object.fromEntries(SIMPLE.flatMap((name) => (name in item ? [[name, item[name]]] : []))));
}
