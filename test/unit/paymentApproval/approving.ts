import { getAddress, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { nativeTransfer, tokenTransfer, type Call } from '../../../core/calls';
import { customNetwork } from '../../../core/networks';
import type { Approved, Approver } from '../../../core/paymentApproval/approval';
import { checkApproval } from '../../../core/paymentApproval/checkApproval';
import { unitsOf, type ApprovalLine } from '../../../core/paymentApproval/lines';
import { approvalTypedData, networkName } from '../../../core/paymentApproval/typedData';
import type { ApprovalRule } from '../../../core/paymentRules/approvalRule';

export const USDX = getAddress('0x00000000000000000000000000000000000000d1');
export const EURX = getAddress('0x00000000000000000000000000000000000000e1');
const TOKENS = { [USDX]: { symbol: 'USDX', decimals: 6 }, [EURX]: { symbol: 'EURX', decimals: 2 } };
export const network = customNetwork(31337, 'ETH');
export const account = getAddress('0x0000000000000000000000000000000000acc001');
export const NOW = 1_795_856_400;
const VALID_UNTIL = '2026-12-28T09:00:00Z';

const wallet = (number: number) => privateKeyToAccount(`0x${number.toString(16).padStart(64, '0')}`);
export const [anna, ben, stranger, agent] = [wallet(11), wallet(12), wallet(13), wallet(14)];

export const rule = (more: Partial<ApprovalRule> = {}): ApprovalRule => ({
	approvers: [anna.address],
	needed: 1,
	above: [],
	byClick: false,
	...more,
});

export function line(more: Partial<ApprovalLine> = {}): ApprovalLine {
	const usual = { reference: 'salary/2026-11/anna', to: address(1), amount: '1200', token: 'USDX', decimals: 6 };
	return { ...usual, tokenAddress: USDX, ...more };
}

export function address(number: number): Address {
	return getAddress(`0x${(0xabc000 + number).toString(16).padStart(40, '0')}`);
}

/** What Request Approval gives out, signed by these wallets. */
export async function approvedBy(
	signers: readonly ReturnType<typeof wallet>[],
	lines: readonly ApprovalLine[],
	more: Partial<Approved> = {},
): Promise<Approved> {
	const content = { account, lines, validUntil: VALID_UNTIL, request: 'Payroll, execution 7', ...more };
	const data = approvalTypedData(network, content);
	const sign = async (one: ReturnType<typeof wallet>): Promise<Approver> => ({
		by: 'wallet',
		address: one.address,
		signature: await one.signTypedData(data),
		at: '2026-11-28T09:00:00Z',
	});
	return {
		status: 'approved',
		chainId: network.chainId,
		network: networkName(network),
		total: data.message.total,
		...content,
		approvers: await Promise.all(signers.map(sign)),
	};
}

export function callOf(one: ApprovalLine): Call {
	return one.tokenAddress
		? tokenTransfer(one.tokenAddress, one.to, unitsOf(one))
		: nativeTransfer(one.to, unitsOf(one));
}

/** What is said to a payment of lines under one reference. */
export async function verdictOn(
	lines: readonly ApprovalLine[],
	{
		approval,
		approvalRule = rule(),
		...more
	}: {
		approval?: Parameters<typeof checkApproval>[1]['approval'];
		approvalRule?: ApprovalRule | null;
		calls?: Call[];
		reference?: string;
		now?: number;
		others?: Record<string, bigint>;
		payer?: { account?: Address; chainId?: number; key?: Address };
	} = {},
) {
	const { payer: other = {}, ...payment } = more;
	const payer = {
		network: other.chainId ? customNetwork(other.chainId, 'ETH') : network,
		account: other.account ?? account,
		key: other.key ?? agent.address,
		rules: { approval: approvalRule ?? undefined },
	};
	const standard = { calls: lines.map(callOf), reference: lines[0]?.reference, tokens: TOKENS, now: NOW };
	return checkApproval(payer, { ...standard, approval, ...payment });
}

/** The code of what is against it, with the reason; `paid` where nothing is. */
export async function outcomeOf(...asked: Parameters<typeof verdictOn>): Promise<string> {
	const { refusals } = await verdictOn(...asked);
	const [refusal] = refusals;
	if (!refusal) return 'paid';
	const data = refusal.data as { why?: string; differences?: { field: string }[]; changedAfter?: Hex };
	const why = data.why ?? (data.changedAfter ? 'changed' : data.differences?.map(({ field }) => field).join('+'));
	return `${refusal.code}: ${why}`;
}
