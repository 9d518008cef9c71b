import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { parseAddress } from '../../../../core/calls';
import { transferOrder } from '../../../../core/payment/order';
import { pay } from '../../../../core/payment/pay';
import type { Payer } from '../../../../core/payment/payment';
import { showFor } from '../../../shared/showFor';
import { tokenField, tokenOf } from '../../../shared/tokenField';
import { payOptionsOf, referenceProperties, sendOptions, singlePaymentJson } from '../../payment';

export const description = showFor('payment', 'send', [
	{
		displayName: 'Recipient',
		name: 'recipient',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326',
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
	...referenceProperties,
	sendOptions,
] satisfies INodeProperties[]);

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const order = transferOrder([
		{
			to: parseAddress(context.getNodeParameter('recipient', itemIndex), 'Recipient'),
			token: tokenOf(context, itemIndex),
			amount: context.getNodeParameter('amount', itemIndex),
		},
	]);
	return singlePaymentJson(payer, await pay(payer, order, payOptionsOf(context, itemIndex)));
}
