import { isAddressEqual, recoverMessageAddress, type Address, type Hex } from 'viem';
import { readOperations, type PastOperation } from '../../history/pastOperations';
import { arrivalOf, movedBy } from '../../history/transfers';
import { explainAnswer } from '../../explain/explain';
import { RefusalError } from '../../refusal/refusal';
import { blockTimes } from '../../rpc/blockTimes';
import { EndpointError, RpcError } from '../../rpc/errors';
import { HistoryUnavailableError } from '../../rpc/logs';
import type { Block } from '../../userOperation/fees';
import type { IncludedOperation } from '../../userOperation/outcome';
import type { Awaited } from '../../userOperation/submit';
import { nonceKeyOf, type UserOperation } from '../../userOperation/userOperation';
import { describeCall } from './paymentLine';
import type { Payment } from './payment';
import type { PaymentState } from './readPaymentState';
import { hashesFor, type PaymentRun, type PreparedPayment } from './sendPayment';

/**
 * Says what became of what was sent; undefined when another operation came first, and everything must be read anew.
 * Nothing that an endpoint says, or doesn't say, from here on is more than "not known yet".
 *
 * @throws {RefusalError} when it was mined and failed
 */
export async function concludeRound(
	run: PaymentRun,
	op: UserOperation,
	prepared: PreparedPayment,
	awaited: Awaited,
): Promise<Payment | undefined> {
	try {
		if (awaited.status === 'included') return await settle(run, awaited.operation, prepared, awaited.block);
		if (awaited.status === 'pending') return await openEnd(run);
		if (run.options.reference !== undefined) return undefined; // the registry tells what the reference paid
		return await overtaken(run, op, prepared);
	} catch (error) {
		if (error instanceof RefusalError) throw error;
		return openEnd(run);
	}
}

/**
 * How a run ends whose outcome isn't known: `pending` with the hash of what may still land. `notSent` when the bundler
 * refused it because another operation stands in its place, and doesn't know it.
 *
 * @throws {RefusalError} `referenceClaimed` when the registry never showed the claim that was told
 */
export async function openEnd({ payer, about, sent, displaced, claimedElsewhere }: PaymentRun): Promise<Payment> {
	const base = about as Omit<Payment, 'status'>;
	const [hash] = [...sent.keys()].slice(-1);
	if (!hash && claimedElsewhere) throw claimedElsewhere;
	if (!hash) return { ...base, status: 'notSent' };
	if ([...sent.keys()].some((one) => !displaced.has(one)))
		return { ...base, status: 'pending', userOperationHash: hash };
	const isKnown = await payer.rpc.request('eth_getUserOperationByHash', [hash]).then(Boolean, () => true);
	return isKnown ? { ...base, status: 'pending', userOperationHash: hash } : { ...base, status: 'notSent' };
}

/**
 * Without a reference only the nonce tells: who used it is looked up in the blocks since this run began. Nothing is signed
 * again unless what took the place is proven to be of this key: else an endpoint that says so collects payments.
 */
async function overtaken(run: PaymentRun, op: UserOperation, prepared: PreparedPayment): Promise<Payment | undefined> {
	const { payer, sent } = run;
	const newest = BigInt(await payer.rpc.request<Hex>('eth_blockNumber'));
	const [winner] = await readOperations(payer, prepared.block.number, newest, {
		isWanted: ({ nonce }) => nonce === op.nonce,
	});
	if (!winner) return openEnd(run);
	if (sent.has(winner.userOperationHash)) return settle(run, winner, prepared);
	if (!(await isSignedBy(payer.key, winner))) return openEnd(run);
	for (const hash of hashesFor(sent, op.nonce)) sent.delete(hash); // its nonce is another's: it can't land any more
	return undefined;
}

/**
 * Forgets what can't land any more: its nonce is used by another operation that is proven to be of this key, while the
 * reference is not claimed. That a node says so of the nonce alone is no proof: what it was given may be kept back.
 */
export async function forgetOvertaken(run: PaymentRun, { block, ...next }: PaymentState): Promise<void> {
	const { payer, sent, since = block.number } = run;
	const used = [...sent.values()].map(({ nonce }) => nonce).filter((nonce) => isUsed(nonce, next));
	if (used.length === 0) return;
	try {
		const isWanted = ({ nonce }: IncludedOperation) => used.includes(nonce);
		for (const winner of await readOperations(payer, since, block.number, { isWanted })) {
			if (sent.has(winner.userOperationHash) || !(await isSignedBy(payer.key, winner))) continue;
			for (const hash of hashesFor(sent, winner.nonce)) sent.delete(hash);
		}
	} catch (error) {
		if (![EndpointError, RpcError, HistoryUnavailableError].some((one) => error instanceof one)) throw error;
	}
}

function isUsed(nonce: bigint, { keyNonce, referenceNonce }: Pick<PaymentState, 'keyNonce' | 'referenceNonce'>) {
	return [keyNonce, referenceNonce].some(
		(next) => next !== undefined && nonceKeyOf(next) === nonceKeyOf(nonce) && next > nonce,
	);
}

async function isSignedBy(key: Address, { userOperationHash: raw, signature }: PastOperation): Promise<boolean> {
	if (!signature) return false;
	return recoverMessageAddress({ message: { raw }, signature }).then(
		(signer) => isAddressEqual(signer, key),
		() => false,
	);
}

/**
 * An operation of ours is in a block: paid, or mined and failed, or carried out without the money moving.
 *
 * @param included as the node has it, not the bundler
 */
async function settle(
	run: PaymentRun,
	included: IncludedOperation,
	{ state, calls }: PreparedPayment,
	newest?: Block,
): Promise<Payment | undefined> {
	const { payer } = run;
	if (!included.success) {
		const context = { state, calls, redact: payer.rpc.redact };
		const reason = explainAnswer({ success: false, revertData: included.revertData ?? '0x' }, context);
		// It can't land again: what the reference paid is another operation's.
		run.sent.delete(included.userOperationHash);
		const refused = new RefusalError([reason], included);
		if (reason.code !== 'referenceClaimed') throw refused;
		run.claimedElsewhere = refused;
		return undefined;
	}
	if (!included.logs) return openEnd(run);
	const moved = movedBy(payer.account, calls, included.logs);
	const isNewest = newest?.number === included.blockNumber;
	// That the time of its block can't be read is no reason to say anything else.
	const time = isNewest ? newest.timestamp : await readTime(run, included.blockNumber);
	return {
		...(run.about as Omit<Payment, 'status'>),
		status: arrivalOf(calls, moved),
		lines: calls.map((call, index) => describeCall(call, payer.network, state.tokens, moved[index])),
		userOperationHash: included.userOperationHash,
		included,
		time,
	};
}

async function readTime({ payer }: PaymentRun, block: bigint): Promise<number | undefined> {
	return blockTimes(payer.rpc, [block]).then(
		(times) => times.get(block),
		() => undefined,
	);
}
