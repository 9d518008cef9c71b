import type { Row } from './toRows';

/** Columns that are figures and times of our own; all others hold text. */
const FIGURES: ReadonlySet<keyof Row> = new Set<keyof Row>(['time', 'in', 'out', 'balance', 'gas', 'fiat']);

/**
 * A statement as CSV (RFC 4180) that a spreadsheet reads as meant: figures with a decimal point, and text with an apostrophe
 * before it where a spreadsheet would make a formula, a number, a date or a truth value of it. In UTF-8 with the mark by which
 * spreadsheets know that.
 *
 * Written by hand: quoting is one rule, and which text is misread, no library knows.
 */
export function toCsv(rows: readonly Row[]): string {
	const [first] = rows;
	if (!first) return '';
	const columns = Object.keys(first) as (keyof Row)[];
	const lines = rows.map((row) => columns.map((name) => cell(FIGURES.has(name) ? row[name] : asText(row[name]))));
	return `\ufeff${[columns, ...lines].map((cells) => `${cells.join(',')}\r\n`).join('')}`;
}

function cell(text: string): string {
	return /[",\r\n\t;']/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** Text as a spreadsheet leaves it alone. */
export function asText(text: string): string {
	return MISREAD.some((pattern) => pattern.test(text)) ? `'${text}` : text;
}

/** The first letters of months in the languages that spreadsheets mostly speak. */
const MONTH =
	'(?:jan|ene|gen|feb|fev|fév|mar|mär|mrt|apr|avr|abr|mai|may|maj|mag|mei|jun|jui|giu|jul|lug|aug|aoû|ago|sep|set|oct|okt|ott|out|nov|dec|dez|déc|dic)';

/** What spreadsheets take for something else than text. */
const MISREAD: readonly RegExp[] = [
	// A formula (OWASP, CSV injection), also in wide characters.
	/^[\s\p{C}]*[=+\-@＝＋－＠|%]/u,
	/^[\t\r\n]/,
	// A number, a date or a time: digits with what may stand between and beside them.
	/^(?!0x)[\s\d.,:/\-+()%$€£¥']*\d[\s\d.,:/\-+()%$€£¥'eEtTzZ]*(?:[ap]\.?m\.?)?$/i,
	new RegExp(`^\\s*${MONTH}\\p{L}{0,7}[\\s.,/-]*\\d{1,4}([\\s.,/-]+\\d{1,4})?\\s*$`, 'iu'),
	new RegExp(`^\\s*\\d{1,4}[\\s.,/-]*${MONTH}\\p{L}{0,7}\\.?([\\s.,/-]*\\d{1,4})?\\s*$`, 'iu'),
	/^\s*(?:true|false|wahr|falsch|vrai|faux|verdadero|falso|vero|waar|onwaar)\s*$/i,
];
