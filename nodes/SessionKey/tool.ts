import type { IDataObject, IExecuteFunctions, INodeExecutionData, NodeOperationError } from 'n8n-workflow';
import type { RemainingBudget } from '../../core/payment/check/check';
import type { Refusal } from '../../core/refusal/refusal';

/** Whether an AI agent runs this node: n8n gives a node that serves as a tool a type of its own. */
export function isTool(context: IExecuteFunctions): boolean {
	return context.getNode().type.endsWith('Tool');
}

/**
 * What an AI agent is told: short, with what is left of the budgets; and when something is refused, why and what helps, in
 * the same words for its state as everywhere (`notSent`, `notPaid`, `unknown`).
 * n8n would tell it no more than the first sentence of an error.
 */
export async function answerAsTool(run: () => Promise<INodeExecutionData[]>): Promise<INodeExecutionData[]> {
	try {
		const items = await run();
		return items.map((item) => ({ ...item, json: smallAnswer(item.json) }));
	} catch (error) {
		const { message, description, context } = error as NodeOperationError;
		const status = context?.status ?? 'unknown';
		return [{ json: { status, why: message, whatHelps: description ?? '' }, pairedItem: { item: 0 } }];
	}
}

/** What an agent needs no words for. */
const LEFT_OUT = new Set([
	'from',
	'tokenAddress',
	'decimals',
	'decimalsFrom',
	'blockNumber',
	'time',
	'gasPaid',
	'gasPaidBy',
	'explorerUrl',
	'refusals',
	'batchSize',
]);

/** The same answer in fewer words. */
function smallAnswer(json: IDataObject): IDataObject {
	const kept = Object.entries(json).filter(
		([name]) => !LEFT_OUT.has(name) && !(name === 'userOperationHash' && json.transactionHash),
	);
	return Object.fromEntries(
		kept.map(([name, value]) => {
			if (name === 'remaining') return ['left', leftOf(value as unknown as RemainingBudget[])];
			if (name === 'refusal') return ['why', reasonOf(value as unknown as Refusal)];
			return [name, value];
		}),
	) as IDataObject;
}

function reasonOf({ message, remedy }: Refusal): string {
	return message ? `${message} ${remedy}` : '';
}

function leftOf(budgets: readonly RemainingBudget[]): string[] {
	return budgets
		.filter(({ limit }) => limit !== '0')
		.map(({ kind, symbol, limit, remaining, reopensAt }) => {
			const what = kind === 'gas' ? `${symbol} for gas` : symbol;
			return `${remaining} of ${limit} ${what}${reopensAt ? `, and all of it again from ${reopensAt} on` : ''}`;
		});
}
