import fc from 'fast-check';
import { toFunctionSelector } from 'viem';
import { encodeCall } from '../../../core/functionCall';
import { functionInAbi, functionsOf, parseContractAbi, parseFunctionSignature } from '../../../core/input/abi';
import { parseAddress, parseAddresses } from '../../../core/input/address';
import { parseAmount, parseDecimal } from '../../../core/input/amount';
import { parseBoolean } from '../../../core/input/boolean';
import { parseDate, parseTimeZone } from '../../../core/input/date';
import { parseHash } from '../../../core/input/hash';
import { parseMnemonic } from '../../../core/input/mnemonic';
import { parseOption, parseOptions } from '../../../core/input/option';
import { parsePrivateKey } from '../../../core/input/privateKey';
import { parseReference } from '../../../core/input/reference';
import { parseTag } from '../../../core/input/tag';
import { parseSetting } from '../../../core/input/text';
import { parseToken } from '../../../core/input/token';
import { parseBigNumber, parseNumber, parsePercent, parseWholeNumber } from '../../../core/input/wholeNumber';
import { localTimeAt } from '../../../core/text/zonedTime';
import { processorTime } from '../../support/processorTime';
import { HOSTILE_TEXTS, WRONG_VALUES } from '../../workflow/input/values';

const ANNA = '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326';
const RENEWED = [
	{ name: 'Daily', value: 'daily' },
	{ name: 'Every 28 Days', value: 'fourWeeks' },
];
const TRANSFER = 'transfer(address to, uint256 amount)';
const item = (signature: string) => parseFunctionSignature(signature);

/** Every reader, and the field's name that its refusals say. */
const READERS: Record<string, (given: unknown) => unknown> = {
	boolean: (given) => parseBoolean(given, 'Field'),
	option: (given) => parseOption(given, 'Field', RENEWED),
	options: (given) => parseOptions(given, 'Field', RENEWED),
	'whole number': (given) => parseWholeNumber(given, 'Field', 1, 1000),
	number: (given) => parseNumber(given, 'Field', 0, 8760),
	percent: (given) => parsePercent(given, 'Field'),
	salt: (given) => parseBigNumber(given, 'Field'),
	decimal: (given) => parseDecimal(given, 'Field'),
	amount: (given) => parseAmount(given, 6, 'Field'),
	'amount of 255 decimals': (given) => parseAmount(given, 255, 'Field'),
	address: (given) => parseAddress(given, 'Field'),
	addresses: (given) => parseAddresses(given, 'Field'),
	token: (given) => parseToken(given, 'Field'),
	date: (given) => parseDate(given, 'Field', 'Europe/Berlin'),
	'time zone': (given) => parseTimeZone(given, 'Field'),
	hash: (given) => parseHash(given, 'Field'),
	reference: (given) => parseReference(given, 'Field'),
	tag: (given) => parseTag(given),
	signature: (given) => parseFunctionSignature(given, 'Field'),
	ABI: (given) => parseContractAbi(given, 'Field'),
	'function of an ABI': (given) => functionInAbi([item(TRANSFER)], given, 'Field'),
	'private key': (given) => parsePrivateKey(given, 'Field', 'in the credential'),
	mnemonic: (given) => parseMnemonic(given, 'Field', 'in the credential'),
	setting: (given) => parseSetting(given, 'Field'),
	'argument of each type': (given) => {
		const types = [
			'address',
			'bool',
			'string',
			'bytes',
			'bytes4',
			'uint8',
			'int256',
			'uint256[]',
			'bool[2]',
			'(uint256 a, string b)',
		];
		for (const type of types)
			expect(() => encodeCall(item(`f(${type} Field)`), { Field: given })).not.toThrow(TypeError);
	},
};

function outcomeOf(
	read: (given: unknown) => unknown,
	given: unknown,
): { value?: unknown; error?: Error & { remedy?: string } } {
	try {
		return { value: read(given) };
	} catch (error) {
		return { error: error as Error };
	}
}

/** A refusal says which field, what came, and what to do, in a few lines. */
function expectAnswer(read: (given: unknown) => unknown, given: unknown): void {
	const { error } = outcomeOf(read, given);
	if (!error) return;
	expect(error.name).toBe('InputError');
	expect(error.message).toMatch(/^("?(Field|Tag)|"Field)/);
	expect(error.message.length).toBeLessThan(500);
	expect(error.remedy).toMatch(/\w+ \w+.*[.)]$/s);
}

describe.each(Object.entries(READERS))('the reader of a %s', (_, read) => {
	it('takes any JSON value or refuses it in words', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (given) => expectAnswer(read, given)),
			{ numRuns: 300 },
		);
		fc.assert(
			fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (given) =>
				expectAnswer(read, given),
			),
		);
		fc.assert(fc.property(fc.string({ unit: 'binary' }), (given) => expectAnswer(read, given)));
	});

	it('takes no wrong value and no hostile text for long, or with a raw error', () => {
		for (const given of [...WRONG_VALUES, ...HOSTILE_TEXTS]) {
			expect(processorTime(() => expectAnswer(read, given))).toBeLessThan(2_000);
		}
	});
});

describe('what is read is what was written', () => {
	it('of yes and no, in the usual words and in any case', () => {
		const words = fc.constantFrom(
			...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
			...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
		);
		fc.assert(
			fc.property(words, fc.func(fc.boolean()), ([word, expected], isUpper) => {
				const written = [...word].map((letter, index) => (isUpper(index) ? letter.toUpperCase() : letter)).join('');
				expect(parseBoolean(` ${written} `, 'Allow Repeats')).toBe(expected);
			}),
		);
		expect([true, 1, false, 0].map((given) => parseBoolean(given, 'Allow Repeats'))).toEqual([
			true,
			true,
			false,
			false,
		]);
		for (const given of ['', null, undefined, NaN, 2, {}, [], [true], 'ja', 'yes!', 'truE false']) {
			expect(() => parseBoolean(given, 'Allow Repeats')).toThrow(/^"Allow Repeats" is .*, not true or false$/);
		}
	});

	it('of choices, by value or by the name that is shown', () => {
		for (const given of ['fourWeeks', 'FOURWEEKS', ' every 28 days '])
			expect(parseOption(given, 'Renewed', RENEWED)).toBe('fourWeeks');
		for (const given of ['yearly', 'dail', 'daily,fourWeeks', '', 0, null, {}, ['daily']]) {
			expect(() => parseOption(given, 'Renewed', RENEWED)).toThrow(
				expect.objectContaining({ remedy: 'Choose one of: Daily, Every 28 Days.' }),
			);
		}
		for (const given of [['daily', 'Daily'], 'daily', '["DAILY"]', 'Daily;\ndaily'])
			expect(parseOptions(given, 'Risks', RENEWED)).toEqual(['daily']);
		for (const given of ['dailyx', 'all but daily', ['yearly'], [null], null, undefined, {}, true])
			expect(() => parseOptions(given, 'Risks', RENEWED)).toThrow('Risks');
		expect([parseOptions([], 'Risks', RENEWED), parseOptions('', 'Risks', RENEWED)]).toEqual([[], []]);
	});

	it.each<[unknown, string]>([
		['2027-02-30', 'not a date'],
		['2027-02-30T10:00Z', 'not a date'],
		['2027-01-01T10:75', 'not a date'],
		['2027-01-01T10:75:00Z', 'not a date'],
		['2027-01-01T24:30', 'not a date'],
		['2027-01-01T10:00+19:00', 'not a date'],
		['1969-07-20', 'before 1970'],
		[46600, 'If it is the number that a sheet keeps for a date, it stands for 2027-08-01'],
		['46600.5', '2027-08-01T12:00'],
		['2027', 'If the year is meant, type its day: 2027-01-01'],
		[20270131, 'If 2027-01-31 is meant'],
		['1800000000000', 'milliseconds'],
		['2027-01-01T10:00+14:30', 'not a date'],
		['Invalid date', 'not a date'],
		['31.04.2027', 'not a date'],
		['04/05/2027', 'not a date'],
		['2027-W05', 'not a date'],
		[true, 'not a date'],
		['', 'is empty'],
		[
			{
				toISO: () => {
					throw new Error('not one');
				},
			},
			'not a date',
		],
		[{ toISO: () => null }, 'not a date'],
	])('of the date %p nothing is guessed: %s', (given, words) => {
		const { error } = outcomeOf((date) => parseDate(date, 'Valid Until', 'UTC'), given);
		expect(`${error?.message} ${error?.remedy}`).toContain(words);
	});

	it('of a night when clocks are changed is no time that they show twice or never', () => {
		const read = (given: string) => parseDate(given, 'Valid Until', 'Europe/Berlin');
		for (const given of ['2027-03-28T02:00', '2027-03-28 02:59:59']) expect(() => read(given)).toThrow(/jumps over/);
		for (const given of ['2027-10-31T02:00', '2027-10-31 02:59:59']) expect(() => read(given)).toThrow(/shows twice/);
		expect(read('2027-10-31T02:30+02:00')).toBe(Date.UTC(2027, 9, 31, 0, 30) / 1000);
		expect(read('2027-03-28T03:00')).toBe(Date.UTC(2027, 2, 28, 1) / 1000);
		// A day without its midnight begins at one.
		expect(parseDate('2027-04-30', 'Valid Until', 'Africa/Cairo')).toBe(Date.UTC(2027, 3, 29, 22) / 1000);
		fc.assert(
			fc.property(fc.integer({ min: 1.7e9, max: 2.5e9 }), (seconds) => {
				const { year, month, day, hour, minute, second } = localTimeAt(seconds, 'America/New_York');
				const two = (number: number) => String(number).padStart(2, '0');
				const text = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
				const { value, error } = outcomeOf((given) => parseDate(given, 'Since', 'America/New_York'), text);
				if (error) expect(error.message).toMatch(/shows twice/);
				else expect(value).toBe(seconds);
			}),
		);
	});

	it.each([
		['a\u200bb', 'U+200B zero width space'],
		['pay\u202eroll', 'U+202E'],
		['undefined', 'it gave nothing'],
		['#BEZUG!', 'it gave nothing'],
		['{{ $json.tag }}', 'was not worked out'],
		['[object Object]', 'it gave nothing'],
		[NaN, 'it gave nothing'],
		[1e21, 'it gave nothing'],
	])('of a tag is no %j', (given, words) => {
		const { error } = outcomeOf(parseTag, given);
		expect(`${error?.message} ${error?.remedy}`).toContain(words);
	});

	it.each([
		['0x' + 'ab'.repeat(30), 'a key of which some digits are missing'],
		['7'.repeat(76), 'a key as a number'],
		['1. test 2. test 3. test 4. test 5. test 6. test 7. test 8. test 9. test 10. junk', 'a phrase with its numbers'],
		['test, test, test, test, test, test, test, test, test, junk', 'a phrase with commas and words missing'],
	])('of %s is not shown: %s', (given) => {
		for (const read of [parseAddress, parseDecimal, parseHash, parseTag].map(
			(one) => (text: unknown) => one(text, 'F'),
		)) {
			const { error } = outcomeOf(read, given);
			expect(`${error?.message} ${error?.remedy}`).not.toMatch(/(ab){8}|7{8}|test|junk/);
		}
	});

	it('of a date is the moment that any calendar shows', () => {
		const date = fc.date({
			min: new Date('1970-01-02T00:00:00Z'),
			max: new Date('9999-12-31T00:00:00Z'),
			noInvalidDate: true,
		});
		fc.assert(
			fc.property(date, (moment) => {
				const seconds = Math.floor(moment.getTime() / 1000);
				for (const given of [
					moment,
					moment.toISOString(),
					moment
						.toISOString()
						.replace('T', ' ')
						.replace(/\.\d+Z/, '+00:00'),
				]) {
					expect(parseDate(given, 'Since', 'Asia/Tokyo')).toBe(seconds);
				}
			}),
		);
	});

	it.each<[unknown, string]>([
		[`0x${'0'.repeat(24)}${ANNA.slice(2)}`, 'zeros before it'],
		['ab'.repeat(32), 'looks like a private key'],
		[ANNA.slice(2), 'Put 0x before it'],
		[`${ANNA}\u200b`, '[U+200B zero width space]'],
		[`\u200e${ANNA}`, 'U+200E left-to-right mark, which nobody sees'],
		[ANNA.replace('a', '\u0430'), 'U+0430 (\u0430), which only looks like a plain letter'],
		[{ address: ANNA }, `is an object, {"address":"${ANNA}"}`],
		[[], 'is a list, []'],
		[7.57e47, 'set the type of its column to String (Data Table), Plain text (Google Sheets)'],
		['7.57e+47', 'set the type of its column to String (Data Table), Plain text (Google Sheets)'],
		[1.2e47, 'In JSON put it in quotation marks'],
		['', 'is empty'],
	])('of the address %p is said what is wrong: %s', (given, words) => {
		const { error } = outcomeOf((address) => parseAddress(address, 'Recipient'), given);
		expect(`${error?.message} ${error?.remedy}`).toContain(words);
		expect(`${error?.message} ${error?.remedy}`).not.toContain('ab'.repeat(20));
	});

	it('of an address is the address, with 0x or 0X', () => {
		for (const given of [ANNA, ANNA.toLowerCase(), `0X${ANNA.slice(2).toUpperCase()}`, ` ${ANNA}\n`])
			expect(parseAddress(given, 'Recipient')).toBe(ANNA);
	});

	it('of a token is never the chain’s own money unless that is said', () => {
		expect(parseToken({ __rl: true, mode: 'list', value: 'native' }, 'Token')).toBeUndefined();
		expect(parseToken({ __rl: true, mode: 'address', value: ANNA.toLowerCase() }, 'Token')).toBe(ANNA);
		for (const given of ['', null, undefined, { value: '' }, { value: null }, {}, 'USDC', 'ETH', 0, false]) {
			expect(() => parseToken(given, 'Token')).toThrow(/^"Token" is .*, not a token$/);
		}
	});

	it.each([0.1 + 0.2, 9_007_199_254_740_993, 1.1 * 1.1])('of no amount is a float that lost digits: %p', (given) => {
		expect(() => parseDecimal(given, 'Limit')).toThrow('whose last digits may not be what was meant');
	});

	it('of no amount is more than 256 bits hold', () => {
		const most = 2n ** 256n - 1n;
		expect(parseAmount(most.toString(), 0)).toBe(most);
		for (const decimals of [78, 255, 300])
			expect(() => parseAmount('1', decimals)).toThrow('more than the chain can count');
		expect(() => parseAmount((most + 1n).toString(), 0)).toThrow('more than the chain can count');
	});

	it('of shares is 20% and 20 alike', () => {
		expect(['20%', '20 %', '20', 20, 0.5].map((given) => parsePercent(given, 'Percent Left'))).toEqual([
			20, 20, 20, 20, 0.5,
		]);
		for (const given of ['120%', 101, '%', 'half', '', null, -1, NaN])
			expect(() => parsePercent(given, 'Percent Left')).toThrow('"Percent Left" is');
	});
});

describe('a mnemonic', () => {
	const words = 'test test test test test test test test test test test junk';
	it.each<[string, string]>([
		[words.replace('junk', 'jnuk'), 'word 12 of 12 is not on the list'],
		[words.replace('test junk', 'junk test'), 'their checksum fails'],
		[
			words
				.split(' ')
				.map((word, index) => `${index + 1}. ${word}`)
				.join(' '),
			'words 1, 3, 5',
		],
		[words.replace(' junk', ''), 'it has 11 words'],
		['', 'is empty'],
	])('that is none is refused without being shown', (given, why) => {
		const { error } = outcomeOf((mnemonic) => parseMnemonic(mnemonic, 'Mnemonic', 'in the credential'), given);
		expect(error?.message).toContain(why);
		expect(`${error?.message} ${error?.remedy}`).not.toMatch(/\btest\b|junk|jnuk/);
	});

	it('is read with any spaces and in any case', () => {
		expect(parseMnemonic(`  ${words.toUpperCase().replaceAll(' ', '\n ')} `, 'Mnemonic', '')).toBe(words);
	});
});

describe('functions as they are copied', () => {
	const fragment = {
		type: 'function',
		name: 'transfer',
		inputs: [
			{ name: 'to', type: 'address' },
			{ name: 'amount', type: 'uint' },
		],
	};
	const DEPOSIT = `
		// SPDX-License-Identifier: MIT
		interface IVault {
			/* what it
			   holds */
			event Paid(address indexed who);
			struct Line { address to; uint256 amount; }
			function transfer (
				address payable to, // who
				uint amount
			)
				external
				override(IERC20, IVault)
				onlyOwner
				returns (bool);
			function pay(Line[] calldata lines) external payable virtual { for (;;) { a = b; } }
		}`;
	it.each<[string, unknown]>([
		['a list of one human-readable line', [`function ${TRANSFER}`]],
		['the same as JSON', JSON.stringify([`function ${TRANSFER} returns (bool)`])],
		['an artifact', { contractName: 'Token', abi: [fragment] }],
		['an artifact as text', JSON.stringify({ output: { abi: [fragment] } })],
		['one fragment', fragment],
		["a block explorer's reply", { status: '1', message: 'OK', result: JSON.stringify([fragment]) }],
		["a block explorer's reply with the source", { status: '1', result: [{ ABI: JSON.stringify([fragment]) }] }],
		["a compiler's output", { contracts: { 'Token.sol': { Token: { abi: [fragment] } } } }],
		['null entries', [null, fragment]],
		['a fragment without a type', [{ ...fragment, type: undefined }]],
		[
			'CRLF and semicolons',
			`function ${TRANSFER} external override returns (bool);\r\nfunction name() view returns (string);\r\n`,
		],
		['a blank before the bracket', 'function transfer (address to, uint256 amount)'],
		['tuples by name', 'function pay(tuple(address to, uint256 amount)[] lines)\nfunction transfer(address,uint256)'],
		['a whole interface', DEPOSIT],
	])('from %s', (_, given) => {
		const signatures = functionsOf(parseContractAbi(given)).map(({ signature }) => signature);
		expect(signatures).toContain('transfer(address,uint256)');
		const found = functionInAbi(parseContractAbi(given), 'transfer( address to , uint amount )');
		expect(toFunctionSelector(found)).toBe('0xa9059cbb');
	});

	it('without inputs take none', () => {
		expect(encodeCall(functionInAbi(parseContractAbi([{ type: 'function', name: 'stop' }]), 'stop'), {})).toBe(
			'0x07da68f5',
		);
	});

	it.each<[string, unknown]>([
		['of a type that no selector is right for', 'f(function callback)'],
		['of the same in JSON', [{ type: 'function', name: 'f', inputs: [{ name: 'x', type: 'function' }] }]],
		['of a list of none', 'f(uint256[0] list)'],
		['of a list whose length has zeros before it', [{ type: 'function', name: 'f', inputs: [{ type: 'uint8[02]' }] }]],
		['of a struct without members', [{ type: 'function', name: 'f', inputs: [{ type: 'tuple', components: [] }] }]],
		['that was forgotten behind a comma', 'f(address to,)'],
		['that was forgotten between commas', 'f(address to,,uint256 amount)'],
		['that was forgotten in a struct', 'f((address to,) x)'],
		['of a function without a name', 'function () external payable'],
		['of a type that only its source knows', 'f(IERC20 token)'],
	])('are refused with an argument %s', (_, given) => {
		expect(() => parseContractAbi(given, 'Field')).toThrow(expect.objectContaining({ name: 'InputError' }));
		expect(() => parseFunctionSignature(given, 'Field')).toThrow(expect.objectContaining({ name: 'InputError' }));
	});

	it('that can not be called as they stand say why', () => {
		const reply = { status: '0', message: 'NOTOK', result: 'Contract source code not verified' };
		expect(() => parseContractAbi(reply)).toThrow('Contract source code not verified');
		expect(() => parseContractAbi([{ type: 'function', name: 'f', inputs: [{ type: 'foo' }] }])).toThrow('"foo"');
		expect(() => parseFunctionSignature('f(uint256 a, uint256 a)')).toThrow('two arguments that are called a');
		expect(() => parseFunctionSignature('f(uint256)\ng(uint256)')).toThrow('holds 2 functions: f(uint256), g(uint256)');
	});
});

describe('arguments that nobody gave', () => {
	const line = 'pay((address to, string note) line)';
	it.each<[string, string, Record<string, unknown>, string]>([
		['a missing member', line, { line: { to: ANNA } }, 'line.note'],
		['a misspelt member', line, { line: { to: ANNA, nota: 'x' } }, 'line'],
		['a member too many', line, { line: [ANNA, 'x', 'y'] }, 'line'],
		['a missing text', 'f(string note)', {}, 'note'],
		['an empty field', 'f(string note)', { note: '' }, 'note'],
		['an object as text', 'f(string note)', { note: { a: 1 } }, 'note'],
		['a truth value as text', 'f(string note)', { note: false }, 'note'],
		['an object that became text', 'f(string note)', { note: 'for [object Object]' }, 'note'],
		['an expression as it was typed', 'f(string[] notes)', { notes: ['{{ $json.note }}'] }, 'notes[0]'],
		['the word for nothing as text', 'f(string note)', { note: 'undefined' }, 'note'],
		['a list that is too long', 'f(uint256[2] pair)', { pair: [1, 2, 3] }, 'pair'],
		['a hole in a list', 'f(uint256[] list)', { list: [1, undefined, 3] }, 'list[1]'],
		['an argument called constructor', 'f(uint256 constructor_)', { constructor: 5 }, 'constructor_'],
		['a member called toString', 'f((uint256 toString) x)', { x: {} }, 'x.toString'],
		['a large number without quotes', 'f(uint256[] list)', { list: '[9007199254740993]' }, 'list[0]'],
	])('are not sent: %s', (_, signature, values, field) => {
		expect(() => encodeCall(item(signature), values)).toThrow(expect.objectContaining({ name: 'InputError', field }));
	});

	it('are sent when somebody gave them', () => {
		// As the chain gives them back, so that an earlier payment is found to be the same.
		expect(encodeCall(item('f(bytes4 x)'), { x: '0XA9059CBB' })).toBe(
			encodeCall(item('f(bytes4 x)'), { x: '0xa9059cbb' }),
		);
		expect(encodeCall(item(line), { line: { to: ANNA, note: '' } })).toBe(
			encodeCall(item(line), { line: `["${ANNA}", ""]` }),
		);
		expect(encodeCall(item('f(string note)'), { note: '""' })).toBe(
			encodeCall(item('f((string note) x)'), { x: { note: '' } })
				.replace(toFunctionSelector('f((string))'), toFunctionSelector('f(string)'))
				.replace(/^(0x.{8}).{64}/, '$1'),
		);
		const abi = [{ type: 'function', name: 'f', inputs: [{ name: 'constructor', type: 'uint256' }] }];
		expect(
			encodeCall(
				functionInAbi(parseContractAbi(abi), 'f'),
				JSON.parse('{"constructor": "5"}') as Record<string, unknown>,
			),
		).toMatch(/5$/);
		expect(() => encodeCall(functionInAbi(parseContractAbi(abi), 'f'), {})).toThrow('"constructor" is empty');
	});
});
