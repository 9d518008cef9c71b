import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { InputError, ofItem } from '../../../../core/errors';
import { NATIVE_DECIMALS } from '../../../../core/networks';
import type { ApprovalLine } from '../../../../core/paymentApproval/lines';
import { checkPayments, type CheckedPayment } from '../../../../core/payment/checkPayments';
import { transferRequest } from '../../../../core/payment/check/paymentRequest';
import { requireNotPaused } from '../../../../core/payment/pay';
import { approveWithinField } from '../../../shared/approvalPage/approveWithin';
import { letWait } from '../../../shared/approvalPage/letWait';
import { saveParameters } from '../../../shared/approvalPage/savedParameters';
import { wholeNumberField, withProperty } from '../../../shared/form';
import { formIn } from '../../../shared/operation';
import { showFor } from '../../../shared/showFor';
import { ruleOf } from '../../paymentApproval/draft';
import { EXPIRED } from '../../paymentApproval/answeredItems';
import { reference } from '../../payment';
import type { AllItemsRun } from '../../run';
import { isTool } from '../../tool';
import { tokenChooser, transferFields, transferIn } from '../../transfer';

const ownReference = withProperty(reference, { displayOptions: undefined });

const approveWithin = approveWithinField({ whom: 'the approvers', act: 'approve' });

const payWithin = wholeNumberField({
	displayName: 'Pay Within (days)',
	name: 'payWithin',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 366 },
	default: 7,
	description:
		'How long the approval can be used after the time to approve is over. Each reference is paid once, however often the workflow runs.',
});

export const allItems = true;
export const description = showFor('payment', 'requestApproval', [
	{
		displayName:
			'All items are approved on one page. Send <code>{{ $execution.resumeUrl }}</code> to the approvers in a node before this one. On n8n 1 send what Session Key Manager > Account > Get Approval Link gives.',
		name: 'approvalNotice',
		type: 'notice',
		default: '',
	},
	...transferFields,
	ownReference,
	approveWithin,
	payWithin,
]);

/** How long n8n waits on when somebody has answered in the last second, in milliseconds: the answer is checked before it counts. */
const TIME_TO_CHECK = 60_000;

/**
 * Checks all items, and lets the workflow wait for the approvers. Where none of them needs an approval, it goes on at once.
 */
export async function execute({ context, payer }: AllItemsRun): Promise<INodeExecutionData[]> {
	requireNoTool(context);
	requireNotPaused(payer);
	ruleOf(payer);
	const items = context.getInputData();
	const form = formIn({ context, itemIndex: 0 });
	const until = new Date(Date.now() + form.get(approveWithin) * 3_600_000);
	const end = new Date(until.getTime() + form.get(payWithin) * 86_400_000);
	const toTransfer = tokenChooser(payer);
	const asked = await Promise.all(
		items.map((_, index) => askedIn({ context, payer }, index, items.length, toTransfer)),
	);
	const checked = await checkPayments(
		payer,
		asked.map(({ request }) => ({ request, claims: true })),
	);
	if (!checked.some(needsApproval)) return goOnUnasked(items);
	const lines = checked.map((one, index) => lineOf(one, asked[index]?.reference ?? ''));
	const { keep } = saveParameters(context, until);
	keep(JSON.stringify({ account: payer.account, lines, validUntil: isoOf(end), request: requestOf(context) }));
	return letWait(context, items, new Date(until.getTime() + TIME_TO_CHECK), EXPIRED);
}

async function askedIn(
	{ context, payer }: AllItemsRun,
	index: number,
	count: number,
	toTransfer: ReturnType<typeof tokenChooser>,
) {
	const of = <T>(read: () => T) => (count > 1 ? ofItem(index, read) : read());
	const form = formIn({ context, itemIndex: index });
	const transfer = await toTransfer(of(() => transferIn(form, payer)));
	const request = transferRequest([transfer]);
	return {
		reference: of(() => form.get(ownReference)),
		request: {
			...request,
			toCalls: (tokens: Parameters<typeof request.toCalls>[0]) => of(() => request.toCalls(tokens)),
		},
	};
}

function needsApproval({ refusals }: CheckedPayment): boolean {
	return refusals.some(({ code }) => code === 'approvalMissing');
}

/** In the words that are signed: what the check read from the chain. */
function lineOf({ lines: [line] }: CheckedPayment, reference: string): ApprovalLine {
	const { to, amount, token, tokenAddress, decimals = NATIVE_DECIMALS } = line as NonNullable<typeof line>;
	return { reference, to, amount, token, ...(tokenAddress && { tokenAddress }), decimals };
}

function goOnUnasked(items: readonly INodeExecutionData[]): INodeExecutionData[] {
	return items.map(({ json, binary }, item) => ({
		json: { ...json, approvalStatus: 'notNeeded', approval: '' } as IDataObject,
		...(binary && { binary }),
		pairedItem: { item },
	}));
}

function requestOf(context: IExecuteFunctions): string {
	const { name = '' } = context.getWorkflow();
	return `${name || 'Workflow'}, execution ${context.getExecutionId()}, ${isoOf(new Date())}`;
}

/** Whole seconds: it is signed as text. */
function isoOf(date: Date): string {
	return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** @throws {InputError}: n8n can't let a tool wait */
function requireNoTool(context: IExecuteFunctions): void {
	if (!isTool(context)) return;
	throw new InputError(
		'Operation',
		'Request Approval does not work as a tool of an AI agent: a tool cannot wait for a person',
		"Turn on n8n's human review for the tool that pays, or let the agent hand the payments to a workflow with Request Approval in it.",
	);
}
