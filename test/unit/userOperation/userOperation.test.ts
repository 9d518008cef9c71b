import { getEntryPoint, sepolia, type UserOperationRequest_v6 } from '@alchemy/aa-core';
import fc from 'fast-check';
import { getAddress, numberToHex, toHex, zeroAddress, type Hex } from 'viem';
import { ENTRY_POINT } from '../../../core/contracts';
import { feesFrom, presentFees, raised, replacementFees } from '../../../core/userOperation/fees';
import type { Rpc } from '../../../core/rpc/rpc';
import { paymasterOf } from '../../../core/userOperation/gas';
import {
	hashUserOperation,
	nonceKeyOf,
	sequenceOf,
	toNonce,
	toRpcUserOperation,
} from '../../../core/userOperation/userOperation';

const hex = (minLength: number, maxLength = minLength) =>
	fc.uint8Array({ minLength, maxLength }).map((bytes): Hex => toHex(bytes));
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });
const operation = fc.record({
	sender: hex(20).map((one) => getAddress(one)),
	nonce: uint(256n),
	initCode: hex(0, 60),
	callData: hex(0, 200),
	callGasLimit: uint(64n),
	verificationGasLimit: uint(64n),
	preVerificationGas: uint(64n),
	maxFeePerGas: uint(64n),
	maxPriorityFeePerGas: uint(64n),
	paymasterAndData: hex(0, 100),
	signature: hex(65),
});

describe('a user operation', () => {
	it('has the hash that the SDK gives it', () => {
		fc.assert(
			fc.property(operation, fc.integer({ min: 1, max: 2 ** 31 }), (op, chainId) => {
				const request = toRpcUserOperation(op) as unknown as UserOperationRequest_v6;
				const { getUserOperationHash } = getEntryPoint(
					{ ...sepolia, id: chainId },
					{ version: '0.6.0', addressOverride: ENTRY_POINT },
				);
				expect(hashUserOperation(op, chainId)).toBe(getUserOperationHash(request));
			}),
		);
	});

	it('is sent with every number as hex', () => {
		fc.assert(
			fc.property(operation, (op) => {
				const sent = toRpcUserOperation(op);
				expect(Object.keys(sent)).toEqual(Object.keys(op));
				for (const [name, value] of Object.entries(op)) {
					expect(sent[name]).toBe(typeof value === 'bigint' ? numberToHex(value) : value);
				}
			}),
		);
	});

	it('has a nonce of 192 bits of lane and 64 bits of sequence', () => {
		fc.assert(
			fc.property(uint(192n), uint(64n), (nonceKey, sequence) => {
				const nonce = toNonce(nonceKey, sequence);
				expect([nonceKeyOf(nonce), sequenceOf(nonce)]).toEqual([nonceKey, sequence]);
				expect(nonce < 2n ** 256n).toBe(true);
			}),
		);
	});

	it('names its paymaster in the first 20 bytes', () => {
		expect(paymasterOf('0x')).toBeUndefined();
		expect(paymasterOf(`${ENTRY_POINT}abcdef`)).toBe(ENTRY_POINT);
		expect(paymasterOf(`${zeroAddress}abcdef`)).toBeUndefined();
	});
});

describe('fees', () => {
	const fee = fc.bigInt({ min: 0n, max: 10n ** 13n });

	it('cover a base fee that rises for three full blocks', () => {
		fc.assert(
			fc.property(fee, fee, (baseFee, priority) => {
				const { maxFeePerGas, maxPriorityFeePerGas } = feesFrom(baseFee, priority);
				expect(maxPriorityFeePerGas >= priority).toBe(true);
				expect(maxFeePerGas >= maxPriorityFeePerGas).toBe(true);
				// EIP-1559: at most an eighth more from block to block.
				expect(maxFeePerGas * 512n >= baseFee * 729n).toBe(true);
			}),
		);
	});

	it('go by the bundler’s own suggestion, and by the node’s only where it has none', async () => {
		const asked: string[] = [];
		const rpc = {
			batch: async (calls: readonly { method: string }[]) => {
				asked.push(...calls.map(({ method }) => method));
				return calls.map(() => ({ result: '0x384' }));
			},
		} as unknown as Rpc;
		expect((await presentFees(rpc, { baseFee: 0n, rundler: 200n })).maxPriorityFeePerGas).toBe(210n);
		expect(asked).toEqual([]);
		expect((await presentFees(rpc, { baseFee: 0n })).maxPriorityFeePerGas).toBe(945n);
		expect(asked).toEqual(['eth_maxPriorityFeePerGas']);
		expect(feesFrom(100n, 0n)).toEqual({ maxPriorityFeePerGas: 0n, maxFeePerGas: 150n });
	});

	it('of a replacement rise by 10 % at least where the market asks for it, and never beyond four times the first', () => {
		const fees = fc.record({ maxFeePerGas: fee, maxPriorityFeePerGas: fee });
		fc.assert(
			fc.property(fees, fees, fees, (old, first, now) => {
				const fresh = replacementFees(old, first, now);
				const isOutbid =
					now.maxFeePerGas > old.maxFeePerGas || now.maxPriorityFeePerGas > raised(old.maxPriorityFeePerGas, 110n);
				if (!isOutbid) expect(fresh).toBeUndefined();
				if (!fresh) return;
				expect(fresh.maxFeePerGas <= first.maxFeePerGas * 4n).toBe(true);
				for (const name of ['maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
					expect(fresh[name] * 10n >= old[name] * 11n).toBe(true);
					expect(fresh[name] >= now[name]).toBe(true);
				}
			}),
		);
	});

	it('are rounded up', () => {
		expect(raised(1n, 110n)).toBe(2n);
		expect(raised(100n, 110n)).toBe(110n);
		expect(raised(0n, 150n)).toBe(0n);
	});
});
