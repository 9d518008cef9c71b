import { hashTypedData, isAddressEqual, recoverAddress, recoverMessageAddress, type Address, type Hex } from 'viem';
import type { Network } from '../networks';
import type { ApprovalRule } from '../paymentRules/approvalRule';
import type { Approver } from './approval';
import { approvalTypedData, type ApprovedContent } from './typedData';

/** Who of an approval's signers counts, and who does not. */
export interface Verified {
	/** Different approvers of the credential, or one whose click is enough. */
	counted: Approver[];
	/** They signed this very content, and are no approvers (any more). */
	strangers: Address[];
	/** What they signed was something else. */
	otherContent: Address[];
	/** Clicks, where the credential does not take them. */
	clicks: number;
}

/** Who pays, as far as approvals are about it. */
export interface ApprovalPayer {
	network: Network;
	/** The agent's key: it seals clicks. */
	key: Address;
}

/** Recovers every signature, and counts each approver once, however often or in which form they signed. */
export async function verifySignatures(
	rule: ApprovalRule,
	{ network, key }: ApprovalPayer,
	content: ApprovedContent,
	approvers: readonly Approver[],
): Promise<Verified> {
	const found: Verified = { counted: [], strangers: [], otherContent: [], clicks: 0 };
	const hash = hashTypedData(approvalTypedData(network, content));
	for (const approver of approvers) {
		const { by, address, signature } = approver;
		const signer = await recovered(hash, by, signature);
		const may = by === 'click' ? [key] : rule.approvers;
		if (!signer || !isAddressEqual(signer, address)) found.otherContent.push(address);
		else if (!may.some((one) => isAddressEqual(one, signer))) found.strangers.push(signer);
		else if (by === 'click' && !rule.byClick) found.clicks++;
		else if (!found.counted.some((one) => isAddressEqual(one.address, signer))) found.counted.push(approver);
	}
	return found;
}

/** Whether these are enough. */
export function isEnough(rule: ApprovalRule, { counted }: Pick<Verified, 'counted'>): boolean {
	return counted.length >= rule.needed;
}

/** Undefined for bytes that are no signature. */
async function recovered(hash: Hex, by: Approver['by'], signature: Hex): Promise<Address | undefined> {
	try {
		return by === 'click'
			? await recoverMessageAddress({ message: { raw: hash }, signature })
			: await recoverAddress({ hash, signature });
	} catch {
		return undefined;
	}
}
