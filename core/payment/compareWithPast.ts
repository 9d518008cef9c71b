import { isAddressEqual, type Address } from 'viem';
import { formatAmount } from '../amounts';
import { outflowsOf, type Outflow } from '../paymentRules/outflows';
import type { ApprovalLine } from '../paymentApproval/lines';
import { unitsOf } from '../paymentApproval/lines';
import { claimRecordRead, hashReference, NO_REGISTRY, orNoRegistry } from '../registry/referenceRegistry';
import { EndpointError, RpcError } from '../rpc/errors';
import { HistoryUnavailableError } from '../rpc/logs';
import { read } from '../rpc/read';
import { listPayments } from './listPayments';
import type { Payer } from './send/payment';

/** What is known of earlier payments to whoever a line pays. Times are unix seconds. */
export interface PastOfLine {
	/**
	 * `same`: the last payment to this address was of this amount; `other`: of another one, or in another token. `first`: no
	 * session key of this account has ever paid this address. `unseen`: none of those that were looked at went there.
	 * `unknown`: the endpoint does not show enough to tell.
	 */
	kind: 'same' | 'other' | 'first' | 'unseen' | 'unknown';
	/** With `unseen`: so many of the last payments with a reference were looked at. */
	looked?: number;
	/** Of the last payment to this address: exact decimal text, where it was in the line's own token. */
	amount?: string;
	time?: number;
	/** The reference was paid before: nothing more is paid under it. */
	paidBefore?: number;
	/** An address that was paid before and looks like this one, which is another. */
	lookalike?: Address;
	/** Whom the last payment of such a reference went to, where that was somebody else: names and months aside. */
	before?: { to: Address; reference: string };
}

/** So many of the last payments are looked at. */
const MOST_PAYMENTS = 60;

interface PastFlow extends Outflow {
	time?: number;
	reference?: string;
}

/** What the account's session keys paid lately, newest first, and whether that is all they ever paid. */
interface Past {
	flows: PastFlow[];
	isComplete: boolean;
	/** How many of the last payments were looked at; undefined where it can't be told of one whom it went to. */
	looked?: number;
}

/**
 * Compares lines with what was paid before, within a small number of requests. What the endpoint doesn't show is `unknown`:
 * from a list that may lack something nobody is said to be new.
 */
export async function compareWithPast(payer: Payer, lines: readonly ApprovalLine[]): Promise<PastOfLine[]> {
	const [past, claimed] = await Promise.all([orUnknown(readPast(payer)), orUnknown(claimTimes(payer, lines))]);
	return lines.map((line, index) => ({
		...(past ? ofFlows(line, past) : { kind: 'unknown' as const }),
		...(claimed?.[index] !== undefined && { paidBefore: claimed[index] }),
	}));
}

async function readPast(payer: Payer): Promise<Past> {
	const { operations, hasUnreferenced } = await listPayments(payer, { limit: MOST_PAYMENTS });
	const isKnown = operations.every(({ calls }) => calls !== undefined);
	const paid = operations.filter(({ success }) => success);
	const flows = paid.flatMap(({ calls = [], time, reference }) =>
		outflowsOf(calls).map((flow) => ({ ...flow, time, reference })),
	);
	const isComplete = hasUnreferenced && isKnown && operations.length < MOST_PAYMENTS;
	return { flows, isComplete, ...(isKnown && { looked: operations.length }) };
}

/** When each reference was claimed; undefined where it is free. */
async function claimTimes({ rpc, account }: Payer, lines: readonly ApprovalLine[]): Promise<(number | undefined)[]> {
	const records = await read(
		rpc,
		lines.map(({ reference }) => orNoRegistry(claimRecordRead(account, hashReference(reference)))),
	);
	return records.map((record) => (record && record !== NO_REGISTRY ? record.time : undefined));
}

function ofFlows(line: ApprovalLine, { flows, isComplete, looked }: Past): PastOfLine {
	const lookalike = flows.find(({ to }) => looksLike(to, line.to))?.to;
	const pattern = patternOf(line.reference);
	const before = flows.find(({ reference }) => reference !== undefined && patternOf(reference) === pattern);
	const strange = {
		...(lookalike && { lookalike }),
		...(before?.reference &&
			!isAddressEqual(before.to, line.to) && { before: { to: before.to, reference: before.reference } }),
	};
	const last = flows.find(({ to }) => isAddressEqual(to, line.to));
	if (!last && isComplete) return { kind: 'first', ...strange };
	if (!last) return { ...(looked === undefined ? { kind: 'unknown' } : { kind: 'unseen', looked }), ...strange };
	const isSameToken =
		last.token && line.tokenAddress ? isAddressEqual(last.token, line.tokenAddress) : last.token === line.tokenAddress;
	return {
		kind: isSameToken && last.amount === unitsOf(line) ? 'same' : 'other',
		...(isSameToken && { amount: formatAmount(last.amount, line.decimals) }),
		...(last.time !== undefined && { time: last.time }),
		...strange,
	};
}

/** People compare the ends of an address: who makes one with the ends of another wants them mixed up. */
function looksLike(one: Address, other: Address): boolean {
	const ends = (address: string) => `${address.slice(2, 6)} ${address.slice(-4)}`.toLowerCase();
	return !isAddressEqual(one, other) && ends(one) === ends(other);
}

/** References of one kind: `salary/2026-11/anna` and `salary/2026-10/anna`. */
function patternOf(reference: string): string {
	return reference.replace(/\d+/g, '#').toLowerCase();
}

async function orUnknown<T>(asked: Promise<T>): Promise<T | undefined> {
	try {
		return await asked;
	} catch (error) {
		if (error instanceof HistoryUnavailableError || error instanceof EndpointError || error instanceof RpcError) {
			return undefined;
		}
		throw error;
	}
}
