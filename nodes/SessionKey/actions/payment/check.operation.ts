import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { checkPayments } from '../../../../core/payment/checkPayments';
import { transferOrder } from '../../../../core/payment/order';
import type { Payer } from '../../../../core/payment/payment';
import { showFor } from '../../../shared/showFor';
import { allowRepeatsProperty } from '../../payment';
import { transferOf, transferProperties } from '../../transfer';

export const description = showFor('payment', 'check', [
	{
		displayName:
			'Nothing is sent. All items are checked together and in order: each sees what the ones before it would use up.',
		name: 'checkNotice',
		type: 'notice',
		default: '',
	},
	...transferProperties,
	allowRepeatsProperty,
] satisfies INodeProperties[]);

/** Says for each item whether it would be paid, and if not, why. */
export async function executeAll(context: IExecuteFunctions, payer: Payer): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const questions = items.map((_, itemIndex) => ({
		order: transferOrder([transferOf(context, itemIndex)], () =>
			items.length > 1 ? `Amount of item ${itemIndex + 1}` : 'Amount',
		),
		claims: !context.getNodeParameter('allowRepeats', itemIndex, false),
	}));
	const checked = await checkPayments(payer, questions);
	return checked.map(({ allowed, refusals, lines, remaining }, item) => {
		const [refusal] = refusals;
		const json = {
			allowed,
			from: payer.account,
			...lines[0],
			...(refusal && { refusal, refusals }),
			remaining,
		} as unknown as IDataObject;
		return { json, pairedItem: { item } };
	});
}
