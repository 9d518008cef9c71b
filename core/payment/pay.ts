import { showAmount } from '../amounts';
import type { Call } from '../calls';
import { chooseNonce } from './send/chooseNonce';
import { claimOf, estimateAndSimulate, toDraft } from './send/estimateAndSimulate';
import type { Network } from '../networks';
import { checkApproval, unaskedRefusals, type PaymentToApprove } from '../paymentApproval/checkApproval';
import { outflowsOf } from '../paymentRules/outflows';
import { requireAllowedByRules } from '../paymentRules/requireAllowedByRules';
import { entryIn, totalsOf } from '../paymentRules/runTotals';
import { refuse, RefusalError, type Refusal } from '../refusal/refusal';
import { boundRefusals } from '../userOperation/bounds';
import { presentFees, type Fees } from '../userOperation/fees';
import type { GasFields } from '../userOperation/gas';
import { nonceKeyOf, type UserOperation } from '../userOperation/userOperation';
import { checkCalls, type CheckState } from './check/check';
import { concludeRound, forgetOvertaken, openEnd } from './send/concludePayment';
import { describeCall } from './send/paymentLine';
import type { PaymentRequest } from './check/paymentRequest';
import { paidBefore } from './send/paidBefore';
import type { Payer, Payment, PayOptions } from './send/payment';
import { readPaymentState } from './send/readPaymentState';
import {
	awaitOutcome,
	explained,
	planOf,
	signAndSend,
	stopIfCancelled,
	type PaymentRun,
	type PreparedPayment,
} from './send/sendPayment';
import { executionRefusals } from './send/simulate';

/**
 * Pays: reads everything in one batch, looks whether the reference was paid, checks every rule, estimates, signs, sends
 * once, and waits. Whatever happens in between, calling it again with the same reference is safe: the reference is claimed
 * in the same operation, and the chain lets an account claim it once.
 *
 * @throws {RefusalError} when it will not be made, or was mined and failed: nothing was paid then
 * @throws {InputError} when an amount doesn't fit its token; {EndpointError} when nothing could be read
 */
export async function pay(payer: Payer, request: PaymentRequest, options: PayOptions): Promise<Payment> {
	requireNotPaused(payer);
	const deadline = Date.now() + options.timeLimit;
	const inRun = entryIn(payer.paidInRun ?? {}, options.reference);
	const run: PaymentRun = { payer, request, options, deadline, sent: new Map(), displaced: new Set(), inRun };
	try {
		for (;;) {
			// What overtook this round may have been the same payment: it is looked for even when the time is over by then.
			const isLast = Date.now() >= deadline || payer.signal?.aborted;
			const toldBefore = run.claimedElsewhere;
			const payment = await payRound(run);
			if (payment) return counted(run, payment);
			if (isLast && run.claimedElsewhere === toldBefore) return counted(run, await openEnd(run));
			// Parallel payers under one nonce key should not meet again at once.
			await payer.rpc.sleep(50 + Math.random() * 400);
		}
	} catch (error) {
		if (mayHavePaid(run, error)) return counted(run, await openEnd(run));
		run.inRun.release();
		throw withClaim(error, run);
	}
}

/** @throws {RefusalError} `paused`: before anything is asked for a payment */
export function requireNotPaused({ paused }: Pick<Payer, 'paused'>): void {
	if (paused) throw new RefusalError([refuse('paused', {})]);
}

/** @throws {RefusalError} `notAPayee`, `aboveMaximum`, and `approvalMissing` where none came with it */
function requireAllowed(run: PaymentRun, calls: readonly Call[], state: CheckState): void {
	const { payer, request, options } = run;
	const payment = toApprove(run, calls, state);
	requireAllowedByRules(payer.rules, { ...payment, names: request.names, network: payer.network });
	if (!options.approval) refuseUnless(unaskedRefusals(payer, payment));
}

function toApprove({ options, inRun }: PaymentRun, calls: readonly Call[], state: CheckState): PaymentToApprove {
	const { reference, approval } = options;
	const { tokens, now, clock = now } = state;
	return { calls, reference, approval, tokens, others: inRun.others(), now: clock };
}

/** What this run of the workflow did not pay itself takes nothing of its maximum. */
function counted({ inRun }: PaymentRun, payment: Payment): Payment {
	if (payment.status === 'alreadyPaid' || payment.status === 'notSent') inRun.release();
	return payment;
}

/**
 * Whatever ends a run after it sent something (a stop, a fault, a refusal of the next try): what it sent may have paid, or
 * may yet, unless the error itself is what became of it.
 */
function mayHavePaid({ sent }: PaymentRun, error: unknown): boolean {
	if (sent.size === 0) return false;
	if (!(error instanceof RefusalError)) return true;
	return error.transactionHash === undefined && error.refusal.code !== 'referencePaidDifferently';
}

/** Adds what was seen of the reference. */
function withClaim(error: unknown, { unclaimedAt }: PaymentRun): unknown {
	if (!(error instanceof RefusalError) || unclaimedAt === undefined) return error;
	const { refusals, userOperationHash, transactionHash } = error;
	return new RefusalError(refusals, { userOperationHash, transactionHash, unclaimedAt });
}

/** One try; undefined when another operation came first, and everything must be read anew. */
async function payRound(run: PaymentRun): Promise<Payment | undefined> {
	const { payer, request, options } = run;
	// Once something was sent, what became of it is looked up first.
	if (run.sent.size === 0) stopIfCancelled(run);
	const found = await readPaymentState(payer, request, {
		claims: options.reference !== undefined,
		reference: options.reference,
	});
	run.since ??= found.block.number;
	const calls = request.toCalls(found.state.tokens);
	const lines = calls.map((call) => describeCall(call, payer.network, found.state.tokens));
	const approved = options.approval && (await checkApproval(payer, toApprove(run, calls, found.state)));
	const { account, key } = payer;
	run.about = { reference: options.reference, account, key, lines, approval: approved?.approved };
	const record = found.state.claim?.record;
	if (record) return paidBefore(run, found, calls, record);
	if (run.claimedElsewhere) return undefined;
	if (found.state.claim?.registryDeployed) {
		run.unclaimedAt = found.block.number;
		await forgetOvertaken(run, found);
	}
	requireAllowed(run, calls, found.state);
	refuseUnless(approved?.refusals ?? []);
	const fees = await presentFees(payer.rpc, found.fee);
	const prepared: PreparedPayment = { ...found, calls, fees, nonce: chooseNonce(run, found) };
	const op = await preparedOperation(run, prepared);
	if (!op) return undefined;
	const { remaining } = checkCalls(prepared.state, calls, planOf(op));
	run.about = { ...run.about, remaining };
	// Once more, and counted in the same moment: an AI agent's calls run side by side.
	requireAllowed(run, calls, found.state);
	run.inRun.count(totalsOf(outflowsOf(calls)));
	await signAndSend(run, op, prepared);
	return concludeRound(run, op, prepared, await awaitOutcome(run, op, prepared));
}

/**
 * The operation with everything but its signature, when nothing is against it; undefined when another one has taken its
 * nonce or its reference.
 * @throws {RefusalError}
 */
async function preparedOperation(run: PaymentRun, prepared: PreparedPayment): Promise<UserOperation | undefined> {
	const { payer, options } = run;
	const { state, calls, nonce, fees } = prepared;
	refuseUnless(checkCalls(state, calls, { nonceKey: nonceKeyOf(nonce) }).refusals);
	const claim = claimOf(options);
	const draft = toDraft(payer, calls, nonce, fees, claim);
	const quote = estimateAndSimulate(payer, draft, calls, claim);
	let gas: GasFields;
	try {
		gas = await quote.gas;
	} catch (error) {
		const reason = explained(payer.rpc, error, state, calls);
		if (isOvertaken(reason)) return overtaken(run, reason);
		throw reason;
	}
	const stopped = executionRefusals(await quote.execution, { state, calls, redact: payer.rpc.redact });
	if (stopped.some(({ code }) => code === CLAIMED)) {
		return overtaken(run, new RefusalError(stopped as [Refusal, ...Refusal[]]));
	}
	refuseUnless(stopped);
	const op: UserOperation = { ...draft, ...withUniqueGas(gas), signature: '0x' };
	refuseUnless(checkCalls(state, calls, planOf(op)).refusals);
	refuseUnless(boundRefusals(payer, op, options.mostGasCost));
	refuseAbove(options.feeCap, op, payer.network);
	return op;
}

/** What is known against an operation when another one was faster. */
const CLAIMED = 'referenceClaimed';
const OVERTAKEN = new Set(['nonceUsed', CLAIMED]);

function isOvertaken(error: unknown): error is RefusalError {
	return error instanceof RefusalError && OVERTAKEN.has(error.refusal.code);
}

function overtaken(run: PaymentRun, reason: RefusalError): undefined {
	if (reason.refusal.code === CLAIMED) run.claimedElsewhere = reason;
}

/**
 * Two runs at the same moment would build the same operation to the last byte, and both would call it their payment. A
 * few hundred units of gas, at random, keep them apart: one pays, the other finds it paid. What a paymaster has signed
 * can't be changed.
 */
function withUniqueGas(gas: GasFields): GasFields {
	if (gas.paymasterAndData !== '0x') return gas;
	return { ...gas, preVerificationGas: gas.preVerificationGas + BigInt(Math.floor(Math.random() * 1000)) };
}

function refuseUnless(refusals: readonly Refusal[]): void {
	if (refusals.length > 0) throw new RefusalError(refusals as [Refusal, ...Refusal[]]);
}

function refuseAbove(cap: bigint | undefined, { maxFeePerGas }: Fees, network: Network): void {
	if (cap === undefined || maxFeePerGas <= cap) return;
	const gwei = (fee: bigint) => showAmount(fee, 9);
	throw new RefusalError([refuse('feeAboveCap', { fee: gwei(maxFeePerGas), cap: gwei(cap), network: network.name })]);
}
