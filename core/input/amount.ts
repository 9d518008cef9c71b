import { maxUint256 } from 'viem';
import { InputError } from '../errors';
import { notThat, plainText, strangeCharacter } from './shown';

/** Significant decimal digits that every IEEE 754 double keeps (DBL_DIG of C). */
const EXACT_DIGITS = 15;

/** `1.000` is one, or a thousand where people group digits by points. Who means one has no reason to type it so. */
const ONE_OR_A_THOUSAND = /^([1-9]\d{0,2})\.(\d\d0)$/;

/** More than any amount has: 78 digits of 256 bits, and as many decimals as any token says that it has. */
const LONGEST = 400;

/**
 * Reads a decimal amount as text, `12.50`, where it isn't known yet how many decimals its unit has.
 * Text is best. A number is taken where it can't have lost a digit on its way: up to 15 significant ones, which is what
 * an IEEE 754 double keeps of any decimal. `0.1 + 0.2` has 17.
 *
 * @throws {InputError} for anything else than a plain decimal, and for `1.000`, which has two readings
 */
export function parseDecimal(given: unknown, field = 'Amount'): string {
	const plain = plainText(given) ?? '';
	if (plain.length > LONGEST || !/^\d+(\.\d+)?$/.test(plain)) {
		throw notThat(
			given,
			field,
			'a decimal amount',
			`${strangeCharacter(given)}Type digits with an optional point, e.g. 1250.50: no sign, no thousands separator, no comma, no unit.`,
		);
	}
	const [, whole, thousands] = ONE_OR_A_THOUSAND.exec(plain) ?? [];
	if (whole && thousands) {
		const small = thousands === '000' ? whole : plain.replace(/0+$/, '');
		throw new InputError(
			field,
			`"${field}" is "${plain}", which can be read as ${small} or as ${whole}${thousands}`,
			`Type ${small} if the point stands before the decimals, or ${whole}${thousands} if it separates thousands.`,
		);
	}
	const digits = plain.includes('.') ? plain.replace(/0+$/, '') : plain;
	if (typeof given === 'number' && digits.replace('.', '').replace(/^0+/, '').length > EXACT_DIGITS) {
		throw new InputError(
			field,
			`"${field}" is the number ${plain}, whose last digits may not be what was meant: numbers keep ${EXACT_DIGITS} digits exactly`,
			'Give the amount as text from where it comes from, or round it there, e.g. {{ $json.amount.toFixed(2) }}.',
		);
	}
	return plain;
}

/**
 * Reads a decimal amount such as `12.5` into base units (wei, or the token's smallest unit).
 *
 * @throws {InputError} for anything else than a plain decimal with at most `decimals` places that 256 bits can hold.
 * Nothing is rounded.
 */
export function parseAmount(given: unknown, decimals: number, field = 'Amount'): bigint {
	const plain = parseDecimal(given, field);
	const [whole = '0', fraction = ''] = plain.split('.');
	const needed = fraction.replace(/0+$/, '');
	if (needed.length > decimals) {
		throw new InputError(
			field,
			`"${field}" is ${plain}, which has ${needed.length} decimal places; this unit has ${decimals}`,
			`Use at most ${decimals} decimal places. Amounts are never rounded.`,
		);
	}
	const units = BigInt(whole + needed.padEnd(decimals, '0'));
	if (units <= maxUint256) return units;
	throw new InputError(
		field,
		`"${field}" is ${plain}, which is more than the chain can count in a unit of ${decimals} decimals`,
		'Type a smaller amount, and compare the token with its own site.',
	);
}
