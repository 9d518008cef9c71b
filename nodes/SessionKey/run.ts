import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Payer } from '../../core/payment/send/payment';
import { redact } from '../../core/rpc/redact';
import type { ItemRun, Operation } from '../shared/operation';
import { allItems, perItem } from '../shared/perItem';
import { readAgent, requireOneAgent, type Agent } from './agent';

/** One item's run, by the agent whose key pays. */
export interface AgentRun extends ItemRun {
	payer: Payer;
}

/** A run for all items together. */
export type AllItemsRun = Omit<AgentRun, 'itemIndex'>;

/** For each item by itself; for all items together; or for each item without a key to sign with. */
export type AgentOperation =
	| (Operation<AgentRun> & { allItems?: undefined; withoutKey?: undefined })
	| (Operation<AllItemsRun, INodeExecutionData[]> & { allItems: true; withoutKey?: undefined })
	| (Operation<ItemRun> & { allItems?: undefined; withoutKey: true });

/** Runs an operation with what it needs. */
export async function runOperation(
	context: IExecuteFunctions,
	operation: AgentOperation,
): Promise<INodeExecutionData[]> {
	if (operation.withoutKey) {
		return perItem(context, redact, (itemIndex) => operation.execute({ context, itemIndex }));
	}
	let agent: Agent | undefined;
	const clean = (text: string) => (agent?.redact ?? redact)(text);
	if (operation.allItems) {
		return allItems(context, clean, async () => {
			await requireOneAgent(context);
			agent = await readAgent(context);
			return agent.act((payer) => operation.execute({ context, payer }));
		});
	}
	return perItem(context, clean, async (itemIndex) => {
		agent = await readAgent(context, itemIndex);
		return agent.act((payer) => operation.execute({ context, itemIndex, payer }));
	});
}
