import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { parseAddress } from '../../core/input/address';
import type { Transfer } from '../../core/payment/order';
import { tokenField, tokenOf } from '../shared/tokenField';

/** To whom, what, and how much. */
export const transferProperties: INodeProperties[] = [
	{
		displayName: 'Recipient',
		name: 'recipient',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 0x1f9090...c326',
		description: "The recipient's address on this network. A payment to a wrong address can't be taken back.",
	},
	tokenField,
	{
		displayName: 'Amount',
		name: 'amount',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 1250.50',
		description: 'In whole units of the token, with a decimal point. It is never rounded.',
	},
];

/** Reads `transferProperties`. */
export function transferOf(context: IExecuteFunctions, itemIndex: number): Transfer {
	return {
		to: parseAddress(context.getNodeParameter('recipient', itemIndex), 'Recipient'),
		token: tokenOf(context, itemIndex),
		amount: context.getNodeParameter('amount', itemIndex),
	};
}
