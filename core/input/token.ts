import type { Address } from 'viem';
import { parseAddress } from './address';
import { notThat } from './shown';

/** The value that stands for the chain's own money. */
export const NATIVE = 'native';

/** A choice from a list or by its name, which a form holds as an object; or what an expression put in its place. */
export function locatorValue(given: unknown): unknown {
	return given !== null && typeof given === 'object' && 'value' in given ? given.value : given;
}

/**
 * Reads a token: its contract's address, or undefined for the chain's own money, which has to be said.
 * @throws {InputError}: an empty token is not the chain's own money
 */
export function parseToken(given: unknown, field: string): Address | undefined {
	const value = locatorValue(given);
	const plain = typeof value === 'string' ? value.trim() : '';
	if (plain.toLowerCase() === NATIVE) return undefined;
	if (/^(0x)?[0-9a-f]{40,}$/i.test(plain)) return parseAddress(plain, field);
	throw notThat(
		value,
		field,
		'a token',
		`Choose one from the list, or give the address of its contract; ${NATIVE} is the chain's own money.`,
	);
}
