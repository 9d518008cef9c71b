import fc from 'fast-check';
import { InputError } from '../../../core/errors';
import { parseReference } from '../../../core/input/reference';

/** Texts that are a reference as they stand. */
const reference = fc
	.stringMatching(/^[a-z0-9äöüéñ中]{1,20}([/ -][a-z0-9äöüéñ中]{1,20}){0,3}$/)
	.filter((text) => !/undefined|null|true|false|none|nil|e\d/i.test(text));

/** What expressions, sheets, databases and dates write where there is no value. */
const NO_VALUES = [
	'undefined',
	'null',
	'NULL',
	'NaN',
	'Infinity',
	'Invalid DateTime',
	'Invalid Date',
	'[object Object]',
	'[object Undefined]',
	'[undefined]',
	'N/A',
	'#N/A',
	'#n/a',
	'#REF!',
	'#VALUE!',
	'#NAME?',
	'#DIV/0!',
	'#NUM!',
	'#NULL!',
	'#ERROR!',
	'#WERT!',
	'#¡REF!',
	'{{ $json.month }}',
	'{}',
	'$json.month',
	'1e+21',
	'1.23E+15',
	// Other libraries', languages' and databases' words for the same.
	'Invalid date',
	'Invalid time value',
	'0NaN-aN-aN',
	'None',
	'NaT',
	'n/a',
	'[object Promise]',
	'[Promise: pending]',
	'TypeError: x is not a function',
	'#¿NOMBRE?',
	'#BEZUG!',
	'#NV',
	'#Н/Д',
	'#N/B',
	'#I/T',
	'#YOK',
	'#DĚLENÍ_NULOU!',
	'########',
	'Err:502',
	'4,71E+11',
	'1,23457E+15',
	'1970-01-01',
	'0000-00-00',
	'1899-12-30',
	'00000000-0000-0000-0000-000000000000',
	'ｕｎｄｅｆｉｎｅｄ',
	// Expressions, placeholders and formats of dates that nobody worked out.
	'$name',
	'%s',
	'%id%',
	'<% x %>',
	'[[month]]',
	'<month>',
	'<no value>',
	'() => x',
	'YYYY-11',
	'yyyyMM',
	'2026-11-DD',
];

describe('a payment reference', () => {
	it('is the same with spaces around it, with any spaces inside, and in whatever Unicode form', () => {
		const space = fc.stringMatching(/^[ \u00a0\u2003\u202f\u3000]{1,3}$/);
		fc.assert(
			fc.property(reference, fc.constantFrom('NFC', 'NFD'), space, (text, form, spaces) => {
				const written = ` ${text.normalize(form).replaceAll(' ', spaces)}\t`;
				expect(parseReference(written)).toBe(text.normalize('NFC'));
				expect(parseReference(parseReference(written))).toBe(text.normalize('NFC'));
			}),
		);
	});

	it.each([
		['invoice/Annull-3', 'invoice/Annull-3'],
		['salary/2026-11/Null', 'salary/2026-11/Null'],
		['Nan Undefinedson', 'Nan Undefinedson'],
		['true-up/2026-11', 'true-up/2026-11'],
		['plan/a', 'plan/a'],
		['invoice/#4711', 'invoice/#4711'],
		['uuid/550e8400-e29b-411e-4466-446655440000', 'uuid/550e8400-e29b-411e-4466-446655440000'],
		['https://shop.example/orders/4711', 'https://shop.example/orders/4711'],
		['Müller & Söhne: rent 2026-11', 'Müller & Söhne: rent 2026-11'],
		['party/👩‍🚀/❤️/1️⃣/🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'party/👩‍🚀/❤️/1️⃣/🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
		['nil return 2026', 'nil return 2026'],
		['false-alarm/2026', 'false-alarm/2026'],
		['zerialize-nullarbor/1', 'zerialize-nullarbor/1'],
		['<abc@mail.example.com>', '<abc@mail.example.com>'],
		['A$AP/100%/5µm', 'A$AP/100%/5µm'],
		['#payment! 3', '#payment! 3'],
		['зарплата/2026-11/анна', 'зарплата/2026-11/анна'],
		['給料/2026年11月', '給料/2026年11月'],
		['2026-11-28T12:31:52.123Z', '2026-11-28T12:31:52.123Z'],
		['0x00ab00000000000000000000000000000000', '0x00ab00000000000000000000000000000000'],
		[4711, '4711'],
		[9_007_199_254_740_991, '9007199254740991'],
		['9007199254740993', '9007199254740993'],
		['🦊'.repeat(200), '🦊'.repeat(200)],
	])('%p is read as it is meant', (given, expected) => {
		expect(parseReference(given)).toBe(expected);
	});

	it('differs by case', () => {
		expect(parseReference('Salary/Anna')).not.toBe(parseReference('salary/anna'));
	});

	it('is refused wherever a part of it was missing when a workflow put it together', () => {
		const separator = fc.constantFrom('/', '-', '_', ':', ' ', '|', '.', ', ');
		const parts = fc.array(reference, { maxLength: 2 });
		fc.assert(
			fc.property(parts, fc.constantFrom(...NO_VALUES), parts, separator, (before, none, behind, between) => {
				expect(() => parseReference([...before, none, ...behind].join(between))).toThrow(InputError);
			}),
		);
	});

	it.each([
		'INVundefined',
		'undefined2027',
		'INVnull',
		'2026null',
		'INVNaN',
		'INV-None',
		'salary-nil',
		'salary/nan',
		'INV-false',
		'salary_True',
		'salary/FALSCH/anna',
		'salary/1970-01/anna',
		'salary/?',
		'salary/…/anna',
		'salary/“”',
		'pay/(null)',
		'pay/(blank)',
		'=A1&B1',
	])('%j is refused: something in it is not there', (given) => {
		expect(() => parseReference(given)).toThrow(
			expect.objectContaining({ message: expect.stringMatching(/a part of it was missing|was not worked out/) }),
		);
	});

	it.each([
		['salary/２０２６－１１／ａｎｎａ', 'salary/2026-11/anna'],
		['salary/2026–11/anna', 'salary/2026-11/anna'],
		['salary/2026\u201111/anna', 'salary/2026-11/anna'],
		['salary/2026\u221211/anna', 'salary/2026-11/anna'],
		['O’Brien', "O'Brien"],
		['“rent”', '"rent"'],
		['ﬁx', 'fix'],
		['ｶﾞ', 'ガ'],
	])('%j is %j: other signs for the same make no other payment', (given, same) => {
		expect(parseReference(given)).toBe(same);
	});

	it.each(['salary/\u0430nna', 'invoice/\u0391BC', '\u0421ase 3'])(
		'%j is refused: letters of two alphabets in one word look like another',
		(given) => {
			expect(() => parseReference(given)).toThrow(/mixes letters of two alphabets/);
		},
	);

	it('is refused as a whole number with a fraction of nothing, as sheets write it', () => {
		for (const given of ['4711.0', '4711,00']) expect(() => parseReference(given)).toThrow(/a fraction of nothing/);
	});

	it('is refused with a separator at either end, or with nothing between two of them', () => {
		const separator = fc.constantFrom('/', '-', '_', ':', ',', ';', '.', '|', '–', '\\');
		fc.assert(
			fc.property(reference, separator, separator, reference, (a, one, other, b) => {
				for (const text of [
					`${a}${one}`,
					`${one}${a}`,
					`${a}${one}${other}${b}`,
					`${a}${one} ${other}${b}`,
					`${a} #`,
				]) {
					expect(() => parseReference(text)).toThrow(/a part of it was missing/);
				}
			}),
		);
	});

	it.each([
		['anna\u200b', 'U+200B zero width space'],
		['an\u00adna', 'U+00AD soft hyphen'],
		['an\u202ena', 'U+202E right-to-left override'],
		['\u2066anna', 'U+2066 left-to-right isolate'],
		['an\ufe0fna', 'U+FE0F variation selector-16'],
		['an\u200dna', 'U+200D zero width joiner'],
		['an\u3164na', 'U+3164 Hangul filler'],
		['an\u115fna', 'U+115F'],
		['an\u{e0061}na', 'U+E0061'],
		['anna\ud800x', 'U+D800'],
		['M\ufffdller', 'U+FFFD replacement character'],
		['a\ue000b', 'U+E000'],
		['a\uffffb', 'U+FFFF'],
		['a\nb', 'U+000A line break'],
		['a\tb', 'U+0009 tab'],
		['a\u0000b', 'U+0000'],
		['a\u2028b', 'U+2028 line separator'],
	])('%j holds a character that nobody sees, which is named', (given, name) => {
		expect(() => parseReference(given)).toThrow(
			expect.objectContaining({ name: 'InputError', message: expect.stringContaining(name) }),
		);
	});

	it.each([
		'',
		'   ',
		undefined,
		null,
		{},
		[],
		['a'],
		true,
		false,
		NaN,
		Infinity,
		1e21,
		0.1 + 0.2,
		12.5,
		9_007_199_254_740_992,
		5n,
		'1e21',
		'salary/false/anna',
		'salary/None',
		'x'.repeat(201),
		'x'.repeat(1_000_000),
	])('%p is none', (given) => {
		expect(() => parseReference(given, 'Batch Reference')).toThrow(
			expect.objectContaining({
				name: 'InputError',
				field: 'Batch Reference',
				message: expect.stringMatching(/^"Batch Reference" [^]{5,300}$/),
				remedy: expect.stringMatching(/\S/),
			}),
		);
	});
});
