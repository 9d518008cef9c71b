import type { IDataObject } from 'n8n-workflow';
import { readContract } from '../../../../core/readContract';
import { showFor } from '../../../shared/showFor';
import { callIn, functionFields } from '../../functionFields';
import { formIn } from '../../../shared/operation';
import type { AgentRun } from '../../run';

export const description = showFor('contract', 'read', functionFields);

export async function execute(run: AgentRun): Promise<IDataObject> {
	const { contract, item, values } = callIn(formIn(run));
	const result = (await readContract(run.payer, contract, item, values)) as IDataObject;
	return { contract, function: item.name, result };
}
