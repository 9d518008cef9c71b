import type { Hex } from 'viem';
import { InputError } from '../errors';

/** The order of secp256k1 (SEC 2, section 2.4.1): private keys are below it. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * Reads a private key: 64 hexadecimal digits, with or without 0x.
 *
 * @param place where the field is, for the message: `in the Agent Session Key API credential`
 * @throws {InputError} whose words never hold what was typed
 */
export function parsePrivateKey(given: unknown, field: string, place: string): Hex {
	const digits = typeof given === 'string' ? given.trim().replace(/^0x/i, '') : '';
	if (/^[0-9a-fA-F]{64}$/.test(digits) && BigInt(`0x${digits}`) !== 0n && BigInt(`0x${digits}`) < CURVE_ORDER) {
		return `0x${digits.toLowerCase()}`;
	}
	throw new InputError(
		field,
		`"${field}" ${place} ${why(given, digits)}`,
		'A private key is 64 hexadecimal digits, with or without 0x before them. (It is not shown here.)',
	);
}

function why(given: unknown, digits: string): string {
	if (given === undefined || given === null || given === '') return 'is empty';
	if (typeof given === 'number') return 'is a number, which cannot hold a private key: give it as text';
	return digits.split(/\s+/).length > 11 ? 'is not a private key, but rather a mnemonic' : 'is not a private key';
}
