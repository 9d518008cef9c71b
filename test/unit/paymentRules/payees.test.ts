import { getAddress } from 'viem';
import fc from 'fast-check';
import { InputError } from '../../../core/errors';
import { changedPayees, nameOf, parsePayees, payeeNamed, splitPayee } from '../../../core/paymentRules/payees';
import { processorTime } from '../../support/processorTime';

const ANNA = getAddress('0x849668c7b26b5bd2b62a8e9f7fbd8e6c3c2501ca');
const BEN = getAddress('0x952222290dd7278aa3ddd389cc1e1d165cc4bafe');
const FIELD = 'Payees';

const refusalOf = (text: unknown): InputError => {
	try {
		parsePayees(text, FIELD);
	} catch (error) {
		if (error instanceof InputError) return error;
		throw error;
	}
	throw new Error('it was read');
};

describe('a list of payees', () => {
	test.each([
		['with commas', `Anna Berg, ${ANNA}\nBen, ${BEN}`],
		['with semicolons', `Anna Berg;${ANNA}\nBen;${BEN}`],
		['with colons', `Anna Berg: ${ANNA}\nBen: ${BEN}`],
		['from a sheet, with tabs', `Anna Berg\t${ANNA}\r\nBen\t${BEN}\r\n`],
		['with spaces only', `Anna Berg ${ANNA}\nBen   ${BEN}`],
		['as CSV with quotation marks', `"Anna Berg","${ANNA}"\n"Ben","${BEN}"`],
		['with empty columns and lines', `\n  Anna Berg, ${ANNA},,\n\n Ben\t${BEN}\t\t\n`],
		['in small letters', `Anna Berg, ${ANNA.toLowerCase()}\nBen, ${BEN.toLowerCase()}`],
		['with a line twice', `Anna Berg, ${ANNA}\nBen, ${BEN}\nanna  berg, ${ANNA}`],
	])('%s', (_, text) => {
		expect(parsePayees(text, FIELD)).toEqual([
			{ name: 'Anna Berg', address: ANNA },
			{ name: 'Ben', address: BEN },
		]);
	});

	test('a name may hold a comma', () => {
		expect(parsePayees(`"Berg, Anna", ${ANNA}\nMayer, Ben, ${BEN}`, FIELD)).toEqual([
			{ name: 'Berg, Anna', address: ANNA },
			{ name: 'Mayer, Ben', address: BEN },
		]);
	});

	test('nothing at all is an empty list', () => {
		expect(parsePayees(' \n\n', FIELD)).toEqual([]);
	});

	test.each([
		['no address', `Anna, ${ANNA}\nBen`, 'Line 2 of "Payees" is "Ben", not a name and an address'],
		['no name', `, ${ANNA}`, 'Line 1 of "Payees" has an address and no name'],
		['an address alone', ANNA, 'Line 1 of "Payees" is "0x849'],
		['two addresses in a line', `${BEN}, ${ANNA}`, 'Line 1 of "Payees" has an address where its name should be'],
		['a checksum that fails', `Anna, ${ANNA.replace('849', '848')}`, 'whose checksum fails'],
		['an address without 0x', `Anna, ${ANNA.slice(2)}`, 'not an address'],
		['an address with a digit too few', `Anna, ${ANNA.slice(0, -1)}`, 'not an address'],
		['a name service', 'Anna, anna.eth', 'not a name and an address'],
		['a burn address', 'Anna, 0x000000000000000000000000000000000000dEaD', 'an address that nobody owns'],
		['the zero address', `Anna, 0x${'0'.repeat(40)}`, 'an address that nobody owns'],
		['an unseen character', `An\u200bna, ${ANNA}`, 'U+200B zero width space'],
		[
			'a name with two addresses',
			`Anna, ${ANNA}\nBen, 0x${'a1'.repeat(20)}\nanna, ${BEN}`,
			`Line 3 of "Payees" gives "anna" the address ${BEN}, and a line before it ${ANNA}`,
		],
		['an address with two names', `Anna, ${ANNA}\nBen, ${ANNA}`, 'which a line before it gives "Anna"'],
		['no text', 12, 'not a list of payees'],
		['nothing from an expression', null, 'not a list of payees'],
	])('%s is refused', (_, text, message) => {
		const refusal = refusalOf(text);
		expect(refusal.message).toContain(message);
		expect(refusal.field).toBe(FIELD);
	});

	test('a private key in it is not repeated', () => {
		const key = 'a7'.repeat(32);
		expect(refusalOf(`Anna, 0x${key}`).message).not.toContain(key);
		expect(refusalOf(`0x${key}`).message).not.toContain(key);
	});
});

describe('a name', () => {
	const payees = parsePayees(`Anna Berg, ${ANNA}\nBen Mayer, ${BEN}`, FIELD);

	test.each(['Anna Berg', ' anna  BERG ', 'Anna\u00a0Berg'])('%j is found', (name) => {
		expect(payeeNamed(payees, name, 'Recipient')).toEqual({ name: 'Anna Berg', address: ANNA });
	});

	test.each([
		['Ana Berg', 'Payees with such a name: Anna Berg.'],
		['Anna', 'Payees with such a name: Anna Berg.'],
		['Mayer, Ben', 'Give the name as it stands'],
		['Zoe', 'Give the name as it stands'],
	])('%s is refused, with names that are close', (name, remedy) => {
		expect(() => payeeNamed(payees, name, 'Recipient')).toThrow(
			`"Recipient" is "${name}", which is not the name of a payee in the Agent Session Key API credential`,
		);
		try {
			payeeNamed(payees, name, 'Recipient');
		} catch (error) {
			expect((error as InputError).remedy).toContain(remedy);
		}
	});

	test('without a list no name is known', () => {
		expect(() => payeeNamed([], 'Anna', 'Recipient')).toThrow('has no Payees');
	});

	test('of an address', () => {
		expect(nameOf(payees, ANNA.toLowerCase())).toBe('Anna Berg');
		expect(nameOf(payees, `0x${'a1'.repeat(20)}`)).toBeUndefined();
	});
});

test('a changed address of a known name is told, and nothing else', () => {
	const payees = parsePayees(`Anna, ${ANNA}\nBen, ${BEN}`, FIELD);
	const before = getAddress(`0x${'a1'.repeat(20)}`);
	expect(changedPayees(payees, [{ name: 'anna', address: before }])).toEqual([{ name: 'Anna', address: ANNA, before }]);
	expect(changedPayees(payees, [{ name: 'Ben', address: BEN }])).toEqual([]);
	expect(changedPayees(payees, [{ name: 'Zoe', address: before }])).toEqual([]);
});

test('text of megabytes is refused at once', () => {
	const payees = parsePayees(`Anna, ${ANNA}`, FIELD);
	for (const text of [','.repeat(2e6) + 'x', ' '.repeat(2e6) + 'x', 'Anna' + ' '.repeat(2e6) + 'x', 'a'.repeat(2e6)]) {
		const spent = processorTime(() => {
			expect(splitPayee(text)).toBeUndefined();
			expect(() => payeeNamed(payees, text, 'Recipient')).toThrow('not the name of a payee');
		});
		expect(spent).toBeLessThan(2_000);
	}
});

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => {
	const hex = [0xb1, ...bytes.slice(1)].map((one) => one.toString(16).padStart(2, '0')).join('');
	return getAddress(`0x${hex}`);
});
const word = fc.stringMatching(/^[A-Za-zäöüß.'-]{1,12}$/);
const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
const list = fc.uniqueArray(fc.record({ name, address }), {
	maxLength: 20,
	comparator: (a, b) => a.name.toUpperCase() === b.name.toUpperCase() || a.address === b.address,
});

test('whatever stands between them, names and addresses come out as they went in', () => {
	fc.assert(
		fc.property(list, fc.constantFrom(', ', ';', '\t', ': ', ' '), (payees, separator) => {
			// A name in quotation marks is the name between them.
			fc.pre(payees.every(({ name: one }) => !/^'.*'$|[,;:]$/.test(one)));
			const text = payees.map((one) => `${one.name}${separator}${one.address}`).join('\n');
			expect(parsePayees(text, FIELD)).toEqual(payees);
			for (const one of payees) {
				expect(splitPayee(`${one.name}${separator}${one.address}`)).toEqual(one);
				expect(payeeNamed(payees, one.name.toUpperCase(), 'Recipient')).toEqual(one);
			}
		}),
	);
});
