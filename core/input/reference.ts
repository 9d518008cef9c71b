import { InputError } from '../errors';
import { isNotWorkedOut, standsForNothing } from './noValue';
import { nameOfCharacter, notThat, shown, unseenCharacter } from './shown';

const LONGEST_REFERENCE = 200;
/** In UTF-8, which has at most 4 bytes for a character. */
export const MOST_REFERENCE_BYTES = 4 * LONGEST_REFERENCE;

const REMEDY =
	'Name what is paid, the same on every try and different for every payment, e.g. salary/2026-11/anna or invoice/4711.';

const MISSING_REMEDY =
	'Look at the expression: a field that it names is not in the item. Without it, different payments would share one reference.';

/**
 * Reads a payment reference: what a payment is for, such as `salary/2026-11/anna`. One reference, one payment, for ever.
 * Spaces at both ends don't count, every kind and number of spaces inside is one space; composed and decomposed letters
 * are the same (Unicode NFC), and so are signs of full width and plain ones, every dash and the hyphen, curly quotes and
 * straight ones; everything else counts, case included.
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
	const reference = plainSigns(text.normalize('NFC'));
	const unseen = unseenIn(reference);
	if (unseen) {
		throw refuse(
			`is ${shown(text)}: it holds ${unseen}, so that it is not what it looks like`,
			'Take that character out where the text comes from, or type the reference anew.',
		);
	}
	if ([...reference].length > LONGEST_REFERENCE) throw refuse(`is longer than ${LONGEST_REFERENCE} characters`);
	const mixed = reference.match(/[\p{L}\p{M}]+/gu)?.find((word) => LATIN.test(word) && LOOKING_LATIN.test(word));
	if (mixed) {
		throw refuse(
			`is ${shown(text)}: "${mixed}" mixes letters of two alphabets, so that it is not what it looks like`,
			'Type that word anew, in one alphabet.',
		);
	}
	if (/^\d+[.,]0+$/.test(reference)) {
		throw refuse(
			`is ${shown(text)}, a whole number with a fraction of nothing: another time it may come without it`,
			'Take the fraction off where the number comes from: the same payment would have two references.',
		);
	}
	const missing = missingIn(reference);
	if (missing) throw refuse(`is ${shown(text)}: ${missing}`, MISSING_REMEDY);
	return reference;
}

const LATIN = /\p{Script=Latin}/u;
const LOOKING_LATIN =
	/[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}\p{Script=Coptic}]/u;

/** Signs that word processors and keyboards put in the place of plain ones, as the plain ones. */
function plainSigns(text: string): string {
	return text
		.replace(/[\uff01-\uffdc\ufb00-\ufb06]+/gu, (signs) => signs.normalize('NFKC'))
		.replace(/[\u2010-\u2015\u2212\ufe58\ufe63]/gu, '-')
		.replace(/[\u2018\u2019\u201b\u02bc]/gu, "'")
		.replace(/[\u201c-\u201f]/gu, '"')
		.replace(/\p{Zs}+/gu, ' ');
}

/** The first character that nobody sees, named; undefined when there is none. */
function unseenIn(reference: string): string | undefined {
	const found = unseenCharacter(reference);
	if (found === undefined) return undefined;
	return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(found)
		? `a line break or control character, ${nameOfCharacter(found)}`
		: `an invisible character, ${nameOfCharacter(found)}`;
}

const SEPARATORS = '[/\\\\\\-_:;,.|]';
const AT_AN_END = new RegExp(`^${SEPARATORS}|(${SEPARATORS}|[#@(\\[<=&+~])$`, 'u');
const DOUBLED = new RegExp(`${SEPARATORS} ?${SEPARATORS}`, 'u');

/** Why a part of it was not there when it was put together; undefined when all is well. */
function missingIn(reference: string): string | undefined {
	// The colon and slashes of an address on the web belong together.
	const text = reference.replace(/^[a-z][a-z0-9+.-]*:\/\/(?=[^/])/i, '');
	if (isNotWorkedOut(text))
		return 'an expression or a placeholder stands in it as it was typed, and was not worked out';
	if (standsForNothing(text)) return A_PART;
	if (AT_AN_END.test(text)) return `${A_PART}, as it begins or ends with what stands between parts`;
	if (DOUBLED.test(text)) return `${A_PART}, as there is nothing between two of its separators`;
	return undefined;
}

const A_PART = 'a part of it was missing when the workflow put it together';

/**
 * Reads several references: a list, or text with one a line. Each once.
 * @throws {InputError} for the first that is none
 */
export function parseReferences(given: unknown, field: string): string[] {
	const list = typeof given === 'string' ? given.split(/\r?\n/).filter((line) => line.trim()) : given;
	if (Array.isArray(list)) return [...new Set(list.map((one) => parseReference(one, field)))];
	throw notThat(given, field, 'a list of references', 'Type one reference a line, or give a list of them.');
}
