import type { Hex } from 'viem';
import type { Call } from '../calls';
import { explainAnswer } from '../refusal/explain';
import { RefusalError } from '../refusal/refusal';
import { EndpointError, RpcError } from '../rpc/errors';
import { read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { feeReads, feesFrom, latestBlock, replacementFees, type Block, type Fees } from '../userOperation/fees';
import { paymasterOf, sponsor, type Draft } from '../userOperation/gas';
import { hand, signed, waitFor, type Handed } from '../userOperation/submit';
import { hashUserOperation, nonceKeyOf, nonceOf, type UserOperation } from '../userOperation/userOperation';
import { checkCalls, type CheckState } from './check';
import { rememberCallData } from './operations';
import type { Order } from './order';
import type { Payer, PayOptions } from './payment';

/** One call of `pay`, over all its rounds. */
export interface Attempt {
	payer: Payer;
	order: Order;
	options: PayOptions;
	/** Milliseconds of Date.now(). */
	deadline: number;
	/** Everything this call has sent, by hash. */
	sent: Map<Hex, UserOperation>;
}

/** What one round found before anything is sent. */
export interface Prospect {
	state: CheckState;
	calls: Call[];
	block: Block;
	fees: Fees;
	nonce: bigint;
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

/** The bundler's answers that mean: another operation stands in this place. What it is, the chain will tell. */
const PLACE_TAKEN = new Set(['nonceUsed', 'replacementUnderpriced', 'alreadyKnown']);
/** So long after an answer that says nothing the bundler is asked again. */
const UNCLEAR_PAUSE_MS = 1_000;

/** What the bundler said to an operation: whether it took it, or what it has against it. */
type Answer = Handed | { refusal: unknown };

/**
 * Signs and hands in once. When another operation holds the nonce, nothing of ours is on its way, and waiting for the
 * nonce tells what became of the other.
 * @throws {RefusalError} when the bundler refused it
 */
export async function handSigned(attempt: Attempt, op: UserOperation, prospect: Prospect): Promise<Handed> {
	const { payer, sent } = attempt;
	const whole = await signed({ ...payer, chainId: payer.network.chainId }, op);
	const hash = hashUserOperation(whole, payer.network.chainId);
	// Noted first: whatever happens to the answer, this operation may be on its way.
	sent.set(hash, whole);
	rememberCallData(hash, whole.callData);
	const first = await answerTo(payer.rpc, whole, hash, prospect);
	const answer = saysNothing(first) ? await handUnclear(payer.rpc, whole, hash, prospect) : first;
	if (typeof answer === 'string') return answer;
	sent.delete(hash);
	if (!isPlaceTaken(answer)) throw answer.refusal;
	return 'unknown';
}

async function answerTo(rpc: Rpc, op: UserOperation, hash: Hex, { state, calls }: Prospect): Promise<Answer> {
	try {
		return await hand(rpc, op);
	} catch (error) {
		return { refusal: explained(rpc, error, state, calls, hash) };
	}
}

/**
 * After an "internal error" nobody knows whether the operation was taken. The same bytes again can't pay twice: where
 * the bundler refuses them a second time and their nonce is still free, they weren't.
 */
async function handUnclear(rpc: Rpc, op: UserOperation, hash: Hex, prospect: Prospect): Promise<Answer> {
	await rpc.sleep(UNCLEAR_PAUSE_MS);
	const second = await answerTo(rpc, op, hash, prospect);
	if (typeof second === 'string') return second;
	if (isPlaceTaken(second)) return 'unknown';
	const next = await read(rpc, { nonce: nonceOf(op.sender, nonceKeyOf(op.nonce)) }).catch(() => undefined);
	// Whoever can't tell that the nonce is free must wait and see.
	return next && next.nonce === op.nonce ? second : 'unknown';
}

function codeOf(answer: Answer): string | undefined {
	if (typeof answer === 'string') return undefined;
	return answer.refusal instanceof RefusalError ? answer.refusal.refusal.code : undefined;
}

function saysNothing(answer: Answer): boolean {
	return codeOf(answer) === 'unknown';
}

function isPlaceTaken(answer: Answer): boolean {
	return PLACE_TAKEN.has(codeOf(answer) ?? '');
}

/**
 * An operation that the bundler doesn't know after this long is handed in again: the same one, with the same hash. From
 * then on each time after twice as long: a bundler that is slow, or doesn't tell what waits, gets no more work for it.
 */
const LOST_AFTER_MS = 3_000;
/** The same where no answer came to it: most of these were not taken. */
const UNANSWERED_AFTER_MS = 500;
/** An operation that isn't in a block after this long is replaced under the same nonce by one with higher fees. */
const STUCK_AFTER_MS = 30_000;

/** Waits for an operation under this nonce; hands in again what got lost, and replaces what is stuck. */
export async function awaitOutcome(attempt: Attempt, op: UserOperation, prospect: Prospect, handed: Handed) {
	const { payer, options, deadline, sent } = attempt;
	let askAfter = handed === 'accepted' ? LOST_AFTER_MS : UNANSWERED_AFTER_MS;
	let replacedAt = 0;
	const onWaiting = async (elapsed: number) => {
		const [hash, latest] = [...sent].filter(([, one]) => one.nonce === op.nonce).slice(-1)[0] ?? [];
		if (!hash || !latest) return;
		if (elapsed - replacedAt >= STUCK_AFTER_MS) {
			replacedAt = elapsed;
			await replace(attempt, latest, prospect);
		} else if (elapsed >= askAfter) {
			askAfter = elapsed * 2;
			await handAgainIfLost(payer.rpc, hash, latest);
		}
	};
	return waitFor(payer.rpc, op, () => hashesFor(sent, op.nonce), {
		timeLimit: Math.max(0, deadline - Date.now()),
		confirmations: options.confirmations,
		onWaiting,
	});
}

/** What this call has sent under a nonce, oldest first. */
export function hashesFor(sent: Attempt['sent'], nonce: bigint): Hex[] {
	return [...sent].filter(([, op]) => op.nonce === nonce).map(([hash]) => hash);
}

/** The same bytes have the same hash and the same nonce: sending them twice can't pay twice. */
async function handAgainIfLost(rpc: Rpc, hash: Hex, op: UserOperation): Promise<void> {
	try {
		if (await rpc.request('eth_getUserOperationByHash', [hash])) return;
		await hand(rpc, op);
	} catch (error) {
		// It may be in a block by now, or refused by now: the next look at the chain tells.
		if (!(error instanceof RpcError || error instanceof EndpointError)) throw error;
	}
}

/** The same operation under the same nonce with fees that are at least 10 % higher, up to the cap. */
async function replace(attempt: Attempt, stuck: UserOperation, prospect: Prospect): Promise<void> {
	const { payer, options } = attempt;
	try {
		const { block, priority } = await read(payer.rpc, { block: latestBlock(), priority: feeReads() });
		const fees = replacementFees(stuck, feesFrom(block, priority));
		if (options.feeCap !== undefined && fees.maxFeePerGas > options.feeCap) return;
		const draft: Draft = { ...stuck, ...fees };
		const gas = payer.gasPolicyId ? await sponsor(payer.rpc, draft, payer.gasPolicyId, fees) : {};
		const op = { ...stuck, ...fees, ...gas };
		// A gas limit of the key must hold the replacement too.
		const check = { nonceKey: nonceKeyOf(op.nonce), gas: { ...op, paymaster: paymasterOf(op.paymasterAndData) } };
		if (checkCalls(prospect.state, prospect.calls, check).allowed) await handSigned(attempt, op, prospect);
	} catch (error) {
		if (!(error instanceof RpcError || error instanceof EndpointError || error instanceof RefusalError)) throw error;
	}
}
