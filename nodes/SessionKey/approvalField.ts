import {
	looksLikeApproval,
	parseApproval,
	parseApprovals,
	type Approval,
	type Approved,
} from '../../core/paymentApproval/approval';
import type { Payer } from '../../core/payment/send/payment';
import { field, type Form } from '../shared/form';

/** What approvers said. Which of it counts, the signatures tell. */
export const approvalField = field<unknown>(
	{
		displayName: 'Approval',
		name: 'approval',
		type: 'string',
		default: '={{ $json.approval }}',
		description:
			'What Payment > Request Approval gave to the item. It is only needed where the credential names Approvers, and then only what is in it, unchanged, is paid.',
	},
	(given) => given,
);

/**
 * Reads `approvalField`. Where the credential asks for no approvals, another field of the item that happens to be called so
 * is none.
 *
 * @throws {InputError}
 */
export function approvalIn(form: Form, { rules }: Payer): Approval | undefined {
	const given = form.get(approvalField);
	if (!rules?.approval && !looksLikeApproval(given)) return undefined;
	return parseApproval(given, approvalField.property.displayName);
}

/** Approvals that were kept, for the books. */
export const approvalsField = field<Approved[]>(
	{
		displayName: 'Approvals',
		name: 'approvals',
		type: 'json',
		default: '',
		description:
			'Approvals that were kept: the field "approval" of paid items (Simplify off), one or a list. Each payment in them then tells who approved it, by their signature, and shows its reference.',
	},
	parseApprovals,
);
