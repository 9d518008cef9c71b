import fc from 'fast-check';
import { getAddress, toHex } from 'viem';
import { InputError } from '../../../core/errors';
import { nonceKeyOfReference, nonceKeyOfSessionKey } from '../../../core/payment/reference';
import { parseReference } from '../../../core/input/reference';

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => getAddress(toHex(bytes)));
const chainId = fc.integer({ min: 1, max: 2 ** 31 });
/** Texts that are a reference as they stand. */
const reference = fc
	.stringMatching(/^[a-z0-9äöüéñ中-]{1,20}(\/[a-z0-9äöüéñ中-]{1,20}){0,3}$/)
	.filter((text) => !/undefined|null/.test(text));
const payment = fc.record({ chainId, account: address, reference });

const laneOf = (one: { chainId: number; account: `0x${string}`; reference: string }) =>
	nonceKeyOfReference(one.chainId, one.account, one.reference);

describe('the nonce key of a reference', () => {
	it('is another one for another reference, account or chain, and fits into 192 bits', () => {
		fc.assert(
			fc.property(payment, payment, (a, b) => {
				const same = a.chainId === b.chainId && a.account === b.account && a.reference === b.reference;
				expect(laneOf(a) === laneOf(b)).toBe(same);
				expect(laneOf(a) < 1n << 192n).toBe(true);
			}),
		);
		fc.assert(
			fc.property(payment, address, reference, (one, account, other) => {
				fc.pre(account !== one.account && other !== one.reference);
				const lanes = [one, { ...one, account }, { ...one, reference: other }, { ...one, chainId: one.chainId + 1 }];
				expect(new Set(lanes.map(laneOf)).size).toBe(4);
			}),
		);
	});

	it('never changes: payments of years ago must be found', () => {
		const account = '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326';
		expect(toHex(nonceKeyOfReference(8453, account, 'salary/2026-11/anna'))).toBe(
			'0xa4862008092d3b4949cd594f73b61cc9b960ad91b669ef34',
		);
	});

	it("is never that of a session key, which is the key's address", () => {
		fc.assert(
			fc.property(payment, address, (one, key) => {
				expect(nonceKeyOfSessionKey(key)).toBe(BigInt(key));
				expect(laneOf(one)).toBeGreaterThan(1n << 160n);
			}),
		);
	});
});

describe('a reference', () => {
	it('is the same with spaces around it, and in whatever Unicode form', () => {
		fc.assert(
			fc.property(reference, (text) => {
				for (const form of ['NFC', 'NFD'] as const) {
					expect(parseReference(`  ${text.normalize(form)}\t`)).toBe(text.normalize('NFC'));
				}
			}),
		);
	});

	it('differs by case and by spaces inside', () => {
		expect(parseReference('Salary/Anna')).not.toBe(parseReference('salary/anna'));
		expect(parseReference('invoice 4711')).not.toBe(parseReference('invoice  4711'));
	});

	it('may be a number, or an address on the web', () => {
		expect(parseReference(4711)).toBe('4711');
		expect(parseReference('https://shop.example/orders/4711')).toBe('https://shop.example/orders/4711');
	});

	it('with a part that was missing in the workflow is refused', () => {
		const missing = fc.constantFrom('undefined', 'null', 'NaN', '[object Object]', '', ' ');
		fc.assert(
			fc.property(
				fc.array(reference, { maxLength: 3 }),
				missing,
				fc.array(reference, { maxLength: 3 }),
				(before, part, behind) => {
					const text = [...before, part, ...behind].join('/');
					expect(() => parseReference(text)).toThrow(InputError);
				},
			),
		);
	});

	it.each(['', '   ', undefined, null, {}, [], true, 'a\nb', 'a\u0000b', 'x'.repeat(201)])('%p is none', (text) => {
		const read = () => parseReference(text, 'Batch Reference');
		expect(read).toThrow(InputError);
		expect(read).toThrow(expect.objectContaining({ field: 'Batch Reference', remedy: expect.stringMatching(/\S/) }));
	});

	it('may have 200 characters, however many bytes these take', () => {
		expect(parseReference('🦊'.repeat(200))).toBe('🦊'.repeat(200));
	});
});
