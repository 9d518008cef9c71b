import { UpgradeableModularAccountAbi } from '@alchemy/aa-accounts';
import type { Address, Hex } from 'viem';
import { operationFilter } from '../history/pastOperations';
import type { Network } from '../networks';
import { explainAnswer } from '../explain/explain';
import { refuse, RefusalError } from '../refusal/refusal';
import { decodeRevert } from '../explain/reverts';
import { RpcError } from '../rpc/errors';
import { getLogs } from '../rpc/logs';
import { read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { latestBlock } from '../userOperation/fees';
import { operationsIn, type IncludedOperation } from '../userOperation/outcome';
import { isOnItsWay, sendUserOperation, waitFor } from '../userOperation/submit';
import { hashUserOperation, type UserOperation } from '../userOperation/userOperation';

/** Where an owner's operations go, and who pays their gas. */
export interface Manager {
	rpc: Rpc;
	network: Network;
	/** Alchemy gas policy that pays; the account pays when left out. */
	gasPolicyId?: string;
	/** The most that one operation may cost, in wei; the network's own bound when left out. */
	mostGasCost?: bigint;
	/** n8n's "stop". */
	signal?: AbortSignal;
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

/** @throws {OwnerOperationFailed} when the execution was stopped: nothing is signed or sent after that */
export function requireNotStopped({ signal }: Pick<Manager, 'signal'>): void {
	if (!signal?.aborted) return;
	throw new OwnerOperationFailed(
		'The execution was stopped before this change was sent',
		'Nothing was sent. Run it again if the change is still wanted.',
	);
}

/**
 * Sends an operation that an owner has signed, and waits for it. Once it may be on its way nothing but the chain's own
 * answer says that it was not made.
 *
 * @param timeLimit milliseconds until the answer is `pending`
 * @throws {RefusalError} when it was refused before it was sent; {OwnerOperationFailed} when it was mined and undone,
 * another operation of the owner came first, or the execution was stopped; {EndpointError} when nothing was sent
 */
export async function sendSigned(manager: Manager, op: UserOperation, timeLimit: number): Promise<OwnerOutcome> {
	const { rpc } = manager;
	const { block } = await read(rpc, { block: latestBlock() });
	requireNotStopped(manager);
	const result = await sendUserOperation(rpc, op);
	if (typeof result !== 'object') return readOutcome(manager, op, timeLimit, block.number);
	const reason = explained(result.refused, rpc, op.sender);
	// What it refuses may be what it took before, of which the answer was lost: whose a used nonce is the chain tells.
	const hash = hashUserOperation(op, manager.network.chainId);
	const mayLand = isNoNews(reason) || (await isOnItsWay(rpc, op, hash, manager.signal));
	if (mayLand) return readOutcome(manager, op, timeLimit, block.number);
	throw reason;
}

/** Words that nobody knows say nothing of the operation either. */
export function isNoNews(reason: unknown): boolean {
	return reason instanceof RefusalError && ['nonceUsed', 'unknown'].includes(reason.refusal.code);
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
 * What became of an operation that may have been sent.
 *
 * @param since the newest block before it was sent
 * @param onWaiting see `WaitOptions`
 * @throws {OwnerOperationFailed} where the chain proves that it changed nothing
 */
export async function readOutcome(
	{ rpc, network, signal }: Manager,
	op: UserOperation,
	timeLimit: number,
	since: bigint,
	onWaiting?: () => Promise<void>,
): Promise<OwnerOutcome> {
	const userOperationHash = hashUserOperation(op, network.chainId);
	const included = await includedOperation();
	if (!included) return { status: 'pending', userOperationHash };
	const { success, revertData = '0x', transactionHash } = included;
	if (included.userOperationHash !== userOperationHash) throw overtaken(userOperationHash);
	if (!success) throw undone(revertData, userOperationHash, transactionHash);
	return { status: 'done', userOperationHash, included };

	/** What stands in a block under its nonce, by the chain's events; undefined for every answer that proves nothing. */
	async function includedOperation(): Promise<IncludedOperation | undefined> {
		try {
			const awaited = await waitFor(rpc, op, () => [userOperationHash], { timeLimit, signal, onWaiting });
			if (awaited.status === 'included') return awaited.operation;
			if (awaited.status === 'pending') return undefined;
			// The nonce is used, and the bundler shows no receipt: whose it was the EntryPoint's events tell.
			const { block } = await read(rpc, { block: latestBlock() });
			const logs = await getLogs(rpc, operationFilter(op.sender), since, block.number);
			return operationsIn(logs).find(({ nonce }) => nonce === op.nonce);
		} catch {
			return undefined;
		}
	}
}

function overtaken(userOperationHash: Hex): OwnerOperationFailed {
	return new OwnerOperationFailed(
		'Another operation of the owner came first, so this one was not carried out',
		'Nothing changed by this one. Look at the account as it is now, and run it again if it is still wanted.',
		userOperationHash,
	);
}

/** Turns what an endpoint said before anything was sent into a sentence. */
export function explained(error: unknown, rpc: Rpc, account: Address): unknown {
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
const OWN_ERRORS = new Set<string>([
	'keyNotRegistered',
	'pluginNotInstalled',
	'callRefused',
	'stoppedWithoutReason',
	'referenceClaimed',
]);

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
	// The number of this change is taken by another one.
	'AlreadyClaimed',
]);
