import { formatAmount } from '../amounts';
import { NATIVE } from '../input/token';
import { NATIVE_DECIMALS, transactionUrl, type Network } from '../networks';
import { nameOf, type Payee } from '../paymentRules/payees';
import { hashReference } from '../registry/referenceRegistry';
import { showLocalTime } from '../text/localTime';
import type { Asset } from './asset';
import type { AssetSum } from './close';
import type { Entry, EntryKind } from './entries';
import { fiatCents, type Rate } from './rates';
import type { JudgedLine, LineStatus, Reconciled, Units } from './reconcile';
import type { Statement } from './readStatement';
import { entryNote, sumSentence } from './words';

/** What a row is: an entry, a line of the register that no payment settles, or a balance. */
type RowKind = EntryKind | 'opening' | 'closing' | 'registerLine';

/** One row of a statement. Amounts are exact decimal text; what doesn't apply is empty, so that every row has the same columns. */
export interface Row {
	/** ISO 8601, and by the workflow's clock. */
	time: string;
	localTime: string;
	kind: RowKind;
	reference: string;
	/** The name of whom it went to, or came from. */
	payee: string;
	address: string;
	in: string;
	out: string;
	token: string;
	/** Of the rows `opening` and `closing`. */
	balance: string;
	/**
	 * Of the rows `closing`: whether opening + in - out - gas is the balance by what the chain lists (`agrees`), or only with what
	 * the difference of the balances tells (`byDifference`); `notKnown` where the endpoint lacks a balance.
	 */
	sum: 'agrees' | 'byDifference' | 'notKnown' | '';
	/** In the chain's own money, at the first row of each operation. */
	gas: string;
	gasPaidBy: string;
	/** What in or out is worth, to the cent. */
	fiat: string;
	currency: string;
	/** What became of the line of the register; `inNoLine` where a payment stands in none. Empty without a register. */
	register: LineStatus | 'inNoLine' | '';
	note: string;
	transaction: string;
	link: string;
	keyAddress: string;
	tokenAddress: string;
	userOperationHash: string;
}

/** What rows are made with. */
export interface RowOptions {
	network: Network;
	payees: readonly Payee[];
	rates: readonly Rate[];
	/** References whose hashes are recognised. */
	references: readonly string[];
	reconciled?: Reconciled;
}

/** A row with nothing in it. */
export const EMPTY_ROW: Row = {
	time: '',
	localTime: '',
	kind: 'payment',
	reference: '',
	payee: '',
	address: '',
	in: '',
	out: '',
	token: '',
	balance: '',
	sum: '',
	gas: '',
	gasPaidBy: '',
	fiat: '',
	currency: '',
	register: '',
	note: '',
	transaction: '',
	link: '',
	keyAddress: '',
	tokenAddress: '',
	userOperationHash: '',
};

/** A statement as flat rows: the balances before, the entries, lines of the register that were not paid, the balances after. */
export function toRows(statement: Statement, options: RowOptions): Row[] {
	const { entries, sums, period, closing, isOver, hasAllLogs } = statement;
	const { reconciled } = options;
	const unitsOf = unitsIn(statement, options.network);
	const texts = new Map(options.references.map((text) => [hashReference(text), text]));
	const timed = (unix: number | undefined) => timesOf(unix, period.timeZone);
	const balance =
		(kind: 'opening' | 'closing', time: number) =>
		(sum: AssetSum): Row => {
			const amount = sum[kind];
			return {
				...EMPTY_ROW,
				...timed(time),
				kind,
				...assetOf(sum.asset, unitsOf),
				balance: amount === undefined ? '' : formatAmount(amount, unitsOf(sum.asset).decimals),
				...(kind === 'closing' && { sum: verdictOf(sum), note: sumSentence(sum, unitsOf, hasAllLogs) }),
			};
		};
	const judged = new Map((reconciled?.lines ?? []).flatMap((one) => (one.entry ? [[one.entry, one] as const] : [])));
	const inNoLine = new Set(reconciled?.inNoLine);
	const ofEntries = entries.map((entry) => {
		const one = judged.get(entry);
		const note = [one?.how, entryNote(entry, unitsOf, hasAllLogs)].filter(Boolean).join(' ');
		const register = one?.status ?? (inNoLine.has(entry) ? 'inNoLine' : '');
		return { ...entryRow(entry, unitsOf, options, texts), ...timed(entry.time), register, note } satisfies Row;
	});
	const unpaid = (reconciled?.lines ?? []).filter(({ entry }) => !entry).map((one) => lineRow(one, unitsOf, options));
	return [
		...sums.map(balance('opening', period.from)),
		...ofEntries,
		...unpaid,
		...sums.map(balance('closing', isOver ? period.to : closing.time)),
	];
}

/** What the assets of a statement are called, and how many decimals they have. */
export function unitsIn({ infos }: Statement, { nativeSymbol }: Network): Units {
	return (asset) => {
		if (asset === NATIVE) return { symbol: nativeSymbol, decimals: NATIVE_DECIMALS };
		const { symbol, decimals } = infos[asset]?.token ?? { symbol: 'base units', decimals: 0 };
		return { symbol, decimals };
	};
}

function verdictOf({ left, unlistedIn, unlistedOut }: AssetSum): Row['sum'] {
	if (left === undefined) return 'notKnown';
	return left === 0n && unlistedIn === 0n && unlistedOut === 0n ? 'agrees' : 'byDifference';
}

function timesOf(unix: number | undefined, timeZone: string): Pick<Row, 'time' | 'localTime'> {
	if (unix === undefined) return { time: '', localTime: '' };
	return { time: new Date(unix * 1000).toISOString(), localTime: `${showLocalTime(unix, timeZone)} (${timeZone})` };
}

function assetOf(asset: Asset, unitsOf: Units): Pick<Row, 'token' | 'tokenAddress'> {
	return { token: unitsOf(asset).symbol, tokenAddress: asset === NATIVE ? '' : asset };
}

function entryRow(
	entry: Entry,
	unitsOf: Units,
	{ network, payees, rates }: RowOptions,
	texts: ReadonlyMap<string, string>,
): Row {
	const { kind, asset, in: received, out, party = '', claims: [hash] = [], reference } = entry;
	const { transactionHash = '', userOperationHash = '', key = '', gas, gasPaidBy = '' } = entry;
	const isMoved = asset !== undefined && received + out > 0n;
	const decimals = asset === undefined ? 0 : unitsOf(asset).decimals;
	const show = (amount: bigint) => (amount > 0n ? formatAmount(amount, decimals) : '');
	return {
		...EMPTY_ROW,
		kind,
		reference: hash === undefined ? '' : (texts.get(hash) ?? reference ?? hash),
		payee: nameOf(payees, party) ?? '',
		address: party,
		in: show(received),
		out: kind === 'payment' ? formatAmount(out, decimals) : show(out),
		...(asset !== undefined && assetOf(asset, unitsOf)),
		...(gas !== undefined && { gas: formatAmount(gas, NATIVE_DECIMALS), gasPaidBy }),
		...(isMoved && fiatOf(received + out, asset, unitsOf, rates)),
		transaction: transactionHash,
		link: (transactionHash && transactionUrl(network, transactionHash)) || '',
		keyAddress: key,
		userOperationHash,
	};
}

function fiatOf(amount: bigint, asset: Asset, unitsOf: Units, rates: readonly Rate[]): Partial<Row> {
	const { symbol, decimals } = unitsOf(asset);
	const rate = rates.find((one) => one.symbol.toLowerCase() === symbol.toLowerCase());
	if (!rate) return {};
	const [whole, cents = ''] = formatAmount(fiatCents(amount, decimals, rate), 2).split('.');
	return { fiat: `${whole}.${cents.padEnd(2, '0')}`, currency: rate.currency };
}

/** A line that no payment settles. What was to be paid stands in the note: columns of money hold only what moved. */
function lineRow({ line, status, how }: JudgedLine, unitsOf: Units, { payees }: RowOptions): Row {
	const { reference, recipient, amount, asset, userOperationHash = '' } = line;
	const unit = asset === undefined ? '' : ` ${unitsOf(asset).symbol}`;
	return {
		...EMPTY_ROW,
		kind: 'registerLine',
		reference,
		payee: nameOf(payees, recipient) ?? '',
		address: recipient,
		...(asset !== undefined && assetOf(asset, unitsOf)),
		register: status,
		note: [`To be paid: ${amount}${unit}.`, how].filter(Boolean).join(' '),
		userOperationHash,
	};
}
