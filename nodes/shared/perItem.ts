import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { toErrorJson, toNodeError, type Redact } from './errors';

/**
 * Runs something for each item, one after the other. With Continue On Fail an item that fails goes on as an item that
 * says why; else the first one ends the node.
 */
export async function perItem(
	context: IExecuteFunctions,
	redact: Redact,
	run: (itemIndex: number) => Promise<IDataObject | IDataObject[]>,
): Promise<INodeExecutionData[]> {
	const results: INodeExecutionData[] = [];
	for (let itemIndex = 0; itemIndex < context.getInputData().length; itemIndex++) {
		const pairedItem = { item: itemIndex };
		try {
			const json = await run(itemIndex);
			results.push(...[json].flat().map((one) => ({ json: one, pairedItem })));
		} catch (error) {
			if (!context.continueOnFail()) throw toNodeError(context.getNode(), error, itemIndex, redact);
			results.push({ json: toErrorJson(error, redact), pairedItem });
		}
	}
	return results;
}
