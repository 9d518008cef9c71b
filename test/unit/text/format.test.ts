import fc from 'fast-check';
import { formatUnits, parseUnits } from 'viem';
import { about, twoDigits } from '../../../core/text/format';

describe('figures of gas in sentences', () => {
	it.each([
		['0.000931274550928183', 'about 0.00094', 'about 0.00093'],
		['0.000990000000000001', 'about 0.001', 'about 0.00099'],
		['0.61', '0.61', '0.61'],
		['0.010', '0.010', '0.010'],
		['0', '0', '0'],
		['0.000000000000000001', '0.000000000000000001', '0.000000000000000001'],
		['9.99', 'about 10', 'about 9.9'],
		['99.01', 'about 100', 'about 99'],
		['1234.5', 'about 1,300', 'about 1,200'],
		['1200', '1,200', '1,200'],
	])('%s is %s rounded up, %s rounded down', (exact, up, down) => {
		expect([about(exact, 'up'), about(exact, 'down')]).toEqual([up, down]);
	});

	it('ask for no less than is needed and promise no more than is there, off by less than a tenth', () => {
		fc.assert(
			fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 24 }), (amount, decimals) => {
				const exact = formatUnits(amount, decimals);
				const [up, down] = [twoDigits(exact, 'up'), twoDigits(exact, 'down')].map((text) => parseUnits(text, decimals));
				expect(up! >= amount && down! <= amount).toBe(true);
				expect((up! - amount) * 10n <= amount && (amount - down!) * 10n <= amount).toBe(true);
				for (const rounded of [up!, down!]) {
					expect(String(rounded).replace(/0+$/, '').length).toBeLessThanOrEqual(2);
					expect(twoDigits(formatUnits(rounded, decimals), 'up')).toBe(formatUnits(rounded, decimals));
				}
			}),
		);
	});
});
