import type { IDataObject } from 'n8n-workflow';
import { requestApproval } from '../../../core/approval/approvalRequest';
import type { OnPlan } from '../run';

/** Instead of signing: the message to sign, what it means, and the operation that Submit Signed takes. */
export const prepareOnly: OnPlan = async ({ session }, snapshot, plan) => ({
	status: 'prepared',
	...((await requestApproval(session, snapshot, plan)) as unknown as IDataObject),
});
