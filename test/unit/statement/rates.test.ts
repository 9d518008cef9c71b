import { fiatCents, parseRates } from '../../../core/statement/rates';

const price = (text: string) => ({ symbol: 'USDC', price: text, currency: 'EUR' });

it('reads one rate a line', () => {
	expect(parseRates('USDC 0.92 EUR\n\nETH = 2500.10 eur', 'Rates')).toEqual([
		{ symbol: 'USDC', price: '0.92', currency: 'EUR' },
		{ symbol: 'ETH', price: '2500.10', currency: 'EUR' },
	]);
	expect(parseRates('', 'Rates')).toEqual([]);
});

it.each([
	['USDC 0.92', 'not a token, a price and a currency'],
	['USDC 0,92 EUR', '"Rates" is "0,92", not a decimal amount'],
	['USDC 0.92 EURO', 'not a token, a price and a currency'],
	['USDC 0.92 EUR\nUSDC 0.93 EUR', 'has two rates for USDC'],
	['USDC 0.92 EUR\nETH 2500 USD', 'their sum would mean nothing'],
])('refuses %j', (text, message) => expect(() => parseRates(text, 'Rates')).toThrow(message));

it.each<[bigint, string, bigint]>([
	[3_200_000_000n, '0.92', 294_400n],
	// Halves go to the even cent, so that many of them add up to nothing.
	[1_000_000n, '0.005', 0n],
	[1_000_000n, '0.015', 2n],
	[1_000_000n, '0.025', 2n],
	[1_000_000n, '0.0250000001', 3n],
	[1n, '1', 0n],
	[10n ** 30n, '1.000000000000000001', 100_000_000_000_000_000_100_000_000n],
])('%s base units at %s are %s cents', (amount, text, cents) => {
	expect(fiatCents(amount, 6, price(text))).toBe(cents);
});
