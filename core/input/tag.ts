import { padHex, stringToHex, type Hex } from 'viem';
import { InputError } from '../errors';
import { isNobodysText } from './noValue';
import { nameOfCharacter, notThat, plainText, unseenCharacter } from './shown';

/**
 * A tag as a person types it: up to 32 bytes of text, or 32 bytes in hex. It may be empty.
 * @throws {InputError}
 */
export function parseTag(given: unknown): Hex {
	const plain = plainText(given);
	if (plain === undefined) throw notThat(given, 'Tag', 'text', 'Type a name, or leave the field empty.');
	if (/^0x[0-9a-fA-F]{64}$/.test(plain)) return plain.toLowerCase() as Hex;
	if (isNobodysText(plain) || (typeof given === 'number' && !Number.isSafeInteger(given))) {
		throw notThat(given, 'Tag', 'a name', 'Look at its expression: it gave nothing, or was not worked out.');
	}
	const bytes = stringToHex(plain);
	if (bytes.length > 66) {
		throw new InputError(
			'Tag',
			`"Tag" is ${(bytes.length - 2) / 2} bytes long; there is room for 32`,
			'Shorten it. Letters outside a to z take two to four bytes each.',
		);
	}
	const unseen = unseenCharacter(plain);
	if (unseen !== undefined) {
		throw notThat(given, 'Tag', 'a name', `Take ${nameOfCharacter(unseen)} out: nobody could see it in the tag.`);
	}
	return padHex(bytes, { dir: 'right', size: 32 });
}
