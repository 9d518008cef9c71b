import { notThat, plainText } from './shown';

/**
 * Reads a whole number that a person typed or an expression gave: a number, or its decimal digits.
 * @throws {InputError} when it is something else, or outside of the two bounds, which are allowed themselves
 */
export function parseWholeNumber(given: unknown, field: string, least: number, most: number): number {
	const number = /^-?\d{1,16}(\.0+)?$/.test(plainText(given) ?? '') ? Number(given) : NaN;
	if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
	throw notThat(
		given,
		field,
		`a whole number from ${least} to ${most}`,
		`Type digits only: a whole number from ${least} to ${most}.`,
	);
}

/**
 * Reads a number that may have a fraction: hours, days. Never an amount of money: those are never floats.
 * @throws {InputError} when it is something else, or outside of the two bounds, which are allowed themselves
 */
export function parseNumber(given: unknown, field: string, least: number, most: number): number {
	const number = /^\d{1,16}(\.\d{1,16})?$/.test(plainText(given) ?? '') ? Number(given) : NaN;
	if (number >= least && number <= most) return number;
	throw notThat(
		given,
		field,
		`a number from ${least} to ${most}`,
		'Type digits, with a decimal point if need be: 24 or 1.5.',
	);
}

/**
 * Reads a share of a hundred: `20`, or `20%`.
 * @throws {InputError} when it is not between 0 and 100
 */
export function parsePercent(given: unknown, field: string): number {
	const plain = plainText(given)?.replace(/\s*%$/, '') ?? '';
	const number = /^\d{1,3}(\.\d{1,16})?$/.test(plain) ? Number(plain) : NaN;
	if (number <= 100) return number;
	throw notThat(given, field, 'a share from 0 to 100 percent', 'Type a number from 0 to 100, e.g. 20 for a fifth.');
}

/** As many digits as every number of 256 bits has room for. */
const LONGEST_SALT = 77;

/**
 * Reads a whole number of any size that a contract takes, such as a salt.
 * @throws {InputError}, for a number that JavaScript may have changed too
 */
export function parseBigNumber(given: unknown, field: string): bigint {
	const plain = typeof given === 'number' && !Number.isSafeInteger(given) ? '' : (plainText(given) ?? '');
	if (/^\d+$/.test(plain) && plain.length <= LONGEST_SALT) return BigInt(plain);
	throw notThat(
		given,
		field,
		'a whole number',
		'Type digits only. A number above 9007199254740991 has to be given as text.',
	);
}
