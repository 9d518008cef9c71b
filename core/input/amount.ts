import { InputError } from '../errors';

/** Significant decimal digits that every IEEE 754 double keeps (DBL_DIG of C). */
const EXACT_DIGITS = 15;

/**
 * Reads a decimal amount such as `12.5` into base units (wei, or the token's smallest unit).
 * Text is best. A number is taken where it can't have lost a digit on its way: up to 15 significant ones, which is what
 * an IEEE 754 double keeps of any decimal. `0.1 + 0.2` has 17.
 *
 * @throws {InputError} for anything else than a plain decimal with at most `decimals` places. Nothing is rounded.
 */
export function parseAmount(text: unknown, decimals: number, field = 'Amount'): bigint {
	const plain = typeof text === 'number' || typeof text === 'string' ? String(text).trim() : '';
	const match = /^(\d+)(?:\.(\d+))?$/.exec(plain);
	if (!match) {
		throw new InputError(
			field,
			`"${field}" is ${plain === '' ? 'empty' : `"${plain}"`}, not a decimal amount`,
			'Type digits with an optional point, e.g. 1250.50: no sign, no thousands separator, no comma, no unit.',
		);
	}
	const [, whole = '0', fraction = ''] = match;
	const needed = fraction.replace(/0+$/, '');
	if (typeof text === 'number' && (whole + needed).replace(/^0+/, '').length > EXACT_DIGITS) {
		throw new InputError(
			field,
			`"${field}" is the number ${plain}, whose last digits may not be what was meant: numbers keep ${EXACT_DIGITS} digits exactly`,
			'Give the amount as text from where it comes from, or round it there, e.g. {{ $json.amount.toFixed(2) }}.',
		);
	}
	if (needed.length > decimals) {
		throw new InputError(
			field,
			`"${field}" is ${plain}, which has ${needed.length} decimal places; this unit has ${decimals}`,
			`Use at most ${decimals} decimal places. Amounts are never rounded.`,
		);
	}
	return BigInt(whole + needed.padEnd(decimals, '0'));
}
