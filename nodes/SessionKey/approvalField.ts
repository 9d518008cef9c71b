import {
	looksLikeApproval,
	parseApproval,
	parseApprovals,
	type Approval,
	type Approved,
} from '../../core/paymentApproval/approval';
import { field, type Form } from '../shared/form';
import type { ItemRun } from '../shared/operation';

/** What approvers said. Which of it counts, the signatures tell. */
export const approvalField = field<unknown>(
	{
		displayName: 'Approval',
		name: 'approval',
		type: 'string',
		default: '={{ $json.approval }}',
		description:
			'What Payment > Request Approval gave, where it is in another field than "approval" of the item. It is only needed where the credential names Approvers, and then only what is in it, unchanged, is paid.',
	},
	(given) => given,
);

/**
 * The approval that an item carries in its field `approval`, unless the options name another. Another field that happens to be
 * called so is none.
 *
 * @param options in which `approvalField` may have been added
 * @throws {InputError} where what the options give is no approval
 */
export function approvalIn({ context, itemIndex }: ItemRun, options: Form): Approval | undefined {
	const { displayName } = approvalField.property;
	const carried = context.getInputData()[itemIndex]?.json.approval;
	const given = options.added(approvalField) ?? (looksLikeApproval(carried) ? carried : undefined);
	return parseApproval(given, displayName);
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
