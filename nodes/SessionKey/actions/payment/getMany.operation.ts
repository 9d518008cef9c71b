import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { listPayments } from '../../../../core/payment/listPayments';
import type { Payer } from '../../../../core/payment/send/payment';
import { collectionField, dateField, formOf, orEmpty } from '../../../shared/form';
import { limitIn, limitFields, simplify } from '../../../shared/listFields';
import { showFor } from '../../../shared/showFor';
import { pastPaymentsJson } from '../../../shared/pastPayment';

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

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject[]> {
	const form = formOf(context, itemIndex);
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
