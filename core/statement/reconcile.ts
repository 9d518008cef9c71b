import type { Address, Hex } from 'viem';
import { formatAmount } from '../amounts';
import { NATIVE } from '../input/token';
import { hashReference } from '../registry/referenceRegistry';
import type { Asset } from './asset';
import type { Entry } from './entries';

/** One line of a register: what was to be paid. */
export interface RegisterLine {
	reference: string;
	recipient: Address;
	/** Decimal text in whole units of the token. */
	amount: string;
	/** Left out: whichever was paid. */
	asset?: Asset;
	/** Of the operation that was sent, where it is known. */
	userOperationHash?: Hex;
}

/** What became of a line. */
export type LineStatus = 'paidExactly' | 'paidDifferently' | 'pending' | 'notPaid';

/** A line, and the entry that paid it. */
export interface JudgedLine {
	line: RegisterLine;
	status: LineStatus;
	/** Where it isn't paid exactly: how it was paid, or why it isn't, in words. */
	how?: string;
	/** The payment that settles it. */
	entry?: Entry;
}

/** A register compared with what was executed. */
export interface Reconciled {
	/** In the register's order. */
	lines: JudgedLine[];
	/** Payments that stand in no line. */
	inNoLine: Entry[];
}

/** What is known of an asset. */
export type Units = (asset: Asset) => { symbol: string; decimals: number };

/**
 * Compares a register with the payments of a period. A reference may stand in several lines, as a batch pays several
 * recipients under one: each payment settles one line, the one that it fits best.
 *
 * @param entries of the statement
 */
export function reconcile(register: readonly RegisterLine[], entries: readonly Entry[], unitsOf: Units): Reconciled {
	const payments = entries.filter(({ kind, arrival }) => kind === 'payment' && arrival !== undefined);
	const failed = entries.filter(({ kind }) => kind === 'failed');
	const groups = new Map<Hex, number[]>();
	for (const [place, { reference }] of register.entries()) {
		const hash = hashReference(reference);
		groups.set(hash, [...(groups.get(hash) ?? []), place]);
	}
	const lines: JudgedLine[] = [];
	const settled = new Set<Entry>();
	for (const [hash, places] of groups) {
		const paid = payments.filter(({ claims = [] }) => claims.includes(hash));
		const pairs = pair(
			places.map((place) => register[place] as RegisterLine),
			paid,
			unitsOf,
		);
		for (const [index, entry] of pairs.entries()) {
			const place = places[index] as number;
			const line = register[place] as RegisterLine;
			if (entry) settled.add(entry);
			const tried = failed.find(({ claims = [] }) => claims.includes(hash));
			lines[place] = entry ? judge(line, entry, unitsOf) : unpaid(line, paid.length > 0, places[0] as number, tried);
		}
	}
	return { lines, inNoLine: payments.filter((entry) => !settled.has(entry)) };
}

/** For each line the payment that settles it: exact ones first, then those to the same recipient, then in order. */
function pair(lines: readonly RegisterLine[], paid: readonly Entry[], unitsOf: Units): (Entry | undefined)[] {
	const left = [...paid];
	const found: (Entry | undefined)[] = lines.map(() => undefined);
	const fits: ((line: RegisterLine, entry: Entry) => boolean)[] = [
		(line, entry) => differences(line, entry, unitsOf).length === 0,
		(line, entry) => line.recipient === entry.party && (line.asset ?? entry.asset) === entry.asset,
		(line, entry) => line.recipient === entry.party,
		() => true,
	];
	for (const isFit of fits) {
		for (const [place, line] of lines.entries()) {
			if (found[place]) continue;
			const index = left.findIndex((entry) => isFit(line, entry));
			if (index >= 0) [found[place]] = left.splice(index, 1);
		}
	}
	return found;
}

function judge(line: RegisterLine, entry: Entry, unitsOf: Units): JudgedLine {
	const how = differences(line, entry, unitsOf);
	if (how.length === 0) return { line, status: 'paidExactly', entry };
	if (entry.out === 0n && entry.arrival === 'notTransferred') {
		const note = 'The operation was carried out and the reference used up, but the token moved nothing.';
		return { line, status: 'notPaid', how: note, entry };
	}
	return { line, status: 'paidDifferently', how: `${how.join('; ')}.`, entry };
}

/** How a payment differs from its line, in words; empty when it doesn't. */
function differences(line: RegisterLine, { asset = NATIVE, out, party, meant }: Entry, unitsOf: Units): string[] {
	const { symbol, decimals } = unitsOf(asset);
	const said: string[] = [];
	if (party !== line.recipient) said.push(`Paid to ${party}, not to ${line.recipient}`);
	if (line.asset !== undefined && line.asset !== asset) {
		said.push(`Paid ${formatAmount(out, decimals)} ${symbol}, not ${line.amount} ${unitsOf(line.asset).symbol}`);
	} else if (plainDecimal(line.amount) !== formatAmount(out, decimals)) {
		const sent = meant === undefined ? '' : `, of ${formatAmount(meant, decimals)} ${symbol} that were sent`;
		said.push(`Paid ${formatAmount(out, decimals)} ${symbol}${sent}, not ${line.amount}`);
	}
	return said;
}

/** The same figure in the fewest digits: `3200.00` is `3200`. */
function plainDecimal(text: string): string {
	const [whole = '', fraction = ''] = text.split('.');
	const [digits, rest] = [whole.replace(/^0+(?=\d)/, ''), fraction.replace(/0+$/, '')];
	return rest ? `${digits}.${rest}` : digits;
}

function unpaid(line: RegisterLine, isUsedUp: boolean, first: number, tried: Entry | undefined): JudgedLine {
	if (isUsedUp) {
		const how = `What was paid under this reference settles line ${first + 1}, or another one with the same reference: a reference is paid once.`;
		return { line, status: 'notPaid', how };
	}
	const how = tried && 'It was tried in this period, and the operation failed: nothing was paid.';
	return { line, status: 'notPaid', ...(how && { how }) };
}
