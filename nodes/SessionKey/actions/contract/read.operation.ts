import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Hex } from 'viem';
import { parseAddress } from '../../../../core/input/address';
import { decodeAnswer, encodeCall } from '../../../../core/functionCall';
import type { Payer } from '../../../../core/payment/payment';
import { showFor } from '../../../shared/showFor';
import { argumentsOf, functionFields, functionOf } from '../../functionFields';

export const description = showFor('contract', 'read', functionFields);

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const contract = parseAddress(context.getNodeParameter('contract', itemIndex), 'Contract');
	const item = functionOf(context, itemIndex);
	const call = { from: payer.account, to: contract, data: encodeCall(item, argumentsOf(context, itemIndex)) };
	const answer = await payer.rpc.request<Hex>('eth_call', [call, 'latest']);
	return { contract, function: item.name, result: decodeAnswer(item, answer) as IDataObject };
}
