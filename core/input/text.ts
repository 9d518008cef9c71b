import { InputError } from '../errors';
import { plainText } from './shown';

/**
 * Reads a part of a credential that is text: an API key, a URL, a symbol. A number is its digits.
 *
 * @returns without spaces around it; empty where nothing was filled in
 * @throws {InputError} for everything that is no text. Its words don't hold what was given: it may be a secret.
 */
export function parseSetting(given: unknown, field: string): string {
	const plain = plainText(given ?? '');
	if (plain !== undefined) return plain;
	const kind = Array.isArray(given) ? 'list' : typeof given;
	throw new InputError(
		field,
		`"${field}" in the credential is of the kind ${kind}, not text`,
		'Open the credential and type it in.',
	);
}
