import { numberToHex, type Address, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import type { Call } from '../calls';
import { NATIVE_DECIMALS, type Network } from '../networks';
import { formatAmount, showAmount } from '../amounts';
import { explainAnswer } from '../refusal/explain';
import { refuse, RefusalError, type Refusal } from '../refusal/refusal';
import { moment } from '../refusal/words';
import { EndpointError, RpcError } from '../rpc/errors';
import { HistoryUnavailableError } from '../rpc/logs';
import { read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { pluginView } from '../sessionKey/keyState';
import { feeReads, feesFrom, latestBlock, replacementFees, type Block, type Fees } from '../userOperation/fees';
import { estimateGas, paymasterOf, sponsor, type Draft, type GasFields } from '../userOperation/gas';
import type { IncludedOperation } from '../userOperation/outcome';
import { hand, signed, waitFor, type SignHash } from '../userOperation/submit';
import { hashUserOperation, nonceOf, sequenceOf, type UserOperation } from '../userOperation/userOperation';
import { checkCalls, type Budget, type CheckState } from './check';
import { checkReads, toCheckState } from './checkReads';
import { describeCall, type PaymentLine } from './describe';
import { findByNonce, findByTag, usedLanes } from './findAttempts';
import { pastKeysRead, rememberKeys } from './knownKeys';
import { encodeSessionKeyCalls, sameCalls, type PastOperation } from './operations';
import type { Order } from './order';
import { nonceKeyOfReference, nonceKeyOfSessionKey, tagOf, withTag } from './reference';

/** Who pays: a session key of a smart account. */
export interface Payer {
	rpc: Rpc;
	network: Network;
	account: Address;
	/** The session key's address. */
	key: Address;
	/** Signs with the session key. */
	sign: SignHash;
	/** Alchemy gas policy that pays the gas; the account pays it when left out. */
	gasPolicyId?: string;
}

export interface PayOptions {
	/** What the payment is for: it is made once, for ever. Left out: every call pays anew. */
	reference?: string;
	/** Blocks that must stand on each other before the answer is `paid`; 1 is the payment's own. */
	confirmations: number;
	/** Milliseconds after which the answer is `pending`. */
	timeLimit: number;
	/** How often a reference may be tried, when the attempts before were mined and failed. */
	attempts: number;
	/** The most to be paid per unit of gas, in wei; left out: whatever the network asks for. */
	feeCap?: bigint;
}

/** What is known of a payment. */
export interface Payment {
	/**
	 * `paid`: made now. `alreadyPaid`: this reference was paid before, nothing was sent. `pending`: sent, the outcome isn't
	 * known yet; running again is safe.
	 */
	status: 'paid' | 'alreadyPaid' | 'pending';
	reference?: string;
	account: Address;
	key: Address;
	lines: PaymentLine[];
	/** Missing when another process sent it and it isn't in a block yet. */
	userOperationHash?: Hex;
	/** Where it stands; missing while pending. */
	included?: IncludedOperation;
	/** Unix seconds of its block; missing while pending. */
	time?: number;
	/** What is left of the key's budgets; missing when nothing was checked. */
	remaining?: Budget[];
}

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
		const payment = await payRound(attempt);
		if (payment) return payment;
		// Another operation took the nonce. Parallel payers of one lane should not meet again at once.
		await payer.rpc.sleep(50 + Math.random() * 400);
	}
}

/** One call of `pay`, over all its rounds. */
interface Attempt {
	payer: Payer;
	order: Order;
	options: PayOptions;
	/** Milliseconds of Date.now(). */
	deadline: number;
	/** Everything this call has sent, by hash. */
	sent: Map<Hex, UserOperation>;
}

/** What one round found before anything is sent. */
interface Prospect {
	state: CheckState;
	calls: Call[];
	block: Block;
	fees: Fees;
	nonce: bigint;
}

async function payRound(attempt: Attempt): Promise<Payment | undefined> {
	const { payer, order, options } = attempt;
	const found = await look(payer, order, options);
	const calls = order.toCalls(found.state.tokens);
	const before = await paidBefore(attempt, found, calls, found.lanes);
	if ('status' in before) return before;
	const prospect: Prospect = { ...found, calls, nonce: before.nonce };
	refuseUnless(checkCalls(prospect.state, calls, { nonceKey: prospect.nonce >> 64n }).refusals);

	const draft = draftOf(attempt, prospect);
	const [gas, otherLanes] = await Promise.all([gasFor(payer, draft, prospect), readLanes(payer, found.otherKeys)]);
	const others = usedLanes(otherLanes);
	if (options.reference !== undefined && others.length > 0) {
		const elsewhere = await paidBefore(attempt, found, calls, [...found.lanes, ...others]);
		if ('status' in elsewhere) return elsewhere;
	}
	const op: UserOperation = { ...draft, ...gas, signature: '0x' };
	const verdict = checkCalls(prospect.state, calls, {
		nonceKey: op.nonce >> 64n,
		gas: { ...op, paymaster: paymasterOf(op.paymasterAndData) },
	});
	refuseUnless(verdict.refusals);
	refuseAbove(options.feeCap, op, payer.network);

	await handSigned(attempt, op, prospect);
	const awaited = await awaitOutcome(attempt, op, prospect);
	const base = {
		reference: options.reference,
		account: payer.account,
		key: payer.key,
		lines: calls.map((call) => describeCall(call, payer.network, prospect.state.tokens)),
		remaining: verdict.remaining,
	};
	if (awaited.status === 'included') return settle(attempt, awaited.operation, prospect, base);
	const [userOperationHash] = hashesFor(attempt.sent, op.nonce).slice(-1);
	if (awaited.status === 'pending') return { ...base, status: 'pending', userOperationHash };
	if (!userOperationHash) return undefined;
	// The nonce is used and the bundler gives no receipt: the chain tells whether it was ours.
	const winner = await whoTook(attempt, op.nonce);
	if (!winner) return { ...base, status: 'pending', userOperationHash };
	return attempt.sent.has(winner.userOperationHash) ? settle(attempt, winner, prospect, base) : undefined;
}

/** The operation that used a nonce; undefined when the endpoint can't tell (yet). */
async function whoTook({ payer: { rpc, account } }: Attempt, nonce: bigint): Promise<PastOperation | undefined> {
	try {
		return await findByNonce(rpc, account, nonce, BigInt(await rpc.request<Hex>('eth_blockNumber')));
	} catch (error) {
		if (error instanceof HistoryUnavailableError || error instanceof EndpointError) return undefined;
		throw error;
	}
}

/** The first batch: everything that decides whether and how this is paid. */
async function look({ rpc, network, account, key }: Payer, order: Order, { reference }: PayOptions) {
	const answers = await read(rpc, {
		chainId: rpcRead('eth_chainId', [], (id: Hex) => Number(id)),
		block: latestBlock(),
		fees: feeReads(),
		referenceNonce:
			reference === undefined ? undefined : nonceOf(account, nonceKeyOfReference(network.chainId, account, reference)),
		keyNonce: nonceOf(account, nonceKeyOfSessionKey(key)),
		presentKeys: pluginView('sessionKeysOf', [account]),
		pastKeys: reference === undefined ? undefined : pastKeysRead(account),
		check: checkReads(account, key, order),
	});
	if (answers.chainId !== network.chainId) {
		throw new RefusalError([
			refuse('wrongNetwork', { expected: network.chainId, found: answers.chainId, network: network.name }),
		]);
	}
	const keys = rememberKeys(network.chainId, account, [...answers.presentKeys, ...(answers.pastKeys ?? [])]);
	return {
		state: toCheckState(network, account, key, order, answers.check, answers.block.timestamp),
		block: answers.block,
		fees: feesFrom(answers.block, answers.fees),
		referenceNonce: answers.referenceNonce,
		keyNonce: answers.keyNonce,
		lanes: usedLanes([answers.keyNonce]),
		otherKeys: keys.filter((other) => other !== key),
	};
}

type Found = Awaited<ReturnType<typeof look>>;

function readLanes({ rpc, account }: Payer, keys: readonly Address[]): Promise<bigint[]> {
	return read(
		rpc,
		keys.map((key) => nonceOf(account, nonceKeyOfSessionKey(key))),
	);
}

/** The nonce to pay with; or the payment, when the reference was paid. */
async function paidBefore(
	attempt: Attempt,
	found: Found,
	calls: readonly Call[],
	lanes: ReturnType<typeof usedLanes>,
): Promise<Payment | { nonce: bigint }> {
	const { payer, options } = attempt;
	const { reference } = options;
	const inOwnLane = found.state.key.gas !== undefined;
	if (reference === undefined) return { nonce: inOwnLane ? found.keyNonce : randomLane() };
	const attempts = await pastAttempts(payer, reference, found, lanes);
	const paid = attempts.find(({ success }) => success);
	if (paid) return paidAlready(attempt, paid, calls, found.state);
	if (attempts.length >= options.attempts) throw tooManyAttempts(reference, attempts, options.attempts);
	return { nonce: inOwnLane ? found.keyNonce : (found.referenceNonce ?? 0n) };
}

/** Every operation that carried this reference and is in a block. */
async function pastAttempts(
	{ rpc, network, account }: Payer,
	reference: string,
	found: Found,
	lanes: ReturnType<typeof usedLanes>,
): Promise<PastOperation[]> {
	const attempts: PastOperation[] = [];
	try {
		const next = found.referenceNonce ?? 0n;
		for (let nonce = next - sequenceOf(next); nonce < next; nonce++) {
			attempts.push(await findByNonce(rpc, account, nonce, found.block.number));
		}
		if (lanes.length > 0) attempts.push(...(await findByTag(rpc, network.chainId, account, lanes, tagOf(reference))));
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
		throw new RefusalError([refuse('historyUnavailable', { reference, words: rpc.redact(error.message) })]);
	}
	return attempts;
}

/** 192 random bits, so that payments without a reference don't wait for each other. */
function randomLane(): bigint {
	return (BigInt(generatePrivateKey()) >> 64n) << 64n;
}

async function paidAlready(
	{ payer, options, sent }: Attempt,
	paid: PastOperation,
	calls: readonly Call[],
	state: CheckState,
): Promise<Payment> {
	const { network, account, key, rpc } = payer;
	const time = await timeOf(rpc, paid.blockNumber);
	const lines = (paid.calls ?? []).map((call) => describeCall(call, network, state.tokens));
	if (!paid.calls || !sameCalls(paid.calls, calls)) {
		throw new RefusalError(
			[
				refuse('referencePaidDifferently', {
					reference: options.reference ?? '',
					paid: lines.slice(0, 5).map(({ to, amount, token }) => ({ to, amount, token })),
					payments: lines.length,
					time: moment(time),
					userOperationHash: paid.userOperationHash,
					transactionHash: paid.transactionHash,
				}),
			],
			paid,
		);
	}
	return {
		status: sent.has(paid.userOperationHash) ? 'paid' : 'alreadyPaid',
		reference: options.reference,
		account,
		key: paid.key ?? key,
		lines,
		userOperationHash: paid.userOperationHash,
		included: paid,
		time,
	};
}

async function timeOf(rpc: Rpc, block: bigint): Promise<number> {
	const { timestamp } = await rpc.request<{ timestamp: Hex }>('eth_getBlockByNumber', [numberToHex(block), false]);
	return Number(timestamp);
}

function tooManyAttempts(reference: string, attempts: readonly PastOperation[], most: number): RefusalError {
	const last = attempts[attempts.length - 1] as PastOperation;
	return new RefusalError(
		[refuse('tooManyAttempts', { reference, attempts: attempts.length, most, transactionHash: last.transactionHash })],
		last,
	);
}

function refuseUnless(refusals: readonly Refusal[]): void {
	if (refusals.length > 0) throw new RefusalError(refusals as [Refusal, ...Refusal[]]);
}

function refuseAbove(cap: bigint | undefined, { maxFeePerGas }: Fees, network: Network): void {
	if (cap === undefined || maxFeePerGas <= cap) return;
	const gwei = (fee: bigint) => showAmount(fee, 9);
	throw new RefusalError([refuse('feeAboveCap', { fee: gwei(maxFeePerGas), cap: gwei(cap), network: network.name })]);
}

function draftOf({ payer, options }: Attempt, { calls, nonce, fees }: Prospect): Draft {
	return {
		sender: payer.account,
		nonce,
		initCode: '0x',
		callData: withTag(encodeSessionKeyCalls(calls, payer.key), options.reference),
		...fees,
	};
}

async function gasFor({ rpc, gasPolicyId }: Payer, draft: Draft, { state, calls }: Prospect): Promise<GasFields> {
	try {
		return gasPolicyId ? await sponsor(rpc, draft, gasPolicyId) : await estimateGas(rpc, draft);
	} catch (error) {
		throw explained(rpc, error, state, calls);
	}
}

/** Turns what an endpoint said into a refusal; what is none stays what it is. */
function explained(
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

/**
 * Signs and hands in once. When another operation holds the nonce, nothing of ours is on its way, and waiting for the
 * nonce tells what became of the other.
 * @throws {RefusalError} when the bundler refused it
 */
async function handSigned(attempt: Attempt, op: UserOperation, { state, calls }: Prospect): Promise<void> {
	const { payer, sent } = attempt;
	const whole = await signed({ ...payer, chainId: payer.network.chainId }, op);
	const hash = hashUserOperation(whole, payer.network.chainId);
	try {
		// Noted first: whatever happens to the answer, this operation may be on its way.
		sent.set(hash, whole);
		await hand(payer.rpc, whole);
	} catch (error) {
		sent.delete(hash);
		const refusal = explained(payer.rpc, error, state, calls, hash);
		if (!(refusal instanceof RefusalError && PLACE_TAKEN.has(refusal.refusal.code))) throw refusal;
	}
}

/** An operation that the bundler doesn't know after this long is handed in again: the same one, with the same hash. */
const LOST_AFTER_MS = 3_000;
/** An operation that isn't in a block after this long is replaced under the same nonce by one with higher fees. */
const STUCK_AFTER_MS = 30_000;

async function awaitOutcome(attempt: Attempt, op: UserOperation, prospect: Prospect) {
	const { payer, options, deadline, sent } = attempt;
	let lookedAt = 0;
	let replacedAt = 0;
	const onWaiting = async (elapsed: number) => {
		const [hash, latest] = [...sent].filter(([, one]) => one.nonce === op.nonce).slice(-1)[0] ?? [];
		if (!hash || !latest) return;
		if (elapsed - replacedAt >= STUCK_AFTER_MS) {
			replacedAt = elapsed;
			await replace(attempt, latest, prospect);
		} else if (elapsed - lookedAt >= LOST_AFTER_MS) {
			lookedAt = elapsed;
			await handAgainIfLost(payer.rpc, hash, latest);
		}
	};
	return waitFor(payer.rpc, op, () => hashesFor(sent, op.nonce), {
		timeLimit: Math.max(0, deadline - Date.now()),
		confirmations: options.confirmations,
		onWaiting,
	});
}

function hashesFor(sent: Attempt['sent'], nonce: bigint): Hex[] {
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
		const options_ = { nonceKey: op.nonce >> 64n, gas: { ...op, paymaster: paymasterOf(op.paymasterAndData) } };
		if (checkCalls(prospect.state, prospect.calls, options_).allowed) await handSigned(attempt, op, prospect);
	} catch (error) {
		if (!(error instanceof RpcError || error instanceof EndpointError || error instanceof RefusalError)) throw error;
	}
}

/** An operation of ours is in a block: paid, or mined and failed. */
async function settle(
	{ payer }: Attempt,
	included: IncludedOperation,
	{ state, calls }: Prospect,
	base: Omit<Payment, 'status'>,
): Promise<Payment> {
	if (!included.success) {
		const context = { state, calls, redact: payer.rpc.redact };
		const reason = explainAnswer({ success: false, revertData: included.revertData ?? '0x' }, context);
		throw new RefusalError([reason], included);
	}
	const time = await timeOf(payer.rpc, included.blockNumber);
	return { ...base, status: 'paid', userOperationHash: included.userOperationHash, included, time };
}

/** What gas cost, as exact decimal text in the chain's own money. */
export function gasPaid({ gasCost }: IncludedOperation): string {
	return formatAmount(gasCost, NATIVE_DECIMALS);
}
