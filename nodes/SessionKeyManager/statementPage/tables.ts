import type { AssetSum } from '../../../core/statement/close';
import type { Units } from '../../../core/statement/reconcile';
import type { Row } from '../../../core/statement/toRows';
import { KIND_WORDS } from '../../../core/statement/words';
import { formatAmount } from '../../../core/amounts';
import { grouped } from '../../../core/text/format';
import { html, type Html } from '../../shared/approvalPage/html';

const REGISTER_WORDS: Readonly<Record<string, string>> = {
	paidExactly: 'Paid exactly',
	paidDifferently: 'Paid differently',
	pending: 'Pending',
	notPaid: 'Not paid',
	inNoLine: 'In no line of the register',
};

/** A table in a box of its own, which scrolls where it is wider than a phone, by keyboard too. */
function table(caption: string, headings: readonly [string, boolean][], body: Html[]): Html {
	const heads = headings.map(
		([name, isFigure]) => html`<th scope="col" class="${isFigure ? 'figure' : ''}">${name}</th>`,
	);
	return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
		<table>
			<thead>
				<tr>
					${heads}
				</tr>
			</thead>
			<tbody>
				${body}
			</tbody>
		</table>
	</div>`;
}

/** What each asset began with, what came and went, and what it ended with. */
export function sumTable(sums: readonly AssetSum[], unitsOf: Units): Html {
	const cell = (amount: bigint | undefined, decimals: number) =>
		html`<td class="figure">${amount === undefined ? 'not known' : grouped(formatAmount(amount, decimals))}</td>`;
	const body = sums.map((sum) => {
		const { symbol, decimals } = unitsOf(sum.asset);
		const cells = [sum.opening, sum.in, sum.out, sum.gas, sum.closing].map((amount) => cell(amount, decimals));
		return html`<tr>
			<th scope="row">${symbol}</th>
			${cells}
		</tr>`;
	});
	const headings: [string, boolean][] = [
		['Asset', false],
		['Opening', true],
		['In', true],
		['Out', true],
		['Gas', true],
		['Closing', true],
	];
	return table('Balances', headings, body);
}

/** What became of each line of a register, and the payments in no line. */
export function registerTable(rows: readonly Row[]): Html {
	const body = rows.map(
		({ register, reference, payee, address, note, out, token }) =>
			html`<tr>
				<th scope="row">${REGISTER_WORDS[register] ?? register}</th>
				<td class="what">
					${reference || 'Without a reference'}<small>${payee || address}</small><small>${note}</small>
				</td>
				<td class="figure">${out && `${grouped(out)} ${token}`}</td>
			</tr>`,
	);
	return table(
		'Register',
		[
			['Status', false],
			['Line', false],
			['Paid', true],
		],
		body,
	);
}

/** Every entry in order. */
export function entryTable(rows: readonly Row[], nativeSymbol: string, account: string): Html {
	const body = rows.map(
		(row) =>
			html`<tr>
				<td class="when">${whenOf(row)}</td>
				<td class="what">${whatOf(row, nativeSymbol, account)}</td>
				<td class="figure">${amountOf(row)}</td>
			</tr>`,
	);
	const headings: [string, boolean][] = [
		['When', false],
		['What', false],
		['In (+) or out (−)', true],
	];
	return table('Entries', headings, body);
}

function amountOf({ in: received, out, token }: Row): string {
	if (received) return `+${grouped(received)} ${token}`;
	return out && out !== '0' ? `−${grouped(out)} ${token}` : '';
}

function whenOf({ localTime }: Row): string {
	return localTime.replace(/ \(.*\)$/, '').replace(' at ', ', ') || 'In the period';
}

function whatOf(row: Row, nativeSymbol: string, account: string): Html {
	const { kind, reference, payee, address, gas, gasPaidBy, note, link, transaction, register } = row;
	const name = KIND_WORDS[kind as keyof typeof KIND_WORDS] ?? kind;
	const title = reference || name;
	const head = link ? html`<a href="${link}" rel="noreferrer">${title}</a>` : html`${title}`;
	const party = payee ? `${payee} (${address})` : address;
	const payer = gasPaidBy === account ? 'the account' : gasPaidBy;
	const details = [
		reference ? name : '',
		party && `${row.in ? 'from' : 'to'} ${party}`,
		register && `Register: ${(REGISTER_WORDS[register] ?? register).toLowerCase()}`,
		note,
		gas && `Gas: ${gas} ${nativeSymbol}, paid by ${payer}`,
		link ? '' : transaction && `Transaction ${transaction}`,
	].filter(Boolean);
	return html`${head}${details.map((text) => html`<small>${text}</small>`)}`;
}
