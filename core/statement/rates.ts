import { InputError } from '../errors';
import { parseDecimal } from '../input/amount';
import { notThat, shown } from '../input/shown';

/** What one whole unit of a token is worth. */
export interface Rate {
	/** A token's symbol, as the statement names it. */
	symbol: string;
	/** Decimal text. */
	price: string;
	/** Such as EUR. */
	currency: string;
}

const REMEDY = 'Type one rate a line: token, price of one, currency. For example: USDC 0.92 EUR.';

/**
 * Reads rates: one a line, `USDC 0.92 EUR`. All in one currency.
 *
 * @throws {InputError} for the first line that is none, for a token with two rates and for a second currency
 */
export function parseRates(given: unknown, field: string): Rate[] {
	if (typeof given !== 'string') throw notThat(given, field, 'rates', REMEDY);
	const rates = new Map<string, Rate>();
	for (const line of given.split(/\r?\n/).filter((one) => one.trim())) {
		const [symbol, price, currency, ...more] = line.trim().split(/[\s=]+/);
		if (!symbol || !price || !currency || more.length > 0 || !/^[A-Za-z]{3}$/.test(currency)) {
			throw new InputError(
				field,
				`A line of "${field}" is ${shown(line)}, not a token, a price and a currency`,
				REMEDY,
			);
		}
		const rate = { symbol, price: parseDecimal(price, field), currency: currency.toUpperCase() };
		const [first] = rates.values();
		if (rates.has(symbol)) throw new InputError(field, `"${field}" has two rates for ${symbol}`, REMEDY);
		if (first && first.currency !== rate.currency) {
			const message = `"${field}" has rates in ${first.currency} and in ${rate.currency}: their sum would mean nothing`;
			throw new InputError(field, message, 'Give all rates in one currency.');
		}
		rates.set(symbol, rate);
	}
	return [...rates.values()];
}

/** Cents: currencies that have none are rare, and their sums end in .00 then. */
const PLACES = 2;

/**
 * What an amount is worth, in cents of the rate's currency: exact, then rounded half to even, as banks do.
 *
 * @param amount in base units
 */
export function fiatCents(amount: bigint, decimals: number, { price }: Rate): bigint {
	const [whole = '0', fraction = ''] = price.split('.');
	const exact = amount * BigInt(whole + fraction) * 10n ** BigInt(PLACES);
	const unit = 10n ** BigInt(decimals + fraction.length);
	const [cents, rest] = [exact / unit, exact % unit];
	const isUp = rest * 2n > unit || (rest * 2n === unit && cents % 2n === 1n);
	return isUp ? cents + 1n : cents;
}
