import fc from 'fast-check';
import { getAddress, toHex } from 'viem';
import { nonceKeyOfReference, nonceKeyOfSessionKey } from '../../../../core/payment/send/nonceKeys';

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => getAddress(toHex(bytes)));
const chainId = fc.integer({ min: 1, max: 2 ** 31 });
/** Texts that are a reference as they stand. */
const reference = fc
	.stringMatching(/^[a-z0-9äöüéñ中]{1,20}([/-][a-z0-9äöüéñ中]{1,20}){0,3}$/)
	.filter((text) => !/undefined|null|true|false|none|nil|e\d/i.test(text));
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
			'0xa968c7d589fb3bb8c516f6256c4ebd58c2668a9174595b04',
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
