import type { IDataObject } from 'n8n-workflow';
import { transactionUrl } from '../../core/networks';
import type { Approver } from '../../core/paymentApproval/approval';
import type { RemainingBudget } from '../../core/payment/check/check';
import { withName, type PaymentLine } from '../../core/payment/send/paymentLine';
import { gasPaid, type Payer, type Payment } from '../../core/payment/send/payment';
import { budgetOf, paymentSummary } from '../../core/payment/send/paymentSummary';
import { timesOf } from '../shared/pastPayment';

/** How a payment is told: in short or in full, and by whose clock. */
export interface Telling {
	isSimple: boolean;
	timeZone: string;
}

/**
 * A payment to one recipient as an item, in the order in which people read. What isn't known yet is empty text, so that
 * every row of a table has the same columns.
 *
 * @param line whom it is told of, where it has several
 * @param called the function, for a call of a contract
 */
export function paymentItem(
	payer: Payer,
	payment: Payment,
	telling: Telling,
	{ line: told = payment.lines[0], called }: { line?: PaymentLine; called?: IDataObject } = {},
): IDataObject {
	const line = told && withName(told, payer.rules);
	const { status, reference, account, key, userOperationHash = '', included, time, bundlerSaid, approval } = payment;
	const budget = budgetOf(line, payment.remaining);
	const { to = '', toName, amount = '', token = '', moved, ...details } = line ?? {};
	const link = transactionUrl(payer.network, included?.transactionHash ?? '');
	const about = {
		status,
		line,
		budget,
		time,
		hasReference: reference !== undefined,
		wasSent: userOperationHash !== '',
	};
	const simple: IDataObject = {
		status,
		...(reference !== undefined && { reference }),
		...(called ?? { amount, token, to, ...(toName !== undefined && { toName }) }),
		summary: paymentSummary(about, { timeZone: telling.timeZone, now: time ?? Date.now() / 1000 }),
		...(moved !== undefined && { moved }),
		...(status === 'pending' && bundlerSaid && { bundlerSaid }),
		...(approval && { approvedBy: approversWords(approval.approvers) }),
		...leftOf(budget),
		transaction: included?.transactionHash ?? '',
		...(link && { link: included ? link : '' }),
		userOperationHash,
	};
	if (telling.isSimple) return simple;
	return {
		...simple,
		...(time !== undefined && timesOf(time, telling.timeZone)),
		...(included && {
			gas: gasPaid(included),
			gasPaidBy: included.paymaster ?? account,
			blockNumber: Number(included.blockNumber),
		}),
		account,
		keyAddress: key,
		...(called && { amount, token }),
		...details,
		...(approval && { approval: approval as unknown as IDataObject }),
		...(payment.remaining && { budgets: payment.remaining as unknown as IDataObject[] }),
	};
}

/** Who approved, in short: addresses, or that it was a click. */
export function approversWords(approvers: readonly Approver[]): string {
	return approvers.map(({ by, address }) => (by === 'click' ? 'a click, no signature' : address)).join(', ');
}

/** What is left of the budget that is paid from; empty where the key has no limit on it, or nothing was read. */
export function leftOf(budget: RemainingBudget | undefined): IDataObject {
	return { left: budget?.left ?? '', limit: budget?.limit ?? '', reopensAt: budget?.reopensAt ?? '' };
}
