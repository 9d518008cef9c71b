import { notThat, plainText } from './shown';

const WORDS: ReadonlyMap<string, boolean> = new Map([
	...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
	...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
]);

/**
 * Reads yes or no, as a switch gives it or an expression: the usual words in any case, 1 and 0.
 * @throws {InputError} for everything else, nothing at all included: of text, JavaScript would take "false" for true
 */
export function parseBoolean(given: unknown, field: string): boolean {
	if (typeof given === 'boolean') return given;
	const known = WORDS.get(plainText(given)?.toLowerCase() ?? '');
	if (known !== undefined) return known;
	throw notThat(
		given,
		field,
		'true or false',
		'Give true or false. The words yes and no, on and off, 1 and 0 are read too.',
	);
}
