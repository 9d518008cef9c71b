import { InputError } from '../errors';
import { nameOfCharacter, shown } from './shown';

const LONGEST_REFERENCE = 200;

const REMEDY =
	'Name what is paid, the same on every try and different for every payment, e.g. salary/2026-11/anna or invoice/4711.';

const MISSING_REMEDY =
	'Look at the expression: a field that it names is not in the item. Without it, different payments would share one reference.';

/**
 * Reads a payment reference: what a payment is for, such as `salary/2026-11/anna`. One reference, one payment, for ever.
 * Spaces at both ends don't count, every kind and number of spaces inside is one space, and composed and decomposed
 * letters are the same (Unicode NFC); everything else counts, case included.
 *
 * @throws {InputError} when it is empty or over 200 characters; when it would look like another one (characters that
 * nobody sees); and when it could be that of many payments (a part of it was missing when an expression put it together)
 */
export function parseReference(given: unknown, field = 'Payment Reference'): string {
	const refuse = (message: string, remedy = REMEDY) => new InputError(field, `"${field}" ${message}`, remedy);
	if (typeof given === 'number' && !Number.isSafeInteger(given)) {
		throw refuse(
			`is the number ${given}, which may not be what was meant: numbers keep no fractions exactly, and no more than 15 digits`,
			'Give it as text from where it comes from: other payments could have become the same number.',
		);
	}
	if (typeof given !== 'string' && typeof given !== 'number') {
		throw refuse(given === undefined || given === null ? `is ${shown(given)}` : `is ${shown(given)}, not text`);
	}
	const text = String(given).trim();
	if (!text) throw refuse('is empty');
	if (text.length > 4 * LONGEST_REFERENCE) throw refuse(`is longer than ${LONGEST_REFERENCE} characters`);
	const reference = text.normalize('NFC').replace(/\p{Zs}+/gu, ' ');
	const unseen = unseenIn(reference);
	if (unseen) {
		throw refuse(
			`is ${shown(text)}: it holds ${unseen}, so that it is not what it looks like`,
			'Take that character out where the text comes from, or type the reference anew.',
		);
	}
	if ([...reference].length > LONGEST_REFERENCE) throw refuse(`is longer than ${LONGEST_REFERENCE} characters`);
	const missing = missingIn(reference);
	if (missing) throw refuse(`is ${shown(text)}: ${missing}`, MISSING_REMEDY);
	return reference;
}

/** Emoji are put together with characters that nobody sees by themselves: those stay. Unicode's own list of them. */
const EMOJI = new RegExp('\\p{RGI_Emoji}', 'gv');

/** Control and format characters, lone surrogates, fillers; and what stands where a text could not be read. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffd]/u;

/** The first character that nobody sees, named; undefined when there is none. */
function unseenIn(reference: string): string | undefined {
	const [found] = UNSEEN.exec(reference.replace(EMOJI, '')) ?? [];
	if (found === undefined) return undefined;
	return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(found)
		? `a line break or control character, ${nameOfCharacter(found)}`
		: `an invisible character, ${nameOfCharacter(found)}`;
}

/** What JavaScript, n8n, dates, databases and sheets write in the place of a value that isn't there. */
const NO_VALUES = [
	/(?<![\p{L}\p{N}])undefined(?![\p{L}\p{N}])/iu,
	/(?<![\p{L}\p{N}])(null|NULL|NaN|NaT|Infinity|Invalid (Date|DateTime|Duration|Interval|Zone)|N\/A)(?![\p{L}\p{N}])/u,
	/\[object [^\]]*\]|\[(Array|Object|Function|Getter|Circular)[^\]]*\]/,
	/#¡?\p{Lu}[\p{Lu}\d/_]*[!?]/u,
	/#N\/[ADV]|#NV(?![\p{L}\p{N}])|#getting_data/iu,
	// How JavaScript and sheets write a number that has lost its digits: 1e+21, 1.23E+15.
	/(?<![\p{L}\p{N}])-?\d(\.\d+)?e\+\d+(?![\p{L}\p{N}])/iu,
];

/** Whole parts, between slashes, colons or bars, that are an answer to another question, or nothing at all. */
const NO_PARTS = /^(true|false|None|nil|-?\d(\.\d+)?e-\d{1,3}|\[\]|\(\)|<>|["'`]{2})$/i;

const SEPARATORS = '[/\\\\\\-\u2010-\u2015_:;,.|]';
const AT_AN_END = new RegExp(`^${SEPARATORS}|(${SEPARATORS}|[#@(\\[<=&+~])$`, 'u');
const DOUBLED = new RegExp(`${SEPARATORS} ?${SEPARATORS}`, 'u');

/** Why a part of it was not there when it was put together; undefined when all is well. */
function missingIn(reference: string): string | undefined {
	// The colon and slashes of an address on the web belong together.
	const text = reference.replace(/^[a-z][a-z0-9+.-]*:\/\/(?=[^/])/i, '');
	if (/[{}]|\$(json|node|input|item|now|today|vars|env|workflow|execution|parameter|items|fromAI)\b|\$\(/.test(text)) {
		return 'an expression stands in it as it was typed, and was not worked out';
	}
	if (NO_VALUES.some((pattern) => pattern.test(text)) || /^\d+(\.\d+)?e\d{1,3}$/i.test(text)) return A_PART;
	if (text.split(/[/:|]/).some((part) => NO_PARTS.test(part.trim()))) return A_PART;
	if (AT_AN_END.test(text)) return `${A_PART}, as it begins or ends with what stands between parts`;
	if (DOUBLED.test(text)) return `${A_PART}, as there is nothing between two of its separators`;
	return undefined;
}

const A_PART = 'a part of it was missing when the workflow put it together';
