import { isAddressEqual, type Address } from 'viem';
import { formatAmount } from '../amounts';
import { decodeTransfer, type Call } from '../calls';
import { InputError } from '../errors';
import { parseAmount } from '../input/amount';
import { NATIVE } from '../input/token';
import { NATIVE_DECIMALS, pinnedDecimals, type Network } from '../networks';
import type { ApprovalRule } from '../paymentRules/approvalRule';
import { capOf } from '../paymentRules/caps';
import { outflowsOf, type Outflow } from '../paymentRules/outflows';
import type { Totals } from '../paymentRules/runTotals';
import { refuse, type Refusal, type RefusalData } from '../refusal/refusal';
import { moment, withUnit } from '../text/format';
import type { Approval, Approved } from './approval';
import { compareLines, type Difference } from './compareLines';
import type { ApprovalLine } from './lines';
import { networkName } from './typedData';
import { isEnough, verifySignatures, type ApprovalPayer } from './verifySignatures';

/** A payment of which it is asked whether it is approved. */
export interface PaymentToApprove {
	calls: readonly Call[];
	/** Missing with Allow Repeats. */
	reference?: string;
	/** What came with it. */
	approval?: Approval;
	/** By checksummed address, as the chain tells them. */
	tokens: Readonly<Record<Address, { symbol: string; decimals: number }>>;
	/** What the other payments of the run took. */
	others?: Totals;
	/** Unix seconds. */
	now: number;
}

/** Who pays. */
interface Payer extends ApprovalPayer {
	account: Address;
	rules?: { approval?: ApprovalRule };
}

/** Whether a payment is approved, as far as it has to be. */
export interface ApprovalVerdict {
	/** `approvalMissing` or `approvalDiffers`; empty where the payment may be made. */
	refusals: Refusal[];
	/** The approval, with those who count; missing where none came with the payment. */
	approved?: Approved;
}

/**
 * What the rule of approvals has against a payment. Above the credential's amounts there must be an approval; and one that
 * comes with a payment counts below them too: what was declined or taken out is not paid.
 *
 * @throws {InputError} when an amount of the rule doesn't fit its token
 */
export async function checkApproval(payer: Payer, payment: PaymentToApprove): Promise<ApprovalVerdict> {
	const { approval } = payment;
	const rule = payer.rules?.approval;
	if (approval && approval.status !== 'approved') {
		return refused(missing({ why: approval.status, ...(approval.reason && { reason: approval.reason }) }));
	}
	if (!approval) return { refusals: unaskedRefusals(payer, payment) };
	if (!rule) return refused(missing({ why: 'noApprovers' }));
	const differs = contentRefusal(payer, approval, payment);
	return differs ? refused(differs) : checkSignatures(rule, payer, approval);
}

/**
 * The same of a payment that came without an approval, in one moment: calls of an AI agent run side by side.
 * @throws {InputError} when an amount of the rule doesn't fit its token
 */
export function unaskedRefusals({ rules, network }: Payer, payment: PaymentToApprove): Refusal[] {
	const what = rules?.approval && reasonToAsk(rules.approval, network, payment);
	return what ? [missing({ why: 'none', what })] : [];
}

function refused(refusal: Refusal): ApprovalVerdict {
	return { refusals: [refusal] };
}

function missing(data: RefusalData<'approvalMissing'>): Refusal {
	return refuse('approvalMissing', data);
}

/** Why a payment needs an approval; undefined where it needs none. */
function reasonToAsk(
	rule: ApprovalRule,
	network: Network,
	{ calls, tokens, others = {} }: PaymentToApprove,
): string | undefined {
	const spent: Totals = { ...others };
	for (const flow of outflowsOf(calls)) {
		const { token, kind, to } = flow;
		const cap = capOf(rule.above, token);
		if (kind === 'call') return `The call of the contract ${to}`;
		const { decimals, symbol } = unitOf(network, tokens, token);
		const before = spent[token ?? NATIVE] ?? 0n;
		spent[token ?? NATIVE] = before + flow.amount;
		const amount = withUnit(formatAmount(flow.amount, decimals), symbol);
		if (!cap) return `A payment of ${amount}`;
		if (before + flow.amount <= parseAmount(cap.amount, decimals, 'Approval Above')) continue;
		const sofar = before > 0n ? `, after ${withUnit(formatAmount(before, decimals), symbol)} in the same run,` : '';
		return `A payment of ${amount}${sofar}`;
	}
	return undefined;
}

function unitOf(network: Network, tokens: PaymentToApprove['tokens'], token: Address | undefined) {
	if (!token) return { symbol: network.nativeSymbol, decimals: NATIVE_DECIMALS };
	const known = tokens[token];
	const decimals = pinnedDecimals(network, token) ?? known?.decimals;
	if (decimals !== undefined) return { symbol: known?.symbol ?? token, decimals };
	throw new InputError(
		'Approval Above',
		`${token} does not tell its decimals, so it can't be seen whether the payment needs an approval`,
		'Compare the address with that of the token. Nothing was sent.',
	);
}

/** What is approved must be this payment, of this account, now. */
function contentRefusal(payer: Payer, approved: Approved, payment: PaymentToApprove): Refusal | undefined {
	const { account, network } = payer;
	if (!isAddressEqual(approved.account, account)) {
		return otherThan(payment, [{ field: 'account', approved: approved.account, present: account }]);
	}
	if (approved.chainId !== network.chainId) {
		return otherThan(payment, [{ field: 'network', approved: approved.network, present: networkName(network) }]);
	}
	const end = Date.parse(approved.validUntil) / 1000;
	if (payment.now > end) return missing({ why: 'over', validUntil: moment(end) });
	const lines = linesOf(network, payment);
	if (typeof lines === 'string') return missing({ why: lines });
	const other = compareLines(approved.lines, lines);
	return other && otherThan(payment, other.differences);
}

function otherThan(
	{ reference = '' }: PaymentToApprove,
	differences: (Difference | { field: 'account' | 'network'; approved: string; present: string })[],
): Refusal {
	return refuse('approvalDiffers', { reference, differences });
}

/** A payment as lines; why it can be in no approval. */
function linesOf(
	network: Network,
	{ calls, reference, tokens }: PaymentToApprove,
): ApprovalLine[] | 'noReference' | 'call' {
	if (reference === undefined) return 'noReference';
	const flows = outflowsOf(calls);
	if (flows.length !== calls.length || flows.some(({ kind }) => kind !== 'payment')) return 'call';
	// What is approved is the account's own money: transferFrom takes somebody else's.
	if (calls.some((call) => call.data !== '0x' && !decodeTransfer(call))) return 'call';
	return flows.map((flow) => lineOf(network, tokens, reference, flow));
}

function lineOf(
	network: Network,
	tokens: PaymentToApprove['tokens'],
	reference: string,
	{ to, token, amount }: Outflow,
): ApprovalLine {
	const { symbol, decimals } = unitOf(network, tokens, token);
	const line = { reference, to, amount: formatAmount(amount, decimals), token: symbol, decimals };
	return token ? { ...line, tokenAddress: token } : line;
}

async function checkSignatures(rule: ApprovalRule, payer: Payer, approved: Approved): Promise<ApprovalVerdict> {
	const verified = await verifySignatures(rule, payer, approved, approved.approvers);
	if (isEnough(rule, verified)) return { refusals: [], approved: { ...approved, approvers: verified.counted } };
	const { counted, strangers, otherContent, clicks } = verified;
	if (otherContent[0]) {
		return refused(refuse('approvalDiffers', { reference: '', differences: [], changedAfter: otherContent[0] }));
	}
	if (strangers[0]) return refused(missing({ why: 'notAnApprover', who: strangers[0] }));
	if (clicks > 0) return refused(missing({ why: 'onlyClicked' }));
	return refused(missing({ why: 'tooFew', given: counted.length, needed: rule.needed }));
}
