import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { parseWholeNumber } from '../../../../core/input/wholeNumber';
import { listPayments } from '../../../../core/payment/listPayments';
import type { Payer } from '../../../../core/payment/payment';
import { parseDate } from '../../../../core/input/date';
import { showFor } from '../../../shared/showFor';
import { pastPaymentsJson } from '../../pastPayment';

export const description = showFor('payment', 'getMany', [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
	{
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Since',
				name: 'since',
				type: 'dateTime',
				default: '',
				description: 'Only payments from this moment on. It also makes the search quicker.',
			},
		],
	},
] satisfies INodeProperties[]);

const SIMPLE = ['status', 'time', 'referenceHash', 'payments', 'gasPaid', 'transactionHash'];

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject[]> {
	const returnAll = context.getNodeParameter('returnAll', itemIndex) as boolean;
	const { since } = context.getNodeParameter('options', itemIndex, {}) as { since?: string };
	const found = await listPayments(payer, {
		limit: returnAll
			? undefined
			: parseWholeNumber(context.getNodeParameter('limit', itemIndex, 50), 'Limit', 1, 1_000_000),
		since: since ? parseDate(since, 'Since', context.getTimezone()) : undefined,
	});
	if (!found.hasUnreferenced) {
		context.addExecutionHints({
			message:
				'Every payment under a reference is listed. Payments with Allow Repeats, and failed ones, are not: this endpoint does not give logs over so many blocks.',
			location: 'outputPane',
		});
	}
	const items = await pastPaymentsJson(payer, found.operations);
	if (!context.getNodeParameter('simplify', itemIndex, true)) return items;
	return items.map((item) => Object.fromEntries(SIMPLE.flatMap((name) => (name in item ? [[name, item[name]]] : []))));
}
