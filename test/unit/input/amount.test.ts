import fc from 'fast-check';
import { formatAmount, showAmount } from '../../../core/amounts';
import { InputError } from '../../../core/errors';
import { parseAmount } from '../../../core/input/amount';
import { parseWholeNumber } from '../../../core/input/wholeNumber';

const UINT256 = 2n ** 256n - 1n;
const baseUnits = fc.bigInt({ min: 0n, max: UINT256 });
const decimals = fc.integer({ min: 0, max: 36 });

describe('amounts', () => {
	it('come back exactly, whatever the amount and the decimals', () => {
		fc.assert(
			fc.property(baseUnits, decimals, (amount, places) => {
				expect(parseAmount(formatAmount(amount, places), places)).toBe(amount);
			}),
		);
	});

	it('mean the same with leading zeros, with zeros behind, and with spaces around', () => {
		const zeros = fc.nat(5).map((count) => '0'.repeat(count));
		fc.assert(
			fc.property(baseUnits, decimals, zeros, zeros, (amount, places, before, behind) => {
				const text = formatAmount(amount, places);
				const longer = text.includes('.') ? `${text}${behind}` : `${text}.0${behind}`;
				fc.pre(before !== '' || !/^[1-9]\d{0,2}\.\d\d0$/.test(longer)); // perhaps thousands: see below
				expect(parseAmount(`  ${before}${longer}\n`, places)).toBe(amount);
			}),
		);
	});

	it.each([
		['12.5', 6, 12_500_000n],
		['0.000001', 6, 1n],
		['1250.50', 2, 125_050n],
		['7', 0, 7n],
		[0.1, 18, 10n ** 17n],
		[1250.5, 6, 1_250_500_000n],
	])('%p with %d decimals is %d', (text, places, expected) => {
		expect(parseAmount(text, places)).toBe(expected);
	});

	it('are never rounded: one decimal place too many is refused, and so are floats beyond their digits', () => {
		fc.assert(
			fc.property(baseUnits, decimals, fc.integer({ min: 1, max: 9 }), (amount, places, digit) => {
				const [whole, fraction = ''] = formatAmount(amount, places).split('.');
				const tooFine = `${whole}.${fraction.padEnd(places, '0')}${digit}`;
				expect(() => parseAmount(tooFine, places)).toThrow(InputError);
			}),
		);
	});

	it('given as numbers are read exactly, or refused where the number may have lost digits', () => {
		const exact = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }), fc.integer({ min: 0, max: 6 }));
		fc.assert(
			fc.property(exact, ([units, places]) => {
				expect(parseAmount(Number(formatAmount(units, places)), 18)).toBe(units * 10n ** BigInt(18 - places));
			}),
		);
		for (const lossy of [0.1 + 0.2, 1.1 * 1.1, 9_007_199_254_740_993, 1_234_567_890.123_456_7]) {
			expect(() => parseAmount(lossy, 18)).toThrow('whose last digits may not be what was meant');
		}
	});

	it.each([
		'',
		' ',
		'-1',
		'+1',
		'1e18',
		'1,000',
		'1,5',
		'.5',
		'5.',
		'0x10',
		'12 ETH',
		'NaN',
		'١٢',
		'1 000',
		'1_000',
		1e21,
		1e-7,
		-1,
		NaN,
		Infinity,
		null,
		undefined,
		true,
		{},
		['1'],
		5n,
	])('%p is not one', (text) => {
		const read = () => parseAmount(text, 18, 'Salary');
		expect(read).toThrow(InputError);
		expect(read).toThrow(expect.objectContaining({ field: 'Salary', message: expect.stringMatching(/^"Salary" is /) }));
	});

	it.each([
		['1.000', '1', '1000'],
		['12.500', '12.5', '12500'],
		[' 3.250 ', '3.25', '3250'],
		['999.990', '999.99', '999990'],
	])('%p is refused with both its readings', (text, small, large) => {
		expect(() => parseAmount(text, 18, 'Salary')).toThrow(
			expect.objectContaining({
				field: 'Salary',
				message: `"Salary" is "${text.trim()}", which can be read as ${small} or as ${large}`,
				remedy: expect.stringMatching(new RegExp(`Type ${small} if .*, or ${large} if .*thousands`)),
			}),
		);
	});

	it.each(['1.0', '1.00', '1.0000', '1.125', '0.500', '1250.500', '1.500000', '12.005'])(
		'%p has one reading',
		(text) => {
			expect(formatAmount(parseAmount(text, 18), 18)).toBe(text.replace(/\.?0+$/, ''));
		},
	);

	it('are shown with separators for thousands, and lose nothing by it', () => {
		expect(showAmount(1_234_567_890_123n, 6)).toBe('1,234,567.890123');
		fc.assert(
			fc.property(baseUnits, decimals, (amount, places) => {
				expect(showAmount(amount, places).replaceAll(',', '')).toBe(formatAmount(amount, places));
			}),
		);
	});
});

describe('whole numbers', () => {
	it.each([
		[3, 3],
		[' 12 ', 12],
		[1, 1],
		[100, 100],
	])('%p is %d', (given, expected) => {
		expect(parseWholeNumber(given, 'Confirmations', 1, 100)).toBe(expected);
	});

	it.each([0, 101, 1.5, -3, NaN, Infinity, '', 'three', '1e400', null, undefined, true, [2], {}])(
		'%p is none from 1 to 100',
		(given) => {
			expect(() => parseWholeNumber(given, 'Confirmations', 1, 100)).toThrow(/^"Confirmations" is .* from 1 to 100$/);
		},
	);
});
