import { formatUnits, type Address } from 'viem';
import { cut } from './cut';
import { MONTHS } from './localTime';

/** A moment as data: for machines and for people. `iso` is missing beyond the year 9999, which no calendar prints. */
export interface Moment {
	/** Unix seconds. */
	unix: number;
	iso?: string;
}

const LAST_PRINTABLE = 253_402_300_799; // the end of the year 9999
/** Unix seconds as a Moment. */
export function moment(unix: number): Moment {
	return unix > LAST_PRINTABLE ? { unix } : { unix, iso: new Date(unix * 1000).toISOString().replace('.000Z', 'Z') };
}

/** `28 November 2026 at 09:00 UTC`; the seconds only where there are any. */
export function showMoment({ unix, iso }: Moment): string {
	if (!iso) return 'a day after the year 9999';
	const date = new Date(unix * 1000);
	const two = (value: number) => String(value).padStart(2, '0');
	const seconds = date.getUTCSeconds() ? `:${two(date.getUTCSeconds())}` : '';
	const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}${seconds}`;
	return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} at ${time} UTC`;
}

/** Exact decimal text with thousands separators: `1250.5` is `1,250.5`. */
export function grouped(decimalText: string): string {
	const [whole = '0', fraction] = decimalText.split('.');
	const [sign = '', digits = whole] = /^(-?)(\d+)$/.exec(whole)?.slice(1) ?? [];
	const first = digits.length % 3 || 3;
	const separated = `${sign}${digits.slice(0, first)}${digits.slice(first).replace(/\d{3}/g, ',$&')}`;
	return fraction ? `${separated}.${fraction}` : separated;
}

/** An amount with its unit: `1,250.5 USDC`. */
export function withUnit(decimalText: string, unit: string): string {
	return `${grouped(decimalText)} ${unit}`;
}

/** Which way figures of gas are rounded: up what is needed or spent, down what is there, so that no sentence promises too much. */
export type Rounding = 'up' | 'down';

/**
 * Exact decimal text with two significant digits, for figures of gas in sentences: `0.000931274` is `0.00094`. Never for a
 * field, and never for what is paid.
 */
export function twoDigits(decimalText: string, rounding: Rounding): string {
	const [whole = '0', fraction = ''] = decimalText.split('.');
	const digits = whole + fraction;
	const kept = digits.search(/[1-9]|$/) + 2;
	const rest = digits.slice(kept);
	if (!/[1-9]/.test(rest)) return decimalText;
	const rounded = BigInt(digits.slice(0, kept)) + (rounding === 'up' ? 1n : 0n);
	return formatUnits(rounded * 10n ** BigInt(rest.length), fraction.length);
}

/** The same, said to be rounded where it is: `about 0.00094`. */
export function about(decimalText: string, rounding: Rounding): string {
	const rounded = twoDigits(decimalText, rounding);
	return rounded === decimalText ? grouped(decimalText) : `about ${grouped(rounded)}`;
}

/** A contract, with its symbol where it is a token: `USDC (0x…)`. */
export function showContract({ contract, symbol }: { contract: Address; symbol?: string }): string {
	return symbol ? `${symbol} (${contract})` : contract;
}

/** `3 seconds`, `1 second`. */
export function seconds(count: number): string {
	return `${grouped(String(count))} second${count === 1 ? '' : 's'}`;
}

/** A stranger's text on one line, short: control characters, line breaks and signs that turn the writing have no place in a sentence. */
export function plain(text: string, longest: number): string {
	const one = cut(text)
		.replace(/[\p{C}\s]+/gu, ' ')
		.trim();
	return one.length > longest ? `${one.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…` : one;
}

/** So much of what a contract says is passed on. */
const LONGEST_QUOTE = 200;

/**
 * A contract's own words, short and marked as such: whoever reads on, a language model above all, must not take them for ours.
 * No quotation mark inside ends them early.
 */
export function quoted(text: string): string {
	return `"${plain(cut(text).replace(/["“”„‟«»]/g, "'"), LONGEST_QUOTE)}"`;
}
