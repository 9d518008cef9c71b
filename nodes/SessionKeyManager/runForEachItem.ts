import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type NodeApiError,
} from 'n8n-workflow';
import { OwnerOperationFailed } from '../../core/ownerOperation/sendOwnerOperation';
import { StopNotSent } from '../../core/emergencyStop/pullStop';
import { redact } from '../../core/rpc/redact';
import { toErrorJson, toNodeError, type Redact } from '../shared/errors';
import { failedItemJson, perItem } from '../shared/perItem';
import type { OwnerRun } from './run';
import type { OwnerSession } from './owner';

/** The session of one item. */
export type SessionOf = (itemIndex: number) => Promise<OwnerSession>;

/**
 * Runs something for each item, one after the other: two changes of one account at once would race for its nonce. With
 * Continue On Fail an item that fails goes on as an item that says why; else the first one ends the node.
 */
export function runForEachItem(
	context: IExecuteFunctions,
	sessionOf: SessionOf,
	run: (run: OwnerRun) => Promise<IDataObject | IDataObject[]>,
): Promise<INodeExecutionData[]> {
	let clean: Redact = (text) => redact(text, []);
	const runItem = async (itemIndex: number) => {
		const session = await sessionOf(itemIndex);
		clean = session.rpc.redact;
		return run({ context, session, itemIndex });
	};
	return perItem(context, (text) => clean(text), runItem, { thrown: ownersError, json: failedJson });
}

/** Runs something for all items at once. With Continue On Fail it goes on as an item that says why. */
export async function runOnce(
	context: IExecuteFunctions,
	sessionOf: SessionOf,
	run: (run: OwnerRun) => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	let clean: Redact = (text) => redact(text, []);
	try {
		const session = await sessionOf(0);
		clean = session.rpc.redact;
		return await run({ context, session, itemIndex: 0 });
	} catch (error) {
		if (!context.continueOnFail()) throw ownersError(context, error, 0, clean);
		return [{ json: failedItemJson(context, failedJson(error, clean)), pairedItem: { item: 0 } }];
	}
}

function ownersError(
	context: IExecuteFunctions,
	error: unknown,
	itemIndex: number,
	clean: Redact,
): NodeOperationError | NodeApiError {
	if (!(error instanceof OwnerOperationFailed)) return toNodeError(context.getNode(), error, itemIndex, clean);
	const { message, remedy, userOperationHash } = error;
	const trace = userOperationHash ? ` User operation: ${userOperationHash}.` : '';
	return new NodeOperationError(context.getNode(), clean(message), {
		description: clean(`${remedy}${trace}`),
		itemIndex,
	});
}

/** A change that wasn't made, as an item that a workflow can branch on. */
function failedJson(error: unknown, clean: Redact): IDataObject {
	const json = { ...toErrorJson(error, clean), status: 'notDone' };
	if (!(error instanceof OwnerOperationFailed)) return json;
	const { remedy, userOperationHash, transactionHash } = error;
	return {
		...json,
		...(error instanceof StopNotSent && { status: error.status }),
		remedy: clean(remedy),
		...(userOperationHash && { userOperationHash }),
		...(transactionHash && { transaction: transactionHash }),
	};
}
