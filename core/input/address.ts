import { getAddress, isAddress, type Address } from 'viem';
import { InputError } from '../errors';

/**
 * Reads an address that a person typed. Lower case is taken as it is; mixed case must have the right checksum (EIP-55).
 * @throws {InputError}
 */
export function parseAddress(text: unknown, field: string): Address {
	const plain = typeof text === 'string' ? text.trim() : '';
	if (/^(0x)?[0-9a-fA-F]{64}$/.test(plain)) {
		// Not repeated: a message is seen by more people than a credential.
		throw new InputError(
			field,
			`"${field}" holds 64 hexadecimal digits: that looks like a private key, not an address`,
			'Type the address: 0x and 40 digits. A private key that stood here has been seen by n8n: do not use it any more.',
		);
	}
	if (!/^0x[0-9a-fA-F]{40}$/.test(plain)) {
		throw new InputError(
			field,
			`"${field}" is ${plain ? `"${plain.slice(0, 60)}"` : 'empty'}, not an address`,
			'An address is 0x and 40 hexadecimal digits. Copy it from your wallet or address book; names (ENS) are not looked up.',
		);
	}
	const lower = plain.toLowerCase();
	const hasCase = plain.slice(2) !== lower.slice(2) && plain.slice(2) !== plain.slice(2).toUpperCase();
	if (hasCase && !isAddress(plain)) {
		throw new InputError(
			field,
			`"${field}" is ${plain}, whose checksum fails: at least one character is wrong`,
			'Copy the address again from its source. Do not mend it by hand.',
		);
	}
	return getAddress(lower as Address);
}
