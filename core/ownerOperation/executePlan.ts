import type { Address } from 'viem';
import { formatAmount } from '../amounts';
import { NATIVE_DECIMALS } from '../networks';
import { refuse, RefusalError } from '../refusal/refusal';
import type { Rpc } from '../rpc/rpc';
import type { Plan } from '../sessionKey/plan/plan';
import { boundRefusals, getRequiredPrefund } from '../userOperation/bounds';
import { paymasterOf, requestGas, type Draft } from '../userOperation/gas';
import { readDraft, signed, type SignHash } from '../userOperation/submit';
import type { UserOperation } from '../userOperation/userOperation';
import type { AccountState } from '../accountState';
import { explained, requireNotStopped, sendSigned, type Manager, type OwnerOutcome } from './sendOwnerOperation';

/** What an operation costs at the most. */
export interface GasOutlook {
	/** Units of gas, all its limits together. */
	gas: string;
	/** Decimal text in native money. */
	mostItCosts: string;
	unit: string;
	/** The paymaster, or the account itself. */
	paidBy: Address;
}

/**
 * Says what a plan's operation would cost, having simulated it. Nothing is signed by the owner, and nothing is sent.
 * @throws {RefusalError} {OwnerOperationFailed} when it would not go through; {EndpointError}
 */
export async function previewPlan(manager: Manager, account: AccountState, plan: Plan): Promise<GasOutlook> {
	return gasOutlook(manager, await prepareOperation(manager, account, plan));
}

/**
 * Signs and sends a plan's operation and waits for it.
 *
 * @param sign the owner's signature
 * @param timeLimit milliseconds until the answer is `pending`
 * @throws {RefusalError} when it was refused before it was sent; {OwnerOperationFailed} when it was mined and undone, or
 * another operation of the owner came first; {EndpointError} when nothing was sent
 */
export async function executePlan(
	manager: Manager,
	account: AccountState,
	plan: Plan,
	sign: SignHash,
	timeLimit: number,
): Promise<OwnerOutcome> {
	const { rpc, network } = manager;
	const prepared = await prepareOperation(manager, account, plan);
	requireNotStopped(manager);
	return sendSigned(manager, await signed({ rpc, chainId: network.chainId, sign }, prepared), timeLimit);
}

/**
 * A plan's operation with fresh nonce, fees and gas, having simulated it, without a signature.
 * @throws {RefusalError} {OwnerOperationFailed} when it would not go through; {EndpointError}
 */
export async function prepareOperation(manager: Manager, account: AccountState, plan: Plan): Promise<UserOperation> {
	const { rpc, gasPolicyId } = manager;
	requireNotStopped(manager);
	const draft = await readDraft(rpc, { sender: plan.account, callData: plan.callData, initCode: plan.initCode });
	const op = await withGas(rpc, draft, gasPolicyId);
	requireWithinBounds(manager, op);
	requireGasMoney(manager, account, op);
	return op;
}

/** @throws {RefusalError} when it could cost too much, or the account would pay in place of the gas policy */
export function requireWithinBounds(manager: Manager, op: UserOperation): void {
	const [first, ...others] = boundRefusals(manager, op, manager.mostGasCost);
	if (first) throw new RefusalError([first, ...others]);
}

async function withGas(rpc: Rpc, draft: Draft, gasPolicyId: string | undefined): Promise<UserOperation> {
	try {
		const gas = await requestGas(rpc, draft, gasPolicyId);
		return { ...draft, ...gas, signature: '0x' };
	} catch (error) {
		throw explained(error, rpc, draft.sender);
	}
}

/**
 * Without this the bundler would say AA21 and no figures.
 * @throws {RefusalError} when the account can't pay for the operation
 */
export function requireGasMoney({ network }: Manager, account: AccountState, op: UserOperation): void {
	const needed = getRequiredPrefund(op);
	const { nativeBalance: balance, deposit } = account;
	if (paymasterOf(op.paymasterAndData) || balance + deposit >= needed) return;
	const text = (wei: bigint) => formatAmount(wei, NATIVE_DECIMALS);
	throw new RefusalError([
		refuse('gasBalanceTooLow', {
			account: account.address,
			unit: network.nativeSymbol,
			balance: text(balance),
			deposit: text(deposit),
			needed: text(needed),
			missing: text(needed - balance - deposit),
		}),
	]);
}

/** What an operation costs at the most, and who pays. */
export function gasOutlook({ network }: Manager, op: UserOperation): GasOutlook {
	return {
		gas: (op.callGasLimit + op.verificationGasLimit + op.preVerificationGas).toString(),
		mostItCosts: formatAmount(getRequiredPrefund(op), NATIVE_DECIMALS),
		unit: network.nativeSymbol,
		paidBy: paymasterOf(op.paymasterAndData) ?? op.sender,
	};
}

/**
 * The paymaster that a gas policy signs for, found by having it sponsor an operation that does nothing: its address is in
 * the answer. Nothing is signed by the owner, and nothing is sent.
 *
 * @param harmless what the account would do
 * @throws {RefusalError} when the policy doesn't sponsor, {EndpointError}
 */
export async function findPaymaster(
	{ rpc, gasPolicyId }: Manager & { gasPolicyId: string },
	harmless: Pick<Plan, 'account' | 'callData' | 'initCode'>,
): Promise<Address | undefined> {
	const { account, callData, initCode } = harmless;
	const op = await withGas(rpc, await readDraft(rpc, { sender: account, callData, initCode }), gasPolicyId);
	return paymasterOf(op.paymasterAndData);
}
