import { InputError } from '../../../core/errors';
import { customNetwork, networkBySlug, type Network } from '../../../core/networks';
import { capOf, parseCaps } from '../../../core/paymentRules/caps';

const base = networkBySlug('base') as Network;
const USDC = '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
const OTHER = '0x849668C7b26B5bD2B62A8E9f7FBd8e6C3c2501CA'.toLowerCase();

test('amounts by symbol, by address, and of the chain\u2019s own money', () => {
	const caps = parseCaps(`500 USDC\n0.5 eth\r\n\n 12.000001 ${OTHER} \n`, 'Most per Payment', base);
	expect(caps).toEqual([
		{ token: USDC, unit: 'USDC', amount: '500' },
		{ unit: 'ETH', amount: '0.5' },
		{ token: expect.stringMatching(/^0x84/), unit: expect.stringMatching(/^0x84/), amount: '12.000001' },
	]);
	expect(capOf(caps, USDC)).toMatchObject({ amount: '500' });
	expect(capOf(caps, undefined)).toMatchObject({ unit: 'ETH' });
	expect(capOf(caps, '0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42')).toBeUndefined();
});

test('a known token by its address is called by its symbol; native is the chain\u2019s own money', () => {
	expect(parseCaps(`0 ${USDC.toLowerCase()}\n1 native`, 'Most per Run', base)).toEqual([
		{ token: USDC, unit: 'USDC', amount: '0' },
		{ unit: 'ETH', amount: '1' },
	]);
});

test('nothing at all is no maximum', () => expect(parseCaps('\n', 'Most per Run', base)).toEqual([]));

test.each([
	['a token that is not known', '5 DOGE', base, 'names the token "DOGE", which is not known on Base'],
	['a symbol on a chain of which none is known', '5 USDC', customNetwork(31337, 'ETH'), 'not known on Chain 31337'],
	['no token', '500', base, 'not an amount and a token'],
	['more than two words', '500 USDC a day', base, 'not an amount and a token'],
	['the token first', 'USDC 500', base, 'names the token "500"'],
	['a thousands separator', '1,000 USDC', base, 'not a decimal amount'],
	['two readings', '1.000 USDC', base, 'which can be read as 1 or as 1000'],
	['a sign', '-5 USDC', base, 'not a decimal amount'],
	['more decimals than the token has', '0.0000001 USDC', base, 'which has 7 decimal places; this unit has 6'],
	['a token twice', `5 USDC\n6 ${USDC}`, base, 'has two amounts of USDC'],
	['a wrong checksum', `5 ${USDC.replace('f', 'F')}`, base, 'whose checksum fails'],
	['no text', 500, base, 'not a list of amounts'],
])('%s is refused', (_, text, network, message) => {
	const read = () => parseCaps(text, 'Most per Payment', network);
	expect(read).toThrow(InputError);
	expect(read).toThrow(message);
});
