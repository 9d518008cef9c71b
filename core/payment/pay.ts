import { showAmount } from '../amounts';
import type { Call } from '../calls';
import type { Network } from '../networks';
import { explainAnswer } from '../refusal/explain';
import { refuse, RefusalError, type Refusal } from '../refusal/refusal';
import { EndpointError, RpcError } from '../rpc/errors';
import { HistoryUnavailableError } from '../rpc/logs';
import { read } from '../rpc/read';
import type { Block, Fees } from '../userOperation/fees';
import { paymasterOf, type GasFields } from '../userOperation/gas';
import type { IncludedOperation } from '../userOperation/outcome';
import { depthOf, waitUntilDeep, type Awaited } from '../userOperation/submit';
import { nonceKeyOf, type UserOperation } from '../userOperation/userOperation';
import { ask, askAhead, draftOf, isAsForeseen, randomLane } from './ask';
import { checkCalls } from './check';
import { describeCall } from './describe';
import { findByNonce, usedLanes, type UsedLane } from './findAttempts';
import { noteSeen } from './foresee';
import { awaitOutcome, explained, handSigned, hashesFor, type Attempt, type Prospect } from './handIn';
import { look, type Found } from './look';
import type { PastOperation } from './operations';
import type { Order } from './order';
import { otherLanesRead, paidAlready, pastAttempts, timeOf, tooManyAttempts } from './paidBefore';
import type { Payer, Payment, PayOptions } from './payment';
import { executionRefusals } from './simulate';

/**
 * Pays: reads everything in one batch, looks whether the reference was paid, checks every rule, estimates, signs, sends
 * once, and waits. Whatever happens in between, calling it again with the same reference is safe.
 *
 * @throws {RefusalError} when it will not be made, or was mined and failed: nothing was paid then
 * @throws {InputError} when an amount doesn't fit its token; {EndpointError} when nothing could be read
 */
export async function pay(payer: Payer, order: Order, options: PayOptions): Promise<Payment> {
	const deadline = Date.now() + options.timeLimit;
	const attempt: Attempt = { payer, order, options, deadline, sent: new Map() };
	for (;;) {
		// What overtook this round may have been the same payment: it is looked for even when the time is over by then.
		const isLast = Date.now() >= deadline;
		const payment = await payRound(attempt, isLast);
		if (payment) return payment;
		// Another operation took the nonce. Parallel payers of one lane should not meet again at once.
		await payer.rpc.sleep(50 + Math.random() * 400);
	}
}

/** Whether another operation took the nonce while this one was being estimated. */
function isOvertaken(error: unknown): boolean {
	return error instanceof RefusalError && error.refusal.code === 'nonceUsed';
}

/**
 * One try; undefined when another operation took the nonce, and everything must be looked at anew. In the last one that
 * is `pending`: the other may have been the same payment.
 */
async function payRound(attempt: Attempt, isLast: boolean): Promise<Payment | undefined> {
	const { payer, order, options } = attempt;
	const ahead = askAhead(attempt);
	const found = await look(payer, order, options.reference);
	noteSeen(payer, found.state);
	const calls = order.toCalls(found.state.tokens);
	const before = await paidBefore(attempt, found, calls, found.lanes);
	if (!before || 'status' in before) return before;
	const early = ahead && isAsForeseen(ahead, found, calls) ? ahead : undefined;
	const prospect: Prospect = { ...found, calls, nonce: early?.nonce ?? before.nonce };

	const { refusals } = checkCalls(found.state, calls, { nonceKey: nonceKeyOf(prospect.nonce) });
	const draft = draftOf(attempt, prospect);
	const asked = refusals.length > 0 ? undefined : (early ?? ask(payer, draft, calls));
	const answers = await Promise.all([
		asked?.gas.catch((error: unknown) => {
			throw explained(payer.rpc, error, found.state, calls);
		}),
		asked?.execution,
		read(payer.rpc, options.reference === undefined ? [] : otherLanesRead(payer, found)),
	]).catch((error: unknown) => {
		if (!isOvertaken(error) || (isLast && options.reference === undefined)) throw error;
	});
	if (!answers) return isLast ? { ...baseOf(attempt, prospect), status: 'pending' } : undefined;
	const [gas, execution, lanes] = answers;
	const others = usedLanes(lanes);
	if (others.length > 0) {
		const elsewhere = await paidBefore(attempt, found, calls, [...found.lanes, ...others]);
		if (!elsewhere || 'status' in elsewhere) return elsewhere;
	}
	refuseUnless(refusals);
	refuseUnless(executionRefusals(execution, { state: found.state, calls, redact: payer.rpc.redact }));

	const op: UserOperation = { ...draft, ...unmistakable(gas as GasFields), signature: '0x' };
	const verdict = checkCalls(found.state, calls, {
		nonceKey: nonceKeyOf(op.nonce),
		gas: { ...op, paymaster: paymasterOf(op.paymasterAndData) },
	});
	refuseUnless(verdict.refusals);
	refuseAbove(options.feeCap, op, payer.network);

	const handed = await handSigned(attempt, op, prospect);
	const awaited = await awaitOutcome(attempt, op, prospect, handed);
	const base = { ...baseOf(attempt, prospect), remaining: verdict.remaining };
	return concludeRound(attempt, op, prospect, base, awaited);
}

/** What is said of a payment, whatever becomes of it. */
function baseOf({ payer, options }: Attempt, { calls, state }: Pick<Prospect, 'calls' | 'state'>) {
	const lines = calls.map((call) => describeCall(call, payer.network, state.tokens));
	return { reference: options.reference, account: payer.account, key: payer.key, lines };
}

/**
 * Two runs at the same moment would build the same operation to the last byte, and both would call it their payment. A
 * few hundred units of gas, at random, keep them apart: one pays, the other finds it paid. What a paymaster has signed
 * can't be changed.
 */
function unmistakable(gas: GasFields): GasFields {
	if (gas.paymasterAndData !== '0x') return gas;
	return { ...gas, preVerificationGas: gas.preVerificationGas + BigInt(Math.floor(Math.random() * 1000)) };
}

/** Says what became of it. */
async function concludeRound(
	attempt: Attempt,
	op: UserOperation,
	prospect: Prospect,
	base: Omit<Payment, 'status'>,
	awaited: Awaited,
): Promise<Payment | undefined> {
	if (awaited.status === 'included') return settle(attempt, awaited.operation, prospect, base, awaited.block);
	const [userOperationHash] = hashesFor(attempt.sent, op.nonce).slice(-1);
	if (awaited.status === 'pending') return { ...base, status: 'pending', userOperationHash };
	if (!userOperationHash) return undefined;
	// The nonce is used and the bundler gives no receipt: the chain tells whether it was ours.
	const winner = await whoTook(attempt, op.nonce);
	// Not before it is deep enough: where its block goes, ours may come after all.
	const { payer, options, deadline } = attempt;
	const waiting = { timeLimit: Math.max(0, deadline - Date.now()), confirmations: options.confirmations };
	const stands = winner && (await waitUntilDeep(payer.rpc, winner, waiting));
	if (!stands) return { ...base, status: 'pending', userOperationHash };
	return attempt.sent.has(winner.userOperationHash) ? settle(attempt, winner, prospect, base) : undefined;
}

/** The operation that used a nonce; undefined when the endpoint can't tell (yet). */
async function whoTook({ payer }: Attempt, nonce: bigint): Promise<PastOperation | undefined> {
	try {
		return await findByNonce(payer, nonce, BigInt(await payer.rpc.request<`0x${string}`>('eth_blockNumber')));
	} catch (error) {
		// Sent already: whatever the endpoint says now, the payment's state is `pending` and no error.
		if (error instanceof HistoryUnavailableError || error instanceof EndpointError || error instanceof RpcError)
			return undefined;
		throw error;
	}
}

/**
 * The nonce to pay with; or the payment, when the reference was paid; undefined when what was found is gone again, and
 * everything must be looked at anew.
 */
async function paidBefore(
	attempt: Attempt,
	found: Found,
	calls: Call[],
	lanes: readonly UsedLane[],
): Promise<Payment | { nonce: bigint } | undefined> {
	const { payer, options } = attempt;
	const { reference } = options;
	if (reference === undefined) return { nonce: found.inOwnLane ? found.keyNonce : randomLane() };
	const attempts = await pastAttempts(payer, reference, found, lanes);
	const paid = attempts.find(({ success }) => success);
	const earlier = paid && (await paidAlready(payer, reference, paid, calls, found.state));
	const last = paid ?? newestOf(attempts);
	if (last && !(await isDeep(attempt, last, found.block))) {
		if (Date.now() < attempt.deadline) return undefined;
		return {
			...baseOf(attempt, { calls, state: found.state }),
			status: 'pending',
			userOperationHash: last.userOperationHash,
		};
	}
	if (earlier) return earlier;
	if (attempts.length >= options.attempts) throw tooManyAttempts(reference, attempts, options.attempts);
	return { nonce: found.inOwnLane ? found.keyNonce : (found.referenceNonce ?? 0n) };
}

function newestOf(operations: readonly PastOperation[]): PastOperation | undefined {
	return [...operations].sort((a, b) => Number(b.blockNumber - a.blockNumber))[0];
}

/**
 * Waits until as many blocks as were asked for stand on an earlier operation: before that it may be undone, and what it
 * did, or that it failed, is not proven. False when its block is gone, or the time over.
 */
async function isDeep({ payer, options, deadline }: Attempt, operation: IncludedOperation, newest: Block) {
	const { confirmations } = options;
	// It was read from the node's own logs, up to this block.
	if (depthOf(operation, newest) >= BigInt(confirmations)) return true;
	const timeLimit = Math.max(0, deadline - Date.now());
	return waitUntilDeep(payer.rpc, operation, { timeLimit, confirmations });
}

function refuseUnless(refusals: readonly Refusal[]): void {
	if (refusals.length > 0) throw new RefusalError(refusals as [Refusal, ...Refusal[]]);
}

function refuseAbove(cap: bigint | undefined, { maxFeePerGas }: Fees, network: Network): void {
	if (cap === undefined || maxFeePerGas <= cap) return;
	const gwei = (fee: bigint) => showAmount(fee, 9);
	throw new RefusalError([refuse('feeAboveCap', { fee: gwei(maxFeePerGas), cap: gwei(cap), network: network.name })]);
}

/** An operation of ours is in a block: paid, or mined and failed. */
async function settle(
	{ payer }: Attempt,
	included: IncludedOperation,
	{ state, calls }: Prospect,
	base: Omit<Payment, 'status'>,
	newest?: Block,
): Promise<Payment> {
	if (!included.success) {
		const context = { state, calls, redact: payer.rpc.redact };
		const reason = explainAnswer({ success: false, revertData: included.revertData ?? '0x' }, context);
		throw new RefusalError([reason], included);
	}
	// Paid: that the time of its block can't be read is no reason to say anything else.
	const isNewest = newest?.number === included.blockNumber;
	const time = isNewest ? newest.timestamp : await timeOf(payer.rpc, included.blockNumber).catch(() => undefined);
	return { ...base, status: 'paid', userOperationHash: included.userOperationHash, included, time };
}
