import { InputError } from '../errors';

const LONGEST_REFERENCE = 200;

/**
 * Reads a payment reference: what a payment is for, such as `salary/2026-11/anna`. One reference, one payment, for ever.
 * Spaces at both ends don't count, and composed and decomposed letters are the same (Unicode NFC); everything else does,
 * case included.
 *
 * @throws {InputError} when it is empty, over 200 characters, or holds control characters
 */
export function parseReference(text: unknown, field = 'Payment Reference'): string {
	const reference = typeof text === 'string' || typeof text === 'number' ? String(text).trim().normalize('NFC') : '';
	const remedy =
		'Name what is paid, the same on every try and different for every payment, e.g. salary/2026-11/anna or invoice/4711.';
	if (!reference) throw new InputError(field, `"${field}" is empty`, remedy);
	if ([...reference].length > LONGEST_REFERENCE) {
		throw new InputError(field, `"${field}" is longer than ${LONGEST_REFERENCE} characters`, remedy);
	}
	if (/\p{Cc}/u.test(reference))
		throw new InputError(field, `"${field}" holds a line break or control character`, remedy);
	if (partsOf(reference).some((part) => MISSING.test(part))) {
		throw new InputError(
			field,
			`"${field}" is "${reference}": a part of it was missing when the workflow put it together`,
			'Look at the expression: a field that it names is not in the item. Without it, different payments would share one reference.',
		);
	}
	return reference;
}

/** What n8n puts in the place of a value that isn't there: mostly nothing at all. */
const MISSING = /^(|undefined|null|NaN|\[object Object\])$/;

/** The parts between slashes. Those of an address on the web, `https://…`, begin behind its own two. */
function partsOf(reference: string): string[] {
	return reference
		.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
		.split('/')
		.map((part) => part.trim());
}
