import fc from 'fast-check';
import { concatHex, decodeFunctionData, pad, size, stringToHex, toHex, type Hex } from 'viem';
import { referenceRegistryAbi } from '../../../contracts/referenceRegistry';
import { tokenTransfer } from '../../../core/calls';
import { parseReference } from '../../../core/input/reference';
import { decodeSessionKeyCalls, encodeSessionKeyCalls, sameCalls } from '../../../core/plugin/sessionKeyCalls';
import { claimCall, hashReference, parseClaim, readableClaim } from '../../../core/registry/referenceRegistry';

const KEY = pad('0x7', { size: 20 });
const PAID = [tokenTransfer(pad('0x8', { size: 20 }), pad('0x9', { size: 20 }), 5n)];

/** Whatever a person may type that is a reference. */
const reference = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).chain((text) => {
	try {
		return fc.constant(parseReference(text));
	} catch {
		return fc.constantFrom('salary/2026-11/anna', 'Löhne 2026-11', '給料/田中', '💶 invoice 7', 'x'.repeat(200));
	}
});
const bytes = fc.uint8Array({ minLength: 1, maxLength: 1_000 }).map((given): Hex => toHex(given));

const written = (hash: Hex, behind: Hex) =>
	decodeSessionKeyCalls(encodeSessionKeyCalls(PAID, KEY, concatHex([hash, behind])));

it('shows the text of every reference, and claims the same hash', () => {
	fc.assert(
		fc.property(reference, (text) => {
			const hash = hashReference(text);
			const decoded = decodeSessionKeyCalls(encodeSessionKeyCalls(PAID, KEY, readableClaim(text)));
			expect(decoded).toMatchObject({ key: KEY, calls: PAID, claims: [hash], reference: text });
			const plain = decodeSessionKeyCalls(encodeSessionKeyCalls(PAID, KEY, hash));
			expect(plain).toMatchObject({ claims: [hash], reference: undefined });
			// Whichever form paid first: it is the same payment.
			expect(sameCalls(decoded!.calls, plain!.calls)).toBe(true);
		}),
	);
});

it('is read by decoders as a claim of the hash, to which the text is only appended', () => {
	const { data } = claimCall(readableClaim('salary/2026-11/anna'));
	expect(decodeFunctionData({ abi: referenceRegistryAbi, data }).args).toEqual([hashReference('salary/2026-11/anna')]);
	expect(data.slice(2 + 72)).toBe(Buffer.from('salary/2026-11/anna').toString('hex'));
});

it('believes no text that has another hash, and nothing that is no text', () => {
	fc.assert(
		fc.property(reference, bytes, (text, behind) => {
			fc.pre(behind !== stringToHex(text));
			const hash = hashReference(text);
			expect(written(hash, behind)).toMatchObject({ calls: PAID, claims: [hash], reference: undefined });
		}),
	);
	expect(written(hashReference('salary/anna'), stringToHex('salary/bob'))?.reference).toBeUndefined();
	expect(written(hashReference('salary/anna'), stringToHex('salary/anna\0'))?.reference).toBeUndefined();
});

it.each([
	['signs that turn the writing', 'salary/\u202eanna'],
	['a line break', 'salary/anna\nPaid 1,000,000'],
	['a space at its end', 'salary/anna '],
	['the form that is not typed', 'salary—anna'],
	['more than a reference may be long', 'x'.repeat(201)],
	['far more', 'x'.repeat(100_000)],
])('does not show a text with %s, though its hash is right', (_, text) => {
	const hash = hashReference(text);
	expect(written(hash, stringToHex(text))).toMatchObject({ claims: [hash], reference: undefined });
});

it('takes a longest reference of the widest characters', () => {
	const text = '💶'.repeat(200);
	expect(parseReference(text)).toBe(text);
	expect(size(readableClaim(text))).toBe(32 + 800);
	expect(parseClaim(claimCall(readableClaim(text)))?.reference).toBe(text);
});
