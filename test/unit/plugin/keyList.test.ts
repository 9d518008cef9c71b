import { getAddress, numberToHex, type Address } from 'viem';
import { predecessorOf, withKey, withoutKey } from '../../../core/plugin/keyList';

const [A, B, C] = [0xa, 0xb, 0xc].map((n) => getAddress(numberToHex(n, { size: 20 }))) as [Address, Address, Address];

describe('the list of keys', () => {
	it('names the head as the predecessor of the newest key', () => {
		expect(predecessorOf([A, B], A)).toBe(`0x${'0'.repeat(63)}1`);
	});

	it('names the key before it, left-aligned, for any other', () => {
		expect(predecessorOf([A, B, C], C)).toBe(`${B.toLowerCase()}${'0'.repeat(24)}`);
		expect(predecessorOf([A, B, C], C.toLowerCase() as Address)).toBe(`${B.toLowerCase()}${'0'.repeat(24)}`);
	});

	it('knows no predecessor of a stranger', () => {
		expect(predecessorOf([A], B)).toBeUndefined();
	});

	it('moves as the plugin moves it', () => {
		expect(withoutKey([A, B, C], B)).toEqual([A, C]);
		expect(withKey([A, B], C)).toEqual([C, A, B]);
	});
});
