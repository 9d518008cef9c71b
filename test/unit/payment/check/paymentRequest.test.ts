import fc from 'fast-check';
import { getAddress, toHex, type Address } from 'viem';
import { formatAmount } from '../../../../core/amounts';
import { InputError } from '../../../../core/errors';
import { nativeTransfer, tokenTransfer } from '../../../../core/calls';
import { callRequest, transferRequest } from '../../../../core/payment/check/paymentRequest';

const USDC: Address = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';
const DAI: Address = '0x6B175474E89094C44Da98b954EedeAC495271d0F';
const ANNA: Address = '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326';
const BEN: Address = '0x95222290DD7278Aa3Ddd389Cc1E1d165CC4BAfe5';

const TOKENS = {
	[USDC]: { symbol: 'USDC', decimals: 6, balance: 0n },
	[DAI]: { symbol: 'DAI', decimals: 18, balance: 0n },
};

describe('an order for transfers', () => {
	it('becomes calls with each amount in the base units of its own token', () => {
		const request = transferRequest([
			{ to: ANNA, amount: '1250.5', token: USDC },
			{ to: ANNA, amount: '1250.5', token: DAI },
			{ to: BEN, amount: '0.05' },
		]);
		expect(request.toCalls(TOKENS)).toEqual([
			tokenTransfer(USDC, ANNA, 1_250_500_000n),
			tokenTransfer(DAI, ANNA, 1_250_500_000_000_000_000_000n),
			nativeTransfer(BEN, 50_000_000_000_000_000n),
		]);
	});

	it('asks for each token and each recipient of native money once, and for no recipient of a token', () => {
		const lower = USDC.toLowerCase() as Address;
		const request = transferRequest([
			{ to: ANNA, amount: '1', token: USDC },
			{ to: BEN, amount: '1', token: lower },
			{ to: BEN, amount: '1' },
			{ to: BEN, amount: '2' },
		]);
		expect(request.tokens).toEqual([USDC]);
		expect(request.questions).toEqual([
			{ contract: USDC, selectors: ['0xa9059cbb'] },
			{ contract: BEN, selectors: ['0x00000000'] },
		]);
	});

	it('keeps every amount exactly, in order', () => {
		const lines = fc.array(fc.bigInt({ min: 1n, max: 2n ** 128n }), { minLength: 1, maxLength: 20 });
		fc.assert(
			fc.property(lines, (amounts) => {
				const request = transferRequest(
					amounts.map((units) => ({ to: ANNA, token: USDC, amount: formatAmount(units, 6) })),
				);
				expect(request.toCalls(TOKENS)).toEqual(amounts.map((units) => tokenTransfer(USDC, ANNA, units)));
			}),
		);
	});

	it.each(['0', '0.000', '-1', '1e3', '', '1.0000001'])('of %p is refused by the name of its field', (amount) => {
		const request = transferRequest([{ to: ANNA, amount, token: USDC }]);
		expect(() => request.toCalls(TOKENS)).toThrow(InputError);
		expect(() => request.toCalls(TOKENS)).toThrow(expect.objectContaining({ field: 'Amount' }));
	});

	it('of one among several is refused by its number', () => {
		const amounts = ['1', '2', '1.0000001'];
		const request = transferRequest(amounts.map((amount) => ({ to: ANNA, amount, token: USDC })));
		expect(() => request.toCalls(TOKENS)).toThrow(
			expect.objectContaining({
				field: 'Amount',
				index: 2,
				message: expect.stringMatching(/^Item 3: "Amount" is 1.0000001/),
			}),
		);
	});

	it('in something that is no token is refused', () => {
		const request = transferRequest([{ to: ANNA, amount: '1', token: BEN }]);
		expect(() => request.toCalls(TOKENS)).toThrow(expect.objectContaining({ field: 'Token' }));
	});
});

describe('an order for calls', () => {
	it('asks for each contract once, with all of its functions', () => {
		const approve = { target: USDC.toLowerCase() as Address, value: 0n, data: '0x095ea7b3' } as const;
		const calls = [tokenTransfer(USDC, ANNA, 1n), approve, approve, nativeTransfer(BEN, 1n)];
		const request = callRequest(calls);
		expect(request.questions).toEqual([
			{ contract: USDC, selectors: ['0xa9059cbb', '0x095ea7b3'] },
			{ contract: BEN, selectors: ['0x00000000'] },
		]);
		expect(new Set(request.tokens)).toEqual(new Set([USDC]));
		expect(request.toCalls({})).toEqual(calls);
	});

	it('sends calldata as it came', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 100 }), fc.bigInt({ min: 0n }), (bytes, value) => {
				const call = { target: getAddress(BEN), value, data: toHex(bytes) };
				expect(callRequest([call]).toCalls({})).toEqual([call]);
			}),
		);
	});
});
