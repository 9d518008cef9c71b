import fc from 'fast-check';
import {
	concatHex,
	encodeFunctionData,
	getAddress,
	pad,
	parseAbi,
	size,
	slice,
	toHex,
	type Address,
	type Hex,
} from 'viem';
import { InputError } from '../../core/errors';
import { countedTokenAmount, nativeTransfer, selectorOf, tokenTransfer } from '../../core/calls';
import { parseAddress } from '../../core/input/address';

const hexOf = (bytes: number) =>
	fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array): Hex => toHex(array));
const address = hexOf(20).map((hex) => getAddress(hex));
const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

const TOKEN: Address = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';

describe('an address', () => {
	it('is taken in lower case, upper case and with its checksum, and comes out with it', () => {
		fc.assert(
			fc.property(address, (one) => {
				const digits = one.slice(2);
				for (const text of [one, one.toLowerCase(), `0x${digits.toUpperCase()}`, ` ${one}\n`]) {
					expect(parseAddress(text, 'Recipient')).toBe(one);
				}
			}),
		);
	});

	it('in mixed case is refused when one letter has the wrong case', () => {
		fc.assert(
			fc.property(address, fc.nat(39), (one, place) => {
				const digits = [...one.slice(2)];
				const letter = digits[place] as string;
				const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
				digits[place] = other;
				const text = digits.join('');
				fc.pre(letter !== other && text !== text.toLowerCase() && text !== text.toUpperCase());
				expect(() => parseAddress(`0x${text}`, 'Recipient')).toThrow('whose checksum fails');
			}),
		);
	});

	it('with one digit replaced by another is refused, unless chance makes a checksum of it', () => {
		const mistyped = TOKEN.replace('036C', '036D');
		expect(() => parseAddress(mistyped, 'Token')).toThrow(
			expect.objectContaining({ field: 'Token', message: expect.stringContaining('checksum fails') }),
		);
	});

	it.each(['', 'anna.eth', '0x', `0x${'1'.repeat(39)}`, `0x${'1'.repeat(41)}`, '1'.repeat(40), null, 7, {}])(
		'%p is not one',
		(text) => {
			expect(() => parseAddress(text, 'Recipient')).toThrow(InputError);
		},
	);

	it('that is none is shown shortened: whatever was pasted there may be long', () => {
		const pasted = 'x'.repeat(5000);
		expect(() => parseAddress(pasted, 'Recipient')).toThrow(
			expect.objectContaining({ message: expect.not.stringContaining('x'.repeat(61)) }),
		);
	});
});

describe('calls', () => {
	it('of a token say transfer(to, amount) to the token, and carry no native money', () => {
		fc.assert(
			fc.property(address, address, amount, (token, to, units) => {
				const args = [to, units] as const;
				const data = encodeFunctionData({ abi: parseAbi(['function transfer(address,uint256)']), args });
				expect(tokenTransfer(token, to, units)).toEqual({ target: token, value: 0n, data });
				expect(countedTokenAmount(tokenTransfer(token, to, units))).toBe(units);
			}),
		);
	});

	it('in native money carry no data', () => {
		expect(nativeTransfer(TOKEN, 5n)).toEqual({ target: TOKEN, value: 5n, data: '0x' });
	});

	it('have the selector that the plugin sees: padded to four bytes', () => {
		expect(selectorOf('0x')).toBe('0x00000000');
		expect(selectorOf('0xa9')).toBe('0xa9000000');
		expect(selectorOf(tokenTransfer(TOKEN, TOKEN, 1n).data)).toBe('0xa9059cbb');
	});

	it('count approve in full and everything else, or anything shorter than 68 bytes, not at all', () => {
		fc.assert(
			fc.property(address, amount, hexOf(4), (spender, units, selector) => {
				const args = concatHex([pad(spender), pad(toHex(units), { size: 32 })]);
				const counted = (data: Hex) => countedTokenAmount({ target: TOKEN, value: 0n, data });
				const approve = concatHex(['0x095ea7b3', args]);
				expect(counted(approve)).toBe(units);
				expect(counted(slice(approve, 0, size(approve) - 1))).toBe(0n);
				fc.pre(!['0xa9059cbb', '0x095ea7b3'].includes(selector));
				expect(counted(concatHex([selector, args]))).toBe(0n);
			}),
		);
	});
});
