import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { readContract } from '../../../../core/readContract';
import type { Payer } from '../../../../core/payment/send/payment';
import { formOf } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { callIn, functionFields } from '../../functionFields';

export const description = showFor('contract', 'read', functionFields);

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const { contract, item, values } = callIn(formOf(context, itemIndex));
	const result = (await readContract(payer, contract, item, values)) as IDataObject;
	return { contract, function: item.name, result };
}
