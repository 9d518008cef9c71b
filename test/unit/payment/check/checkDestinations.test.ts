import fc from 'fast-check';
import { encodeFunctionData, getAddress, toHex, zeroAddress, type Address } from 'viem';
import { CHANGE_REGISTRY, DETERMINISTIC_DEPLOYER, REFERENCE_REGISTRY } from '../../../../contracts/referenceRegistry';
import { nativeTransfer, tokenTransfer, type Call } from '../../../../core/calls';
import {
	ACCOUNT_FACTORY,
	ENTRY_POINT,
	entryPointAbi,
	erc20Abi,
	MULTI_OWNER_PLUGIN,
	SESSION_KEY_PLUGIN,
} from '../../../../core/contracts';
import { checkCalls } from '../../../../core/payment/check/check';
import { checkDestinations } from '../../../../core/payment/check/checkDestinations';
import { claimCall } from '../../../../core/registry/referenceRegistry';
import { ACCOUNT, ANNA, open, sampleAccount, sampleState, TOKEN } from '../../refusal/sampleState';

const OTHER_TOKEN = getAddress('0x00000000000000000000000000000000000c0ffe');
const OTHER_PLUGIN = getAddress('0x0000000000000000000000000000000000f00001');
const state = sampleState({
	account: sampleAccount({ plugins: [SESSION_KEY_PLUGIN, OTHER_PLUGIN] }),
	tokens: {
		[TOKEN]: { symbol: 'USDC', decimals: 6, balance: 5_000_000_000n },
		[OTHER_TOKEN]: { symbol: 'OTHER', decimals: 6, balance: 0n },
	},
});

const kindsOf = (calls: readonly Call[]) =>
	checkDestinations(state, calls).map(({ data }) => (data as { kind: string }).kind);
const from = (to: Address): Call => ({
	target: TOKEN,
	value: 0n,
	data: encodeFunctionData({ abi: erc20Abi, functionName: 'transferFrom', args: [ACCOUNT, to, 1n] }),
});

describe('money that would be lost', () => {
	it.each<[string, Address, string]>([
		['the zero address', zeroAddress, 'zero'],
		['a precompile', '0x0000000000000000000000000000000000000001', 'system'],
		['the last precompile', '0x0000000000000000000000000000000000000100', 'system'],
		['the burn address', '0x000000000000000000000000000000000000dEaD', 'system'],
		['what stands for native money', '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE', 'system'],
		['a bridge of the rollup', '0x4200000000000000000000000000000000000010', 'system'],
		['the way out of the rollup', '0x4200000000000000000000000000000000000016', 'system'],
		['one digit over and over', '0x1111111111111111111111111111111111111111', 'system'],
		['the highest address', '0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF', 'system'],
		['another burn address', '0xdEAD000000000000000042069420694206942069', 'system'],
		['a third burn address', '0xdEad000000000000000000000000000000000000', 'system'],
		['Multicall3, whose money anybody may take', '0xcA11bde05977b3631167028862bE2a173976CA11', 'contract'],
		['the EntryPoint', ENTRY_POINT, 'entryPoint'],
		['the reference registry', REFERENCE_REGISTRY, 'contract'],
		['the registry of key changes', CHANGE_REGISTRY, 'contract'],
		['the deployer', DETERMINISTIC_DEPLOYER, 'contract'],
		['the account factory', ACCOUNT_FACTORY, 'contract'],
	])('to %s is refused, in whatever it is', (_, to, kind) => {
		expect(kindsOf([nativeTransfer(to, 1n)])).toEqual([kind]);
		expect(kindsOf([tokenTransfer(TOKEN, to, 1n)])).toEqual([kind]);
		expect(kindsOf([from(to)])).toEqual([kind]);
	});

	it('is none where native money is wrapped; tokens are lost there', () => {
		const wrapped = '0x4200000000000000000000000000000000000006';
		expect(kindsOf([nativeTransfer(wrapped, 1n)])).toEqual([]);
		expect(kindsOf([tokenTransfer(TOKEN, wrapped, 1n)])).toEqual(['system']);
	});

	it.each<[string, Address, string]>([
		["the token's own contract", TOKEN, 'tokenItself'],
		['the contract of another token of the network', OTHER_TOKEN, 'token'],
		['the account itself', ACCOUNT, 'account'],
		['the session key plugin', SESSION_KEY_PLUGIN, 'plugin'],
		['the owners’ plugin', MULTI_OWNER_PLUGIN, 'plugin'],
		['another plugin of the account', OTHER_PLUGIN, 'plugin'],
	])('as tokens to %s is refused', (_, to, kind) => {
		expect(kindsOf([tokenTransfer(TOKEN, to, 1n)])).toEqual([kind]);
		expect(kindsOf([from(to)])).toEqual([kind]);
	});

	it('is told of the call that it is in, and the payment is not made', () => {
		const calls = [tokenTransfer(TOKEN, ANNA, 1n), tokenTransfer(TOKEN, TOKEN, 1n)];
		const { allowed, refusals } = checkCalls(sampleState({ key: { contracts: { [TOKEN]: open() } } }), calls);
		expect(allowed).toBe(false);
		expect(refusals).toMatchObject([{ code: 'moneyLost', data: { index: 1, recipient: TOKEN } }]);
	});

	it('is nothing of what people are paid, and nothing of a call that pays nobody', () => {
		const anybody = fc
			.uint8Array({ minLength: 20, maxLength: 20 })
			.map((bytes) => getAddress(toHex(bytes)))
			.filter((address) => BigInt(address) > 0xffffn);
		fc.assert(
			fc.property(anybody, fc.bigInt({ min: 1n, max: 2n ** 200n }), (to, amount) => {
				expect(kindsOf([nativeTransfer(to, amount), tokenTransfer(TOKEN, to, amount), from(to)])).toEqual([]);
			}),
		);
		const deposit = encodeFunctionData({ abi: entryPointAbi, functionName: 'balanceOf', args: [ACCOUNT] });
		expect(kindsOf([claimCall(toHex(1, { size: 32 })), { target: ENTRY_POINT, value: 5n, data: deposit }])).toEqual([]);
		expect(kindsOf([{ target: TOKEN, value: 0n, data: '0xa9059cbb' }])).toEqual([]);
		expect(kindsOf([nativeTransfer(zeroAddress, 0n)])).toEqual([]);
	});
});
