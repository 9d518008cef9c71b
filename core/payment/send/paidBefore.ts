import { getAddress } from 'viem';
import type { Call } from '../../calls';
import { readClaimedOperation } from '../../history/claims';
import type { PastOperation } from '../../history/pastOperations';
import { arrivalOf, movedBy } from '../../history/transfers';
import { refuse, RefusalError } from '../../refusal/refusal';
import { moment } from '../../text/format';
import { hashReference, type ClaimRecord } from '../../registry/referenceRegistry';
import { HistoryUnavailableError } from '../../rpc/logs';
import { readContractInfos } from '../../contractInfo';
import { sameCalls } from '../../plugin/sessionKeyCalls';
import type { CheckState } from '../check/check';
import { describeCall, type TokenNames } from './paymentLine';
import type { Payment, Payer } from './payment';
import type { PaymentState } from './readPaymentState';
import type { PaymentRun } from './sendPayment';

/**
 * What was paid under a reference that is claimed: the claim's own block tells. undefined while that block is not as deep
 * as Confirmations asks for, or when it is gone again.
 *
 * @throws {RefusalError} `referencePaidDifferently`, `referenceClaimedOtherwise`, `historyUnavailable`
 */
export async function paidBefore(
	run: PaymentRun,
	{ state, block }: PaymentState,
	calls: readonly Call[],
	record: ClaimRecord,
): Promise<Payment | undefined> {
	const { payer, options } = run;
	const { reference = '' } = options;
	const past = await claimedOperation(payer, reference, record, calls);
	const depth = block.number - record.blockNumber + 1n;
	const isConfirmed = depth >= BigInt(options.confirmations);
	if (!isConfirmed) return isOver(run) ? openPayment(run, past) : undefined;
	if (!past) {
		const { blockNumber, time } = record;
		throw new RefusalError([
			refuse('referenceClaimedOtherwise', { reference, blockNumber: Number(blockNumber), time: moment(time) }),
		]);
	}
	const lines = await readLines(payer, past, state);
	if (!past.calls || !sameCalls(past.calls, calls)) throw paidDifferently(reference, past, lines, record);
	const arrival = arrivalOf(past.calls, past.moved ?? []);
	const isOwn = run.sent.has(past.userOperationHash);
	return {
		...(run.about as Omit<Payment, 'status'>),
		status: arrival === 'paid' && !isOwn ? 'alreadyPaid' : arrival,
		key: past.key ?? payer.key,
		lines,
		userOperationHash: past.userOperationHash,
		included: past,
		time: record.time,
	};
}

async function claimedOperation(payer: Payer, reference: string, record: ClaimRecord, calls: readonly Call[]) {
	try {
		const past = await readClaimedOperation(payer, hashReference(reference), record);
		return past && !past.calls ? byLogs(payer, past, calls) : past;
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
		const words = payer.rpc.redact(error.message);
		throw new RefusalError([
			refuse('historyUnavailable', { reference, blockNumber: Number(record.blockNumber), words }),
		]);
	}
}

/**
 * Of an operation whose calls can't be read the tokens' events tell enough where they are this very payment.
 * @throws {HistoryUnavailableError} where they are not: then nobody knows what it was
 */
function byLogs({ account }: Payer, past: PastOperation, calls: readonly Call[]): PastOperation {
	const moved = movedBy(account, calls, past.logs ?? []);
	if (moved.includes(undefined) || arrivalOf(calls, moved) !== 'paid')
		throw new HistoryUnavailableError("The endpoint doesn't give an earlier transaction");
	return { ...past, calls, moved };
}

function isOver({ deadline, payer }: PaymentRun): boolean {
	return Date.now() >= deadline || payer.signal?.aborted === true;
}

/** Claimed, but not as many blocks ago as was asked for: it may still be undone. */
function openPayment(run: PaymentRun, past: PastOperation | undefined): Payment {
	const about = run.about as Omit<Payment, 'status'>;
	return { ...about, status: 'pending', userOperationHash: past?.userOperationHash };
}

function paidDifferently(
	reference: string,
	past: PastOperation,
	lines: Payment['lines'],
	{ time }: ClaimRecord,
): RefusalError {
	const data = {
		reference,
		paid: lines.slice(0, 5).map(({ to, amount, token }) => ({ to, amount, token })),
		payments: lines.length,
		time: moment(time),
		userOperationHash: past.userOperationHash,
		transactionHash: past.transactionHash,
	};
	return new RefusalError([refuse('referencePaidDifferently', data)], {
		userOperationHash: past.userOperationHash,
	});
}

async function readLines({ network, rpc }: Payer, past: PastOperation, state: CheckState): Promise<Payment['lines']> {
	const names = await namesFor({ rpc, network }, past, state);
	return (past.calls ?? []).map((call, index) => describeCall(call, network, names, past.moved?.[index]));
}

/** The tokens of this payment, and of the earlier one, which may have been others. */
async function namesFor(
	{ rpc, network }: Pick<Payer, 'rpc' | 'network'>,
	{ calls = [] }: PastOperation,
	{ tokens }: CheckState,
): Promise<TokenNames> {
	const unknown = calls.filter(({ target, data }) => data !== '0x' && !tokens[getAddress(target)]);
	const infos = Object.values(
		await readContractInfos(
			rpc,
			network,
			unknown.map(({ target }) => target),
		),
	);
	return { ...tokens, ...Object.fromEntries(infos.flatMap(({ address, token }) => (token ? [[address, token]] : []))) };
}
