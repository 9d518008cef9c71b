import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { InputError } from '../../core/errors';
import { redact } from '../../core/rpc/redact';
import { toErrorJson, toNodeError, type Redact } from './errors';

/** What becomes of something thrown: what ends the node, or what an item says. */
interface Outcome {
	thrown(context: IExecuteFunctions, error: unknown, itemIndex: number, clean: Redact): Error;
	json(error: unknown, clean: Redact): IDataObject;
}

const plain: Outcome = {
	thrown: (context, error, itemIndex, clean) => toNodeError(context.getNode(), error, itemIndex, clean),
	json: toErrorJson,
};

/**
 * Runs something for each item, one after the other. With Continue On Fail an item that fails goes on as an item that
 * says why; else the first one ends the node. Once a person has stopped the execution no further item begins; what became
 * of those before is still told.
 */
export async function perItem(
	context: IExecuteFunctions,
	clean: Redact,
	run: (itemIndex: number) => Promise<IDataObject | IDataObject[]>,
	outcome = plain,
): Promise<INodeExecutionData[]> {
	const results: INodeExecutionData[] = [];
	for (let itemIndex = 0; itemIndex < context.getInputData().length; itemIndex++) {
		if (isStopped(context)) break;
		const pairedItem = { item: itemIndex };
		try {
			const json = await run(itemIndex);
			results.push(...[json].flat().map((one) => ({ json: one, pairedItem })));
		} catch (error) {
			if (!context.continueOnFail() && !isStopped(context)) throw outcome.thrown(context, error, itemIndex, clean);
			results.push({ json: failedItemJson(context, outcome.json(error, clean)), pairedItem });
		}
	}
	return results;
}

/** Whether a person has stopped the execution. n8n's pages have nothing to stop. */
function isStopped(context: IExecuteFunctions): boolean {
	return context.getExecutionCancelSignal?.()?.aborted === true;
}

/**
 * What an item that goes on in spite of an error holds. n8n sends an item by the error output, and leaves what it holds
 * alone, only when it has nothing but `error` and `message` (n8n-core, handleNodeErrorOutput; 1.x and 2.x).
 */
export function failedItemJson(context: IExecuteFunctions, { error, ...details }: IDataObject): IDataObject {
	return context.getNode().onError === 'continueErrorOutput'
		? { message: error, error: details }
		: { ...details, error };
}

/**
 * Runs something for all items at once. With Continue On Fail every item then says why; where one item alone is wrong,
 * only that one is said to be.
 */
export async function allItems(
	context: IExecuteFunctions,
	clean: Redact,
	run: () => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	try {
		return await run();
	} catch (error) {
		const wrong = error instanceof InputError ? error.index : undefined;
		if (!context.continueOnFail()) throw toNodeError(context.getNode(), error, wrong ?? 0, clean);
		const json = failedItemJson(context, toErrorJson(error, clean));
		return context.getInputData().map((_, item) => ({
			json: wrong === undefined || wrong === item ? { ...json } : besideWrong(context, wrong),
			pairedItem: { item },
		}));
	}
}

/**
 * An item that nothing is wrong with, and that was not paid all the same. It goes where the wrong one goes: by the error
 * output too, as what comes out of the other one was paid.
 */
function besideWrong(context: IExecuteFunctions, wrong: number): IDataObject {
	const summary = `Nothing was sent, because of item ${wrong + 1}. There is nothing to fix in this one.`;
	const isByErrorOutput = context.getNode().onError === 'continueErrorOutput';
	return isByErrorOutput ? { message: summary, error: { status: 'notSent' } } : { status: 'notSent', summary };
}

/** Runs what comes before the items, such as reading credentials: nothing can go on without it. */
export async function orNodeError<T>(context: IExecuteFunctions, run: () => Promise<T>): Promise<T> {
	try {
		return await run();
	} catch (error) {
		throw toNodeError(context.getNode(), error, 0, redact);
	}
}
