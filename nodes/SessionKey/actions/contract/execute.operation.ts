import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { parseAmount } from '../../../../core/input/amount';
import { parseAddress } from '../../../../core/input/address';
import { encodeCall } from '../../../../core/functionCall';
import { NATIVE_DECIMALS } from '../../../../core/networks';
import { callOrder } from '../../../../core/payment/order';
import { pay } from '../../../../core/payment/pay';
import type { Payer } from '../../../../core/payment/payment';
import { showFor } from '../../../shared/showFor';
import { argumentsOf, functionFields, functionOf } from '../../functionFields';
import { payOptionsOf, paymentJson, referenceProperties, sendOptions } from '../../payment';

export const description = showFor('contract', 'execute', [
	...functionFields,
	{
		displayName: 'Value',
		name: 'value',
		type: 'string',
		default: '0',
		placeholder: 'e.g. 0.05',
		description:
			"How much of the chain's own money to send along, in whole units such as ETH. Most functions take none.",
	},
	...referenceProperties,
	sendOptions,
] satisfies INodeProperties[]);

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const contract = parseAddress(context.getNodeParameter('contract', itemIndex), 'Contract');
	const item = functionOf(context, itemIndex);
	const data = encodeCall(item, argumentsOf(context, itemIndex));
	const value = parseAmount(context.getNodeParameter('value', itemIndex, '0') || '0', NATIVE_DECIMALS, 'Value');
	const payment = await pay(payer, callOrder([{ target: contract, value, data }]), payOptionsOf(context, itemIndex));
	const { status, ...rest } = paymentJson(payer, payment);
	return { status, contract, function: item.name, ...rest };
}
