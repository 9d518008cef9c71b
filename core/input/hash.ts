import type { Hex } from 'viem';
import { notThat, strangeCharacter } from './shown';

/**
 * Reads a hash: 0x and 64 hexadecimal digits.
 * @throws {InputError}
 */
export function parseHash(given: unknown, field: string): Hex {
	const plain = typeof given === 'string' ? given.trim().toLowerCase() : '';
	if (/^0x[0-9a-f]{64}$/.test(plain)) return plain as Hex;
	throw notThat(
		given,
		field,
		'a hash',
		`${strangeCharacter(given)}It is 0x and 64 hexadecimal digits, as Send gave it.`,
	);
}
