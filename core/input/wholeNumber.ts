import { InputError } from '../errors';

/**
 * Reads a whole number that a person typed or an expression gave.
 * @throws {InputError} when it is something else, or outside of the two bounds, which are allowed themselves
 */
export function parseWholeNumber(given: unknown, field: string, least: number, most: number): number {
	const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
	if (Number.isInteger(number) && (number as number) >= least && (number as number) <= most) return number as number;
	throw new InputError(
		field,
		`"${field}" is ${JSON.stringify(given) ?? 'empty'}, not a whole number from ${least} to ${most}`,
		'Type such a number, or leave the option out.',
	);
}
