import type { Address } from 'viem';
import { formatAmount, showAmount } from '../amounts';
import { NATIVE_DECIMALS } from '../networks';
import type { SpendLimit } from '../plugin/keyState';
import { about, moment, showMoment, type Rounding } from '../text/format';
import { shortAddress, type ContractInfos } from '../contractInfo';
import type { FunctionNames } from './functions';

/** How to call things in sentences about a key. */
export interface Labels {
	nativeSymbol: string;
	contracts: ContractInfos;
	/** Names of functions that aren't well known, as the person gave them. */
	functions?: FunctionNames;
}

const DAY = 86_400;
const UNITS: readonly [number, string][] = [
	[DAY, 'day'],
	[3_600, 'hour'],
	[60, 'minute'],
	[1, 'second'],
];

/** A length of time in words, exactly: `28 days`, `1 day 12 hours`. */
export function showDuration(seconds: number): string {
	const words: string[] = [];
	let rest = seconds;
	for (const [size, name] of UNITS) {
		const count = Math.floor(rest / size);
		rest -= count * size;
		if (count > 0) words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
	}
	return words.join(' ') || '0 seconds';
}

/** A moment in words: `31 December 2026 at 00:00 UTC`. */
export function showTime(unixSeconds: number): string {
	return showMoment(moment(unixSeconds));
}

/** A moment as data: ISO 8601 in UTC; undefined for 0, which stands for "open". */
export function isoTime(unixSeconds: number | undefined): string | undefined {
	return unixSeconds ? (moment(unixSeconds).iso ?? 'after the year 9999') : undefined;
}

/** An amount of native money: `0.5 ETH`. */
export function showNative({ nativeSymbol }: Labels, wei: bigint): string {
	return `${showAmount(wei, NATIVE_DECIMALS)} ${nativeSymbol}`;
}

/**
 * Figures of a gas limit: as it was set, and rounded what is used or left of it.
 * @param rounding see `about`
 */
export function gasFigures(labels: Labels, { limit }: SpendLimit, rounding: Rounding): (wei: bigint) => string {
	return (wei) => (wei < limit ? showGas(labels, wei, rounding) : showNative(labels, wei));
}

/** What gas costs, for a sentence: `about 0.0009 ETH`. */
export function showGas({ nativeSymbol }: Labels, wei: bigint, rounding: Rounding): string {
	return `${about(formatAmount(wei, NATIVE_DECIMALS), rounding)} ${nativeSymbol}`;
}

/** An amount of a token: `1,250 USDC`; in base units where the contract doesn't answer as a token. */
export function showToken({ contracts }: Labels, token: Address, baseUnits: bigint): string {
	const info = contracts[token]?.token;
	return info
		? `${showAmount(baseUnits, info.decimals)} ${info.symbol}`
		: `${baseUnits} base units of ${shortAddress(token)}`;
}

/** A contract by its symbol and address, or by its address alone: `USDC (0x1234…abcd)`. */
export function nameOf({ contracts }: Labels, contract: Address): string {
	const symbol = contracts[contract]?.token?.symbol;
	return symbol && symbol !== shortAddress(contract) ? `${symbol} (${shortAddress(contract)})` : contract;
}

/** `a`, `a and b`, `a, b and c`. */
export function listOf(words: readonly string[]): string {
	return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
