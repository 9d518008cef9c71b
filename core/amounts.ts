import { formatUnits } from 'viem';

/** What is wrong with a value that a person typed: the field, what was expected, how to mend it. */
export class InputError extends Error {
	override readonly name = 'InputError';

	/**
	 * @param field the field's name as a person sees it
	 * @param message what is wrong, in one sentence
	 * @param remedy what to type instead
	 */
	constructor(
		readonly field: string,
		message: string,
		readonly remedy: string,
	) {
		super(message);
	}
}

/**
 * Reads a decimal amount such as `12.5` into base units (wei, or the token's smallest unit).
 * Text only: a float may already have lost digits, so a number is read by its shortest text and refused when that is
 * not plain decimal (`1e21`).
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
	if (needed.length > decimals) {
		throw new InputError(
			field,
			`"${field}" is ${plain}, which has ${needed.length} decimal places; this unit has ${decimals}`,
			`Use at most ${decimals} decimal places. Amounts are never rounded.`,
		);
	}
	return BigInt(whole + needed.padEnd(decimals, '0'));
}

/** Base units as exact decimal text: `1250500000` with 6 decimals is `1250.5`. */
export function formatAmount(baseUnits: bigint, decimals: number): string {
	return formatUnits(baseUnits, decimals);
}

/** The same for sentences, with thousands separators: `1,250.5`. Never for data. */
export function showAmount(baseUnits: bigint, decimals: number): string {
	const [whole = '0', fraction] = formatUnits(baseUnits, decimals).split('.');
	const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
	return fraction ? `${grouped}.${fraction}` : grouped;
}
