import * as fc from 'fast-check';
import { asText, toCsv } from '../../../core/statement/toCsv';
import type { Row } from '../../../core/statement/toRows';
import { row } from './rows';

/** Reads RFC 4180, written for this test alone. */
function parseCsv(text: string): string[][] {
	const rows: string[][] = [[]];
	let cell = '';
	let isQuoted = false;
	for (let at = 0; at < text.length; at++) {
		const sign = text[at] as string;
		if (isQuoted) {
			if (sign !== '"') cell += sign;
			else if (text[at + 1] === '"') cell += text[++at];
			else isQuoted = false;
		} else if (sign === '"') isQuoted = true;
		else if (sign === ',' || sign === '\n') {
			rows.at(-1)?.push(cell.replace(/\r$/, ''));
			cell = '';
			if (sign === '\n') rows.push([]);
		} else cell += sign;
	}
	return rows.slice(0, -1);
}

function readBack(rows: readonly Row[]): Record<string, string>[] {
	const csv = toCsv(rows);
	expect(csv.startsWith('\ufeff')).toBe(true);
	const [names = [], ...lines] = parseCsv(csv.slice(1));
	return lines.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])));
}

it('a reader gets back every cell, with an apostrophe where a spreadsheet would misread it', () => {
	const texts = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\r/g, ''));
	fc.assert(
		fc.property(fc.array(fc.tuple(texts, texts), { minLength: 1, maxLength: 5 }), (pairs) => {
			const rows = pairs.map(([reference, note]) => row({ reference, note }));
			const back = readBack(rows);
			expect(back.map(({ reference, note }) => [reference, note])).toEqual(
				pairs.map(([reference, note]) => [asText(reference), asText(note)]),
			);
		}),
	);
});

it.each(['=1+1', '+1', '-2', '@SUM(A1)', '\t=1', '  =cmd|"/c calc"!A1', '＝1+1', '|x', '%0A=1'])(
	'no formula comes out of %j',
	(text) => expect(readBack([row({ reference: text })])[0]?.reference).toBe(`'${text}`),
);

it.each([
	'2026-11',
	'00123',
	'1e5',
	'3.5',
	'1/2',
	'12:30',
	'Nov 2026',
	'nov-26',
	'1 Mai',
	'MARCH1',
	'true',
	'100 %',
	'$5',
])('%j stays text', (text) => expect(asText(text)).toBe(`'${text}`));

it.each([
	'salary/2026-11/anna',
	'invoice 12',
	'0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
	'0x1234567890123456789012345678901234567890',
	'Anna Berg',
	'Paid 2.25 USDC, not 2.50.',
	'',
])('%j is left as it is', (text) => expect(asText(text)).toBe(text));

it('figures are plain decimal text that a spreadsheet adds up', () => {
	const [first] = readBack([row({ in: '1234567.5', gas: '0.000257693000000001', time: '2026-11-28T17:09:50.000Z' })]);
	expect(first).toMatchObject({ in: '1234567.5', gas: '0.000257693000000001', time: '2026-11-28T17:09:50.000Z' });
});
