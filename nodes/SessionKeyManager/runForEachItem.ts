import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type NodeApiError,
} from 'n8n-workflow';
import { OwnerOperationFailed } from '../../core/account/ownerOperation';
import { toErrorJson, toNodeError, type Redact } from '../shared/errors';
import { failedItemJson, perItem } from '../shared/perItem';

/**
 * Runs something for each item, one after the other: two changes of one account at once would race for its nonce. With
 * Continue On Fail an item that fails goes on as an item that says why; else the first one ends the node.
 */
export function runForEachItem(
	context: IExecuteFunctions,
	redact: Redact,
	run: (itemIndex: number) => Promise<IDataObject | IDataObject[]>,
): Promise<INodeExecutionData[]> {
	return perItem(context, redact, run, { thrown: ownersError, json: failedJson });
}

/** Runs something for all items at once. With Continue On Fail it goes on as an item that says why. */
export async function runOnce(
	context: IExecuteFunctions,
	redact: Redact,
	run: () => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	try {
		return await run();
	} catch (error) {
		if (!context.continueOnFail()) throw ownersError(context, error, 0, redact);
		return [{ json: failedItemJson(context, failedJson(error, redact)), pairedItem: { item: 0 } }];
	}
}

function ownersError(
	context: IExecuteFunctions,
	error: unknown,
	itemIndex: number,
	redact: Redact,
): NodeOperationError | NodeApiError {
	if (!(error instanceof OwnerOperationFailed)) return toNodeError(context.getNode(), error, itemIndex, redact);
	const { message, remedy, userOperationHash } = error;
	const trace = userOperationHash ? ` User operation: ${userOperationHash}.` : '';
	return new NodeOperationError(context.getNode(), redact(message), {
		description: redact(`${remedy}${trace}`),
		itemIndex,
	});
}

/** A change that wasn't made, as an item that a workflow can branch on. */
function failedJson(error: unknown, redact: Redact): IDataObject {
	const json = { ...toErrorJson(error, redact), status: 'notDone' };
	if (!(error instanceof OwnerOperationFailed)) return json;
	const { remedy, userOperationHash, transactionHash } = error;
	return {
		...json,
		remedy: redact(remedy),
		...(userOperationHash && { userOperationHash }),
		...(transactionHash && { transactionHash }),
	};
}
