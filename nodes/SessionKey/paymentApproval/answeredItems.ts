import type { IDataObject, INodeExecutionData, IWebhookFunctions, IExecuteFunctions } from 'n8n-workflow';
import type { Approval, Approved } from '../../../core/paymentApproval/approval';

/** What became of one item: told by itself, so that a workflow can branch on it. */
type ApprovalStatus = 'approved' | 'takenOut' | 'declined' | 'expired';

/** What items say from the beginning, and go on with when nobody answers. */
export const EXPIRED = told('expired', { status: 'expired' });

/** An approval is the same object in each item: n8n stores it once. */
function told(approvalStatus: ApprovalStatus, approval: Approval): IDataObject {
	return { approvalStatus, approval: approval as unknown as IDataObject };
}

/** The items that came in, each with the approval and whether it is in it. */
export function approvedItems(
	webhook: IWebhookFunctions,
	approval: Approved,
	out: readonly number[],
): INodeExecutionData[] {
	return itemsOf(webhook).map((item, index) =>
		withTold(item, index, told(out.includes(index) ? 'takenOut' : 'approved', approval)),
	);
}

/** The items that came in, each with the reason. */
export function declinedItems(webhook: IWebhookFunctions, reason: string): INodeExecutionData[] {
	const declined = { ...told('declined', { status: 'declined', reason }), reason };
	return itemsOf(webhook).map((item, index) => withTold(item, index, declined));
}

function withTold({ json, binary }: INodeExecutionData, item: number, more: IDataObject): INodeExecutionData {
	return { json: { ...json, ...more }, ...(binary && { binary }), pairedItem: { item } };
}

/** What came into the waiting node: the execution keeps it. */
function itemsOf(webhook: IWebhookFunctions): INodeExecutionData[] {
	// In n8n's contexts of both majors, though not in the type of this one.
	const { evaluateExpression } = webhook as unknown as Pick<IExecuteFunctions, 'evaluateExpression'>;
	const found = evaluateExpression.call(webhook, '{{ JSON.stringify($input.all()) }}', 0);
	return JSON.parse(String(found)) as INodeExecutionData[];
}
