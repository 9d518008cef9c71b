import { UpgradeableModularAccountAbi } from '@alchemy/aa-accounts';
import type { Address, Hex } from 'viem';
import { formatAmount } from '../amounts';
import { NATIVE_DECIMALS, type Network } from '../networks';
import { explainAnswer } from '../refusal/explain';
import { refuse, RefusalError } from '../refusal/refusal';
import { decodeRevert } from '../refusal/reverts';
import { RpcError } from '../rpc/errors';
import type { Rpc } from '../rpc/rpc';
import type { Plan } from '../sessionKey/plan';
import { getRequiredPrefund } from '../userOperation/bounds';
import { estimateGas, paymasterOf, sponsor, type Draft } from '../userOperation/gas';
import type { IncludedOperation } from '../userOperation/outcome';
import { draftOf, sendUserOperation, signed, waitFor, type SignHash } from '../userOperation/submit';
import { hashUserOperation, type UserOperation } from '../userOperation/userOperation';
import type { AccountState } from './accountState';

/** Where an owner's operations go, and who pays their gas. */
export interface Manager {
	rpc: Rpc;
	network: Network;
	/** Alchemy gas policy that pays; the account pays when left out. */
	gasPolicyId?: string;
}

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

/** An operation of an owner that was mined and undone: nothing changed, though its gas was paid. */
export class OwnerOperationFailed extends Error {
	override readonly name = 'OwnerOperationFailed';

	/**
	 * @param message what happened, in plain words
	 * @param remedy how to get on
	 */
	constructor(
		message: string,
		readonly remedy: string,
		readonly userOperationHash?: Hex,
		readonly transactionHash?: Hex,
	) {
		super(message);
	}
}

/** What became of an owner's operation. */
export interface OwnerOutcome {
	/** `pending`: handed in, the outcome isn't known yet. */
	status: 'done' | 'pending';
	userOperationHash: Hex;
	/** Missing while pending. */
	included?: IncludedOperation;
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
export async function carryOut(
	manager: Manager,
	account: AccountState,
	plan: Plan,
	sign: SignHash,
	timeLimit: number,
): Promise<OwnerOutcome> {
	const { rpc, network } = manager;
	const prepared = await prepareOperation(manager, account, plan);
	return sendSigned(manager, await signed({ rpc, chainId: network.chainId, sign }, prepared), timeLimit);
}

/**
 * Sends an operation that an owner has signed, and waits for it.
 *
 * @param timeLimit milliseconds until the answer is `pending`
 * @throws as `carryOut` does
 */
export async function sendSigned(manager: Manager, op: UserOperation, timeLimit: number): Promise<OwnerOutcome> {
	const { rpc, network } = manager;
	const userOperationHash = hashUserOperation(op, network.chainId);
	const result = await sendUserOperation(rpc, op);
	if (typeof result === 'object') throw explained(result.refused, rpc, op.sender);
	const awaited = await waitFor(rpc, op, () => [userOperationHash], { timeLimit });
	if (awaited.status === 'pending') return { status: 'pending', userOperationHash };
	if (awaited.status === 'overtaken') {
		throw new OwnerOperationFailed(
			'Another operation of the owner came first, so this one was not carried out',
			'Nothing changed by this one. Look at the account as it is now, and run it again if it is still wanted.',
			userOperationHash,
		);
	}
	const { operation } = awaited;
	if (operation.success) return { status: 'done', userOperationHash, included: operation };
	throw undone(operation.revertData ?? '0x', userOperationHash, operation.transactionHash);
}

/**
 * Looks whether an operation has been carried out already: its answer may not have come through, or n8n may have ended
 * while it was waited for.
 *
 * @returns undefined when it isn't in a block, or failed there
 * @throws {EndpointError} {RpcError}
 */
export async function sentBefore({ rpc, network }: Manager, op: UserOperation): Promise<OwnerOutcome | undefined> {
	const userOperationHash = hashUserOperation(op, network.chainId);
	const looked = await waitFor(rpc, op, () => [userOperationHash], { timeLimit: 0 });
	if (looked.status !== 'included' || !looked.operation.success) return undefined;
	return { status: 'done', userOperationHash, included: looked.operation };
}

/**
 * A plan's operation with fresh nonce, fees and gas, having simulated it, without a signature.
 * @throws {RefusalError} {OwnerOperationFailed} when it would not go through; {EndpointError}
 */
export async function prepareOperation(manager: Manager, account: AccountState, plan: Plan): Promise<UserOperation> {
	const { rpc, gasPolicyId } = manager;
	const draft = await draftOf(rpc, { sender: plan.account, callData: plan.callData, initCode: plan.initCode });
	const op = await withGas(rpc, draft, gasPolicyId);
	requireGasMoney(manager, account, op);
	return op;
}

async function withGas(rpc: Rpc, draft: Draft, gasPolicyId: string | undefined): Promise<UserOperation> {
	try {
		const gas = gasPolicyId ? await sponsor(rpc, draft, gasPolicyId) : await estimateGas(rpc, draft);
		return { ...draft, ...gas, signature: '0x' };
	} catch (error) {
		throw explained(error, rpc, draft.sender);
	}
}

/** Without this the bundler would say AA21 and no figures. */
function requireGasMoney({ network }: Manager, account: AccountState, op: UserOperation): void {
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
	const op = await withGas(rpc, await draftOf(rpc, { sender: account, callData, initCode }), gasPolicyId);
	return paymasterOf(op.paymasterAndData);
}

/** Turns what an endpoint said before anything was sent into a sentence. */
function explained(error: unknown, rpc: Rpc, account: Address): unknown {
	if (!(error instanceof RpcError)) return error;
	const refusal = explainAnswer(error, { redact: rpc.redact });
	if (refusal.code === 'payerFundsTooLow') {
		return new RefusalError([refuse('payerFundsTooLow', { words: refusal.data.words, account })]);
	}
	// The words for payments would send people looking for a session key that pays.
	return OWN_ERRORS.has(refusal.code)
		? undone(error.revertData ?? revertIn(error.message))
		: new RefusalError([refusal]);
}

/** Refusals that speak of a paying key: the owner's operation failed in the plugin or the account. */
const OWN_ERRORS = new Set<string>(['keyNotRegistered', 'pluginNotInstalled', 'callRefused', 'stoppedWithoutReason']);

function revertIn(message: string): Hex {
	return (/(0x(?:[0-9a-fA-F]{2})+)\s*$/.exec(message)?.[1] ?? '0x') as Hex;
}

/** What the plugin or the account reverted with, for an owner. */
function undone(revertData: Hex, userOperationHash?: Hex, transactionHash?: Hex): OwnerOperationFailed {
	const revert = decodeRevert(revertData, [UpgradeableModularAccountAbi]);
	const what = revert.kind === 'own' ? revert.name : revert.kind === 'said' ? revert.said : 'no reason given';
	const changed = CHANGED_MEANWHILE.has(what.replace(/\(.*/, ''));
	return new OwnerOperationFailed(
		changed
			? `The account's keys or plugins changed while this ran (${what}), so nothing was done`
			: `The account refused the change (${what}), so nothing was done`,
		changed
			? 'Another change was made at the same time. Run it again: it is planned anew from what is there now.'
			: 'Nothing changed. Look at the account with Account > Get and at the key with Key > Get.',
		userOperationHash,
		transactionHash,
	);
}

/** Errors that a plan rules out on the state that it saw. */
const CHANGED_MEANWHILE = new Set([
	'InvalidSessionKey',
	'SessionKeyNotFound',
	'PluginAlreadyInstalled',
	'PluginNotInstalled',
]);
