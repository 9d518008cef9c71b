import type { IDataObject, IExecuteFunctions, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';
import { savedParameters } from './savedParameters';

/**
 * Lets the execution wait for an answer. When the time is over, n8n goes on with the items that came in, and asks this node
 * nothing more. So they say what an expired request says from the beginning; an answer takes their place.
 *
 * @param end when n8n goes on by itself
 */
export async function letWait(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	end: Date,
	expired: IDataObject,
): Promise<INodeExecutionData[]> {
	for (const item of items) item.json = { ...item.json, ...expired };
	await context.putExecutionToWait(end);
	return items;
}

/** n8n gives webhooks another way to read parameters than running nodes; everything else is alike. */
export function runningContext(webhook: IWebhookFunctions): IExecuteFunctions {
	const { parameters } = savedParameters(webhook);
	return {
		getNodeParameter: (name: string, _item: number, fallback?: unknown) =>
			parameters[name] ?? webhook.getNodeParameter(name, fallback as object),
		getCredentials: (type: string) => webhook.getCredentials(type),
		getTimezone: () => webhook.getTimezone(),
		getNode: () => webhook.getNode(),
		// A page pays nothing: what it notes of the run is forgotten with it.
		getContext: () => ({}),
		helpers: webhook.helpers,
	} as unknown as IExecuteFunctions;
}
