import { sha256, toBytes } from 'viem';
import { english } from 'viem/accounts';
import { InputError } from '../errors';

const LENGTHS = [12, 15, 18, 21, 24];

/**
 * Reads the words of a wallet, and makes sure that they are those of one: of the English list, with the right checksum
 * (BIP-39). One wrong or swapped word would be another wallet, and a valid one.
 *
 * @param place where the field is, for the message
 * @returns the words in lower case, with single spaces between them
 * @throws {InputError} that tells which word is wrong by its place alone: the words are a secret
 */
export function parseMnemonic(given: unknown, field: string, place: string): string {
	const refuse = (why: string, remedy: string) =>
		new InputError(field, `"${field}" ${place} ${why}`, `${remedy} (The words are not shown here.)`);
	const words =
		typeof given === 'string' ? given.trim().normalize('NFKD').toLowerCase().split(/\s+/).filter(Boolean) : [];
	if (words.length === 0) {
		const isEmpty = given === undefined || given === null || given === '';
		throw refuse(isEmpty ? 'is empty' : 'is not text', 'Type the words of the wallet, with spaces between them.');
	}
	const indexes = words.map((word) => english.indexOf(word));
	const wrong = indexes.flatMap((index, place) => (index < 0 ? [place + 1] : []));
	if (wrong.length > 0 && wrong.length < words.length) {
		throw refuse(
			`is not a mnemonic: ${wrong.length === 1 ? 'word' : 'words'} ${wrong.slice(0, 24).join(', ')} of ${words.length} ${wrong.length === 1 ? 'is' : 'are'} not on the list of such words (BIP-39, English)`,
			'Compare with what was written down. Words only: no numbers, no commas.',
		);
	}
	if (!LENGTHS.includes(words.length) || wrong.length > 0) {
		throw refuse(
			`is not a mnemonic: it has ${words.length} ${words.length === 1 ? 'word' : 'words'}${wrong.length > 0 ? ', none of them on the list (BIP-39, English)' : ''}`,
			'Type 12, 15, 18, 21 or 24 words with single spaces between them.',
		);
	}
	if (hasChecksum(indexes)) return words.join(' ');
	throw refuse(
		'is not a mnemonic: every word is on the list, but together they are no wallet (their checksum fails)',
		'Two words may be swapped, or one be another word of the list. Compare with what was written down.',
	);
}

/** BIP-39: 11 bits for each word; behind the entropy as many bits of its SHA-256 as it has words of 32 bits. */
function hasChecksum(indexes: readonly number[]): boolean {
	const bits = indexes.map((index) => index.toString(2).padStart(11, '0')).join('');
	const checksumLength = bits.length / 33;
	const entropy = bits.slice(0, -checksumLength);
	const bytes = Uint8Array.from(entropy.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
	const [first = 0] = toBytes(sha256(bytes));
	return first.toString(2).padStart(8, '0').startsWith(bits.slice(-checksumLength));
}
