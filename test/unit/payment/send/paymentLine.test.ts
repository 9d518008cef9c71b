import fc from 'fast-check';
import { concatHex, getAddress, toHex, type Address } from 'viem';
import { parseAmount } from '../../../../core/input/amount';
import { nativeTransfer, tokenTransfer } from '../../../../core/calls';
import { customNetwork } from '../../../../core/networks';
import { describeCall } from '../../../../core/payment/send/paymentLine';

const USDC: Address = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';
const network = customNetwork(31337, 'POL');
const names = { [USDC]: { symbol: 'USDC', decimals: 6 } };
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => getAddress(toHex(bytes)));
const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

describe('a call in a person’s terms', () => {
	it('names the recipient of a token, not the token, and the exact amount', () => {
		fc.assert(
			fc.property(address, amount, (to, units) => {
				const line = describeCall(tokenTransfer(USDC.toLowerCase() as Address, to, units), network, names);
				expect(line).toEqual({
					to,
					amount: expect.any(String),
					token: 'USDC',
					tokenAddress: USDC,
					decimals: 6,
					decimalsFrom: 'token',
				});
				expect(parseAmount(line.amount, 6)).toBe(units);
			}),
		);
	});

	it('names native money by the symbol of its chain', () => {
		expect(describeCall(nativeTransfer(USDC, 10n ** 17n), network, names)).toEqual({
			to: USDC,
			amount: '0.1',
			token: 'POL',
		});
	});

	it('of an unknown token says that its amount is in base units', () => {
		expect(describeCall(tokenTransfer(USDC, USDC, 1_500_000n), network, {})).toEqual({
			to: USDC,
			amount: '1500000',
			token: 'base units',
			tokenAddress: USDC,
		});
	});

	it('that is another function, or sends money along, is not taken for a transfer', () => {
		const { data } = tokenTransfer(USDC, USDC, 5n);
		const other = { target: USDC, value: 0n, data: '0x095ea7b3' } as const;
		expect(describeCall(other, network, names)).toEqual({
			to: USDC,
			amount: '0',
			token: 'POL',
			selector: '0x095ea7b3',
		});
		const withMoney = { target: USDC, value: 1n, data };
		expect(describeCall(withMoney, network, names)).toMatchObject({ to: USDC, token: 'POL', selector: '0xa9059cbb' });
		const cut = { target: USDC, value: 0n, data: concatHex(['0xa9059cbb', '0x00']) };
		expect(describeCall(cut, network, names)).toMatchObject({ to: USDC, selector: '0xa9059cbb' });
	});
});
