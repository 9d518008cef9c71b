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
	'account',
	'keyAddress',
	'tokenAddress',
	'decimals',
	'decimalsFrom',
	'blockNumber',
	'time',
	'localTime',
	'gas',
	'gasPaidBy',
	'link',
	'refusals',
	'approval',
	'batchSize',
	// Of the budget that is paid from; the agent is told of all of them.
	'left',
	'limit',
	'reopensAt',
]);

/** The same answer in fewer words. */
function smallAnswer(json: IDataObject): IDataObject {
	const kept = Object.entries(json).filter(
		([name, value]) =>
			value !== '' &&
			!LEFT_OUT.has(name) &&
			!(json.refusal && (name === 'summary' || name === 'code')) &&
			!(name === 'userOperationHash' && json.transaction),
	);
	return Object.fromEntries(
		kept.map(([name, value]) => {
			if (name === 'budgets') return ['left', leftOf(value as unknown as RemainingBudget[])];
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
		.map(({ budget, token, limit, left, reopensAt }) => {
			const what = budget === 'gas' ? `${token} for gas` : token;
			return `${left} of ${limit} ${what}${reopensAt ? `, and all of it again from ${reopensAt} on` : ''}`;
		});
}
