import { isAddressEqual, type Address } from 'viem';
import type { Network } from '../networks';
import type { Approved, Approver } from './approval';
import type { ApprovalLine } from './lines';
import { verifySignatures } from './verifySignatures';

/** A payment as the account's books have it. */
export interface BookedPayment {
	reference: string;
	to: string;
	amount: string;
	tokenAddress?: string;
}

/**
 * Who approved payments of an account, by approvals that were kept: those whose signatures are over the very lines. Whether
 * they were approvers of a credential then is not known from that.
 *
 * @returns for each payment whoever approved it; empty where none of the approvals has it as it is
 */
export async function findApprovers(
	{ network, account }: { network: Network; account: Address },
	approvals: readonly Approved[],
	payments: readonly BookedPayment[],
): Promise<Approver[][]> {
	const own = approvals.filter((one) => isAddressEqual(one.account, account) && one.chainId === network.chainId);
	const proven = await Promise.all(
		own.map(async (one) => ({ ...one, approvers: await provenApprovers(network, one) })),
	);
	return payments.map(
		(payment) => proven.find(({ lines }) => lines.some((line) => isSame(line, payment)))?.approvers ?? [],
	);
}

async function provenApprovers(network: Network, approval: Approved): Promise<Approver[]> {
	const { approvers } = approval;
	const everybody = { approvers: approvers.map(({ address }) => address), needed: 1, above: [], byClick: true };
	const found = await Promise.all(
		approvers.map((one) => verifySignatures(everybody, { network, key: one.address }, approval, [one])),
	);
	return found.flatMap(({ counted }) => counted);
}

function isSame(line: ApprovalLine, { reference, to, amount, tokenAddress }: BookedPayment): boolean {
	const is = (one: string | undefined, other: string | undefined) => one?.toLowerCase() === other?.toLowerCase();
	return (
		line.reference === reference && is(line.to, to) && line.amount === amount && is(line.tokenAddress, tokenAddress)
	);
}
