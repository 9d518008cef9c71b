import type { Hex } from 'viem';
import type { Call } from '../../calls';
import { explainAnswer } from '../../explain/explain';
import { refuse, RefusalError } from '../../refusal/refusal';
import type { RunEntry } from '../../paymentRules/runTotals';
import { EndpointError, RpcError } from '../../rpc/errors';
import { read } from '../../rpc/read';
import type { Rpc } from '../../rpc/rpc';
import { boundRefusals } from '../../userOperation/bounds';
import { feeReads, presentFees, replacementFees, type Block, type Fees } from '../../userOperation/fees';
import { paymasterOf, sponsor, type Draft } from '../../userOperation/gas';
import { isOnItsWay, sendUserOperation, signed, waitFor, type Awaited } from '../../userOperation/submit';
import { sendInTurn } from '../../userOperation/turns';
import { hashUserOperation, nonceKeyOf, type UserOperation } from '../../userOperation/userOperation';
import { checkCalls, type CheckOptions, type CheckState } from '../check/check';
import type { PaymentRequest } from '../check/paymentRequest';
import type { Payer, Payment, PayOptions } from './payment';

/** One call of `pay`, over all its rounds. */
export interface PaymentRun {
	payer: Payer;
	request: PaymentRequest;
	options: PayOptions;
	/** Milliseconds of Date.now(). */
	deadline: number;
	/** Everything this run has sent, or may have sent, by hash. */
	sent: Map<Hex, UserOperation>;
	/** Those of `sent` of which the bundler said that another operation stands in their place. */
	displaced: Set<Hex>;
	/** Its place among the payments of the workflow's run. */
	inRun: RunEntry;
	/** What is said of the payment, whatever becomes of it; set once the state was read. */
	about?: Omit<Payment, 'status'>;
	/**
	 * That the reference is claimed, where it was told by a simulation or by a failed operation of this run. Any contract can
	 * say so: only the registry's own view is believed, and until it shows the claim nothing more is sent.
	 */
	claimedElsewhere?: RefusalError;
	/** The newest block when this run began. */
	since?: bigint;
	/** The newest block at which the chain was seen not to have the reference. */
	unclaimedAt?: bigint;
}

/** What one round found before anything is sent. */
export interface PreparedPayment {
	state: CheckState;
	calls: Call[];
	block: Block;
	fees: Fees;
	nonce: bigint;
}

/** What an operation is checked with once its gas is known. */
export function planOf(op: UserOperation): CheckOptions {
	return { nonceKey: nonceKeyOf(op.nonce), gas: { ...op, paymaster: paymasterOf(op.paymasterAndData) } };
}

/** Turns what an endpoint said into a refusal; what is none stays what it is. */
export function explained(
	rpc: Rpc,
	error: unknown,
	state: CheckState,
	calls: readonly Call[],
	userOperationHash?: Hex,
): unknown {
	if (!(error instanceof RpcError)) return error;
	return new RefusalError([explainAnswer(error, { state, calls, redact: rpc.redact })], { userOperationHash });
}

/**
 * n8n's "stop" is looked at before each signature and each wait.
 * @throws {RefusalError} `cancelled`
 */
export function stopIfCancelled({ payer }: Pick<PaymentRun, 'payer'>): void {
	if (payer.signal?.aborted) throw new RefusalError([refuse('cancelled', {})]);
}

/** The bundler's answers that mean: another operation stands in this place, or this very one. The chain will tell. */
const PLACE_TAKEN = new Set(['nonceUsed', 'replacementUnderpriced', 'alreadyKnown']);

/**
 * Signs and hands in once. Returns when the operation is on its way, or may be: an answer that says nothing about the
 * operation itself is no refusal.
 *
 * @throws {RefusalError} when the bundler refused it, and neither it nor the chain know of it otherwise
 */
export async function signAndSend(
	run: PaymentRun,
	op: UserOperation,
	{ state, calls }: PreparedPayment,
): Promise<void> {
	stopIfCancelled(run);
	const { payer, sent, displaced, options } = run;
	const whole = await signed({ ...payer, chainId: payer.network.chainId }, op);
	const hash = hashUserOperation(whole, payer.network.chainId);
	// Noted first: whatever happens to the answer, this operation may be on its way.
	sent.set(hash, whole);
	const patience = { deadline: run.deadline, signal: payer.signal };
	const result = await sendInTurn(payer.rpc, payer.network.chainId, whole, patience);
	if (!result) sent.delete(hash);
	if (!result) return stopIfCancelled(run);
	if (typeof result === 'string') return;
	const refusal = explained(payer.rpc, result.refused, state, calls, hash) as RefusalError;
	const { code } = refusal.refusal;
	if (refusal.refusal.code === 'unknown') {
		run.about = run.about && { ...run.about, bundlerSaid: refusal.refusal.data.words };
		return;
	}
	if (PLACE_TAKEN.has(code)) {
		// A random nonce is nobody else's: a gateway sent this operation twice, and the first one was taken.
		if (options.reference !== undefined || state.key.gas) displaced.add(hash);
		return;
	}
	if (await isOnItsWay(payer.rpc, whole, hash, payer.signal)) return;
	sent.delete(hash);
	throw refusal;
}

/**
 * An operation that the bundler doesn't know after this long is handed in again: the same one, with the same hash. From
 * then on each time after twice as long: a bundler that is slow, or doesn't tell what waits, gets no more work for it.
 */
const UNANSWERED_AFTER_MS = 500;
/** An operation that isn't in a block after this long is replaced, where the network asks for more than it offers. */
const STUCK_AFTER_MS = 30_000;
/** Each replacement is one more signature: no more than this, however long the network stays expensive. */
const MOST_REPLACEMENTS = 4;

/** Waits for an operation under this nonce; hands in again what got lost, and replaces what the network has outbid. */
export async function awaitOutcome(run: PaymentRun, op: UserOperation, prepared: PreparedPayment): Promise<Awaited> {
	const { payer, options, deadline, sent } = run;
	let askAfter = UNANSWERED_AFTER_MS;
	let replacedAt = 0;
	let replacements = 0;
	const onWaiting = async (elapsed: number) => {
		const [hash, latest] = [...sent].filter(([, one]) => one.nonce === op.nonce).slice(-1)[0] ?? [];
		if (!hash || !latest) return;
		if (elapsed - replacedAt >= STUCK_AFTER_MS && replacements < MOST_REPLACEMENTS) {
			replacedAt = elapsed;
			if (await replace(run, latest, op, prepared)) replacements++;
		} else if (elapsed >= askAfter) {
			askAfter = elapsed * 2;
			await sendAgainIfLost(payer.rpc, hash, latest);
		}
	};
	return waitFor(payer.rpc, op, () => hashesFor(sent, op.nonce), {
		timeLimit: Math.max(0, deadline - Date.now()),
		confirmations: options.confirmations,
		signal: payer.signal,
		onWaiting,
	});
}

/** What this run has sent under a nonce, oldest first. */
export function hashesFor(sent: PaymentRun['sent'], nonce: bigint): Hex[] {
	return [...sent].filter(([, op]) => op.nonce === nonce).map(([hash]) => hash);
}

/** The same bytes have the same hash and the same nonce: sending them twice can't pay twice. */
async function sendAgainIfLost(rpc: Rpc, hash: Hex, op: UserOperation): Promise<void> {
	try {
		if (await rpc.request('eth_getUserOperationByHash', [hash])) return;
	} catch (error) {
		if (!(error instanceof RpcError || error instanceof EndpointError)) throw error;
	}
	// It may be in a block by now, or refused by now: the next look at the chain tells.
	await sendUserOperation(rpc, op);
}

/**
 * The same operation under the same nonce with higher fees, where the network's present fee asks for them, within all
 * bounds of the first one.
 * @returns whether something was signed
 */
async function replace(
	run: PaymentRun,
	latest: UserOperation,
	first: UserOperation,
	prepared: PreparedPayment,
): Promise<boolean> {
	const { payer, options } = run;
	try {
		const { fee } = await read(payer.rpc, { fee: feeReads() });
		const fees = replacementFees(latest, first, await presentFees(payer.rpc, fee));
		if (!fees || (options.feeCap !== undefined && fees.maxFeePerGas > options.feeCap)) return false;
		const draft: Draft = { ...latest, ...fees };
		const gas = payer.gasPolicyId ? await sponsor(payer.rpc, draft, payer.gasPolicyId, fees) : {};
		const op = { ...latest, ...fees, ...gas };
		if (boundRefusals(payer, op, options.mostGasCost).length > 0) return false;
		// A gas limit of the key must hold the replacement too.
		if (!checkCalls(prepared.state, prepared.calls, planOf(op)).allowed) return false;
		await signAndSend(run, op, prepared);
		return true;
	} catch (error) {
		if (!(error instanceof RpcError || error instanceof EndpointError || error instanceof RefusalError)) throw error;
		return false;
	}
}
