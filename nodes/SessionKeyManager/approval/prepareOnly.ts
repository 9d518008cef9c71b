import type { IDataObject } from 'n8n-workflow';
import { requestApproval } from '../../../core/approval/approvalRequest';
import type { HandOver } from '../manager';

/** Instead of signing: the message to sign, what it means, and the operation that Submit Signed takes. */
export const prepareOnly: HandOver = async ({ session }, situation, plan) => ({
	status: 'prepared',
	...((await requestApproval(session, situation, plan)) as unknown as IDataObject),
});
