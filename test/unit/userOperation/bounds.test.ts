import fc from 'fast-check';
import { parseEther, parseGwei, zeroAddress, type Hex } from 'viem';
import { ENTRY_POINT } from '../../../core/contracts';
import { customNetwork, NETWORKS, networkBySlug, type Network } from '../../../core/networks';
import { boundRefusals, getRequiredPrefund, type CostFields } from '../../../core/userOperation/bounds';

const ethereum = networkBySlug('ethereum') as Network;

function operation(gas: bigint, maxFeePerGas: bigint, paymasterAndData: Hex = '0x'): CostFields {
	return { callGasLimit: gas, verificationGasLimit: 0n, preVerificationGas: 0n, maxFeePerGas, paymasterAndData };
}

const codes = (...given: Parameters<typeof boundRefusals>) => boundRefusals(...given).map(({ code }) => code);

describe('what an operation can cost', () => {
	it('counts verification gas three times with a paymaster, as the EntryPoint does', () => {
		const gas = { callGasLimit: 5n, verificationGasLimit: 7n, preVerificationGas: 11n, maxFeePerGas: 13n };
		expect(getRequiredPrefund({ ...gas, paymasterAndData: '0x' })).toBe((5n + 7n + 11n) * 13n);
		expect(getRequiredPrefund({ ...gas, paymasterAndData: `${zeroAddress}00` })).toBe((5n + 7n + 11n) * 13n);
		expect(getRequiredPrefund({ ...gas, paymasterAndData: ENTRY_POINT })).toBe((5n + 21n + 11n) * 13n);
	});
});

describe('the most that one operation may cost', () => {
	it.each(NETWORKS.map((network): [string, Network, string] => [network.slug, network, usualFee(network)]))(
		'leaves room for a new account with a key, and for 200 payments, on %s',
		(_, network, gwei) => {
			expect(codes({ network }, operation(2_500_000n, parseGwei(gwei) * 3n))).toEqual([]);
			expect(codes({ network }, operation(10_000_000n, parseGwei(gwei) * 3n))).toEqual([]);
		},
	);

	it('is told with both figures, and with the option that raises it', () => {
		const [refusal, ...others] = boundRefusals({ network: ethereum }, operation(1_000_000n, parseGwei('5000')));
		expect(others).toEqual([]);
		expect(refusal).toMatchObject({
			code: 'gasCostAboveMost',
			data: { cost: '5', most: '0.25', unit: 'ETH', network: 'Ethereum' },
			message:
				'This could cost up to 5 ETH in gas. On Ethereum one operation may cost at most 0.25 ETH, so nothing was signed.',
		});
		expect(refusal?.remedy).toContain('"Maximum Gas Cost" under Options to at least 5.');
	});

	it('can be raised and lowered by a person, exactly to the wei', () => {
		const op = operation(1n, parseEther('5'));
		expect(codes({ network: ethereum }, op, parseEther('5'))).toEqual([]);
		expect(codes({ network: ethereum }, op, parseEther('5') - 1n)).toEqual(['gasCostAboveMost']);
		expect(codes({ network: ethereum }, operation(1n, 1n), 0n)).toEqual(['gasCostAboveMost']);
	});

	it('holds for every field that raises the cost, a paymaster included', () => {
		const figure = fc.bigInt({ min: 0n, max: 2n ** 40n });
		fc.assert(
			fc.property(
				figure,
				figure,
				figure,
				figure,
				fc.constantFrom<Hex>('0x', ENTRY_POINT),
				(a, b, c, fee, paymaster) => {
					const op: CostFields = {
						callGasLimit: a,
						verificationGasLimit: b,
						preVerificationGas: c,
						maxFeePerGas: fee,
						paymasterAndData: paymaster,
					};
					const network = customNetwork(31337, 'ETH');
					expect(codes({ network }, op)).toEqual(
						getRequiredPrefund(op) > network.mostOperationCost ? ['gasCostAboveMost'] : [],
					);
				},
			),
		);
	});
});

describe('a gas policy', () => {
	const payer = { network: ethereum, gasPolicyId: 'policy' };

	it.each<[string, Hex]>([
		['no paymaster', '0x'],
		['the zero address, for which the account pays', `${zeroAddress}abcd`],
		['half an address', '0x5FF137'],
	])('is never replaced by the account when the answer has %s', (_, paymasterAndData) => {
		expect(codes(payer, operation(1n, 1n, paymasterAndData))).toEqual(['paymasterMissing']);
	});

	it('pays when the answer has a paymaster; without a policy the account pays', () => {
		expect(codes(payer, operation(1n, 1n, ENTRY_POINT))).toEqual([]);
		expect(codes({ network: ethereum }, operation(1n, 1n))).toEqual([]);
	});
});

/** What gas costs there on a usual day, in gwei. */
function usualFee({ slug, nativeSymbol }: Network): string {
	if (nativeSymbol === 'POL' || nativeSymbol === 'MATIC') return '300';
	return slug === 'ethereum' || slug === 'sepolia' ? '8' : '0.1';
}
