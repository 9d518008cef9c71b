import { InputError } from '../errors';

/** How much of a text a message repeats. */
const LONGEST = 60;

/** Signs that nobody sees, or that look like a plain space, and what they are called (Unicode's names). */
const NAMES: Readonly<Record<string, string>> = {
	'\u00a0': 'no-break space',
	'\u00ad': 'soft hyphen',
	'\u034f': 'combining grapheme joiner',
	'\u200b': 'zero width space',
	'\u200c': 'zero width non-joiner',
	'\u200d': 'zero width joiner',
	'\u200e': 'left-to-right mark',
	'\u200f': 'right-to-left mark',
	'\u2028': 'line separator',
	'\u202a': 'left-to-right embedding',
	'\u202b': 'right-to-left embedding',
	'\u202c': 'pop directional formatting',
	'\u202d': 'left-to-right override',
	'\u202e': 'right-to-left override',
	'\u2060': 'word joiner',
	'\u2066': 'left-to-right isolate',
	'\u2067': 'right-to-left isolate',
	'\u2069': 'pop directional isolate',
	'\u3000': 'ideographic space',
	'\u3164': 'Hangul filler',
	'\ufe0f': 'variation selector-16',
	'\ufeff': 'byte order mark',
	'\ufffd': 'replacement character',
	'\n': 'line break',
	'\r': 'carriage return',
	'\t': 'tab',
};

/** What nobody sees: format and control characters, fillers, lone surrogates, and every space but the plain one. */
const UNSEEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\ufffd]/u;

/** Emoji are put together with characters that nobody sees by themselves: those stay. Unicode's own list of them. */
const EMOJI = new RegExp('\\p{RGI_Emoji}', 'gv');

/** Control and format characters, lone surrogates, fillers, private ones; and what stands where a text could not be read. */
const UNSEEN_IN_TEXT =
	/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\ufffd]/u;

/** The first character of a text that nobody sees in it; every kind of blank is seen. */
export function unseenCharacter(text: string): string | undefined {
	return UNSEEN_IN_TEXT.exec(text.replace(EMOJI, ''))?.[0];
}

/** A character by its code point, and by its name where it is a usual one: `U+200B zero width space`. */
export function nameOfCharacter(character: string): string {
	const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
	return NAMES[character] ? `${code} ${NAMES[character]}` : code;
}

/** A text with every character named that nobody would see. */
function withNames(text: string): string {
	return [...text].map((sign) => (sign !== ' ' && UNSEEN.test(sign) ? `[${nameOfCharacter(sign)}]` : sign)).join('');
}

/** A phrase of 12 words of which some were forgotten. */
const FEWEST_OF_PHRASE = 9;

/** Longer than an address with a digit too many, and short enough for a key with some missing. */
const PERHAPS_A_KEY = /(?:0x)?[0-9a-f]{44,}/gi;

/** Takes out what could be a key or the words of a wallet: a message is seen by more people than a credential. */
function withoutSecrets(text: string): string {
	const words = text.match(/\p{L}+/gu) ?? [];
	if (words.length >= FEWEST_OF_PHRASE && words.every((word) => /^[a-z]{3,8}$/i.test(word)))
		return `[${words.length} words, not shown]`;
	return text.replace(PERHAPS_A_KEY, '[hexadecimal digits, not shown]');
}

/** What came in, as a message shows it: short, invisible characters by name, secrets not at all. */
export function shown(given: unknown): string {
	if (given === undefined || given === null) return 'empty (its expression gave nothing)';
	switch (typeof given) {
		case 'string':
			return given.trim() === '' ? 'empty' : `"${shortened(given.trim())}"`;
		case 'number':
			return String(given);
		case 'object':
			return `${Array.isArray(given) ? 'a list' : 'an object'}, ${shortened(asJson(given))}`;
		case 'boolean':
			return `${given} (a truth value)`;
		case 'bigint':
			return shortened(given.toString());
		default:
			return `a ${typeof given}`;
	}
}

function shortened(text: string): string {
	// Cut first: what comes in may be megabytes long.
	const plain = withoutSecrets(text.slice(0, 40 * LONGEST));
	const signs = [...plain.slice(0, 2 * LONGEST)].slice(0, LONGEST);
	return `${withNames(signs.join(''))}${signs.join('').length < plain.length ? '…' : ''}`;
}

function asJson(given: object): string {
	try {
		return JSON.stringify(given) ?? '';
	} catch {
		return 'which cannot be shown';
	}
}

/**
 * A refusal of what came in.
 *
 * @param expected what the field takes, as in `not a whole number`, without the `not`
 */
export function notThat(given: unknown, field: string, expected: string, remedy: string): InputError {
	return new InputError(field, `"${field}" is ${shown(given)}, not ${expected}`, remedy);
}

/**
 * What is said of a character that does not belong where only plain letters and digits do: `It holds U+200B zero width
 * space, which nobody sees. `. Empty where there is none.
 */
export function strangeCharacter(given: unknown): string {
	const strange = typeof given === 'string' ? /[^\x20-\x7e]/u.exec(given.trim().slice(0, 1000))?.[0] : undefined;
	if (strange === undefined) return '';
	const sight = UNSEEN.test(strange)
		? ', which nobody sees'
		: ` (${strange}), which only looks like a plain letter or digit`;
	return `It holds ${nameOfCharacter(strange)}${sight}. `;
}

/** Text that came in, without spaces around it; a number as its digits. Undefined for everything else. */
export function plainText(given: unknown): string | undefined {
	if (typeof given === 'number') return String(given);
	return typeof given === 'string' ? given.trim() : undefined;
}
