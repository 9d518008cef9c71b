import { padHex, stringToHex, type Hex } from 'viem';
import { InputError } from '../errors';

/**
 * A tag as a person types it: up to 32 bytes of text, or 32 bytes in hex.
 * @throws {InputError}
 */
export function parseTag(text: unknown): Hex {
	const plain = typeof text === 'string' ? text.trim() : '';
	if (/^0x[0-9a-fA-F]{64}$/.test(plain)) return plain.toLowerCase() as Hex;
	const bytes = stringToHex(plain);
	if (bytes.length > 66) {
		throw new InputError(
			'Tag',
			`"Tag" is ${(bytes.length - 2) / 2} bytes long; there is room for 32`,
			'Shorten it. Letters outside a to z take two to four bytes each.',
		);
	}
	return padHex(bytes, { dir: 'right', size: 32 });
}
