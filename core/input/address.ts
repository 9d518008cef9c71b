import { getAddress, isAddress, type Address } from 'viem';
import { InputError } from '../errors';
import { notThat, strangeCharacter } from './shown';

/**
 * Reads an address that a person typed. Lower case is taken as it is; mixed case must have the right checksum (EIP-55).
 * @throws {InputError}
 */
export function parseAddress(given: unknown, field: string): Address {
	const plain = typeof given === 'string' ? given.trim().replace(/^0X/, '0x') : '';
	if (/^(0x)?[0-9a-fA-F]{64}$/.test(plain)) throw notAnAddressOf64(plain, field);
	if (!/^0x[0-9a-fA-F]{40}$/.test(plain)) {
		const expected = 'An address is 0x and 40 hexadecimal digits.';
		throw notThat(
			given,
			field,
			'an address',
			typeof given === 'number' || /^\d(\.\d+)?e\+\d+$/i.test(plain)
				? `${expected} It was read as a number: set the type of its column to String (Data Table), Plain text (Google Sheets) or Text (Excel), and enter the addresses again. In JSON put it in quotation marks.`
				: /^[0-9a-fA-F]{40}$/.test(plain)
					? `${expected} Put 0x before it.`
					: `${strangeCharacter(given)}${expected} Copy it from your wallet or address book; names (ENS) are not looked up.`,
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

/** 64 digits: an address as logs and calldata hold it, with zeros before it, or what nobody should have typed here. */
function notAnAddressOf64(plain: string, field: string): InputError {
	const [, padded] = /^(?:0x)?0{24}([0-9a-fA-F]{40})$/.exec(plain) ?? [];
	if (padded) {
		return new InputError(
			field,
			`"${field}" is an address with zeros before it, as logs and calldata hold it`,
			`Type 0x and its last 40 digits: 0x${padded}.`,
		);
	}
	// Not repeated: a message is seen by more people than a credential.
	return new InputError(
		field,
		`"${field}" holds 64 hexadecimal digits: that looks like a private key, not an address`,
		'Type the address: 0x and 40 digits. A private key that stood here has been seen by n8n: do not use it any more.',
	);
}

/**
 * Reads several addresses: a list, or text with line breaks, commas, semicolons or spaces between them. Each once.
 * @throws {InputError} for the first that is none
 */
export function parseAddresses(given: unknown, field: string): Address[] {
	const list = typeof given === 'string' ? given.split(/[\s,;]+/).filter(Boolean) : given;
	if (Array.isArray(list)) return [...new Set(list.map((one) => parseAddress(one, field)))];
	throw notThat(
		given,
		field,
		'a list of addresses',
		'Type one address per line: each is 0x and 40 hexadecimal digits.',
	);
}
