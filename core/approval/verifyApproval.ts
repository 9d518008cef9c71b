import { recoverMessageAddress, type Address, type Hex } from 'viem';
import type { AccountState } from '../accountState';
import { isStopNonce } from '../emergencyStop/stopCode';
import { requireWithinBounds } from '../ownerOperation/executePlan';
import type { Manager } from '../ownerOperation/sendOwnerOperation';
import { validationRead } from '../payment/send/simulate';
import { read } from '../rpc/read';
import type { Plan } from '../sessionKey/plan/plan';
import { feeReads, presentFees } from '../userOperation/fees';
import { paymasterOf } from '../userOperation/gas';
import { hashUserOperation, nonceKeyOf, nonceRead, type UserOperation } from '../userOperation/userOperation';
import { ApprovalRefused } from './approvalRefused';

/** More than any change of an owner needs; a block of most chains holds about as much. */
const MOST_GAS = 30_000_000n;

/** Fees move while a page is open, but not like this. */
const MOST_TIMES_THE_FEE = 10n;

/**
 * Checks that a signed operation does what a plan says, and nothing else.
 * @param plan made anew when the signature came back
 * @throws {ApprovalRefused}
 */
export function requirePlanned(manager: Manager, plan: Plan, op: UserOperation): void {
	const same =
		op.sender === plan.account &&
		op.callData === plan.callData.toLowerCase() &&
		op.initCode === (plan.initCode ?? '0x').toLowerCase();
	if (!same) {
		throw new ApprovalRefused(
			'otherChange',
			'What was signed is not what this request asks for, so it was not sent',
			'The account may have changed since the page was opened. Open it again, read it again and sign what it shows then.',
		);
	}
	if (plan.isEmergencyStop && !(isStopNonce(op.nonce) && op.paymasterAndData === '0x')) throw notThisStop();
	if (plan.isEmergencyStop) return;
	const isPayer = manager.gasPolicyId ? paymasterOf(op.paymasterAndData) : op.paymasterAndData === '0x';
	if (!isPayer) {
		throw new ApprovalRefused(
			'otherPayer',
			'What was signed has its gas paid by somebody else than this request says, so it was not sent',
			'Open the page again and sign what it shows then.',
		);
	}
}

function notThisStop(): ApprovalRefused {
	return new ApprovalRefused(
		'otherChange',
		'What was signed is not the emergency stop that this request asks for',
		'Open the page again and sign what it shows then.',
	);
}

/**
 * Checks that an owner has signed an operation, and that it can still be sent as it is.
 * @param account as it is now
 * @throws {ApprovalRefused} {RefusalError} {EndpointError} {RpcError}
 */
export async function requireSendable(manager: Manager, account: AccountState, op: UserOperation): Promise<void> {
	await requireFresh(manager, op);
	// A stop is paid by the account also where a gas policy is set.
	requireWithinBounds(isStopNonce(op.nonce) ? { ...manager, gasPolicyId: undefined } : manager, op);
	await requireOwner(manager, account, op);
}

async function requireFresh({ rpc }: Manager, op: UserOperation): Promise<void> {
	const { nonce, fee } = await read(rpc, {
		nonce: nonceRead(op.sender, isStopNonce(op.nonce) ? nonceKeyOf(op.nonce) : 0n),
		fee: feeReads(),
	});
	if (op.nonce !== nonce) {
		throw new ApprovalRefused(
			'alreadyUsed',
			'This signature is used up: it was sent already, or another operation of the account came in between',
			'Look at the account. If the change is still wanted, open the page (or prepare it) again and sign it again.',
		);
	}
	const gas = op.callGasLimit + op.verificationGasLimit + op.preVerificationGas;
	const fees = await presentFees(rpc, fee);
	// The fees of a stop are far above those of now on purpose: what it may cost in all is bounded like everything.
	const isFeeTooHigh = !isStopNonce(op.nonce) && op.maxFeePerGas > fees.maxFeePerGas * MOST_TIMES_THE_FEE;
	if (gas > MOST_GAS || isFeeTooHigh) {
		throw new ApprovalRefused(
			'gasOutOfBounds',
			'What was signed would pay far more gas than the change needs, so it was not sent',
			'Open the page (or prepare it) again and sign what it shows then.',
		);
	}
	if (op.maxFeePerGas < fee.baseFee) {
		throw new ApprovalRefused(
			'feesTooLow',
			'Gas has become more expensive since this was prepared, and what was signed would not get into a block',
			'Open the page (or prepare it) again: it is built with the fees of that moment.',
		);
	}
}

/** An owner is a person's key, or a contract with a signature rule of its own: then the account itself is asked. */
async function requireOwner({ rpc, network }: Manager, account: AccountState, op: UserOperation): Promise<void> {
	const hash = hashUserOperation(op, network.chainId);
	const signer = await recoverSigner(hash, op.signature);
	if (signer && account.owners.includes(signer)) return;
	if (account.deployed) {
		const { validation } = await read(rpc, { validation: validationRead(op, hash) });
		if (validation && validation.revertData === undefined && validation.signatureMatches) return;
	}
	throw new ApprovalRefused(
		'notAnOwner',
		signer
			? `This was signed by ${signer}, who does not own the account ${account.address}`
			: `This was not signed by an owner of the account ${account.address}`,
		`Sign it with an owner: ${account.owners.join(', ')}.`,
	);
}

async function recoverSigner(hash: Hex, signature: Hex): Promise<Address | undefined> {
	try {
		return await recoverMessageAddress({ message: { raw: hash }, signature });
	} catch {
		return undefined;
	}
}
