import fc from 'fast-check';
import {
	concatHex,
	encodeAbiParameters,
	encodeFunctionData,
	getAddress,
	numberToHex,
	pad,
	parseAbi,
	toHex,
	type Address,
	type Hex,
} from 'viem';
import { ENTRY_POINT, entryPointAbi } from '../../../core/contracts';
import {
	decodeSessionKeyCalls,
	encodeSessionKeyCalls,
	operationsOf,
	sameCalls,
} from '../../../core/payment/operations';
import { tagOf, withTag } from '../../../core/payment/reference';
import type { RpcLog } from '../../../core/rpc/logs';
import { USER_OPERATION_EVENT } from '../../../core/userOperation/outcome';
import { answering, scripted } from '../rpc/scripted';

const hex = (minLength: number, maxLength = minLength) =>
	fc.uint8Array({ minLength, maxLength }).map((bytes): Hex => toHex(bytes));
const address = hex(20).map((one) => getAddress(one));
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const call = fc.record({ target: address, value: uint256, data: hex(0, 100) });
const calls = fc.array(call, { maxLength: 5 });
const reference = fc.string({ minLength: 1, maxLength: 30 });

describe('the calldata of a session key', () => {
	it('is read back with its key, its calls and its tag', () => {
		fc.assert(
			fc.property(calls, address, reference, (given, key, text) => {
				const plain = encodeSessionKeyCalls(given, key);
				expect(decodeSessionKeyCalls(plain)).toEqual({ key, calls: given, tag: undefined });
				expect(decodeSessionKeyCalls(withTag(plain, text))).toEqual({ key, calls: given, tag: tagOf(text) });
			}),
		);
	});

	it('has no tag when more or less than 32 bytes stand behind it', () => {
		fc.assert(
			fc.property(calls, address, hex(1, 80), (given, key, behind) => {
				fc.pre(behind.length !== 66);
				const callData = concatHex([encodeSessionKeyCalls(given, key), behind]);
				expect(decodeSessionKeyCalls(callData)?.tag).toBeUndefined();
			}),
		);
	});

	it('is told from an owner’s', () => {
		const data = encodeFunctionData({
			abi: parseAbi(['function execute(address,uint256,bytes)']),
			args: [ENTRY_POINT, 1n, '0x'],
		});
		expect(decodeSessionKeyCalls(data)).toBeUndefined();
		expect(decodeSessionKeyCalls('0x')).toBeUndefined();
	});

	it('is the same payment only when every byte of every call is', () => {
		fc.assert(
			fc.property(calls, calls, (a, b) => {
				expect(
					sameCalls(
						a,
						a.map((one) => ({ ...one, target: one.target.toLowerCase() as Address })),
					),
				).toBe(true);
				expect(sameCalls(a, b)).toBe(JSON.stringify(a, withBigInts) === JSON.stringify(b, withBigInts));
			}),
		);
	});
});

function withBigInts(_: string, value: unknown): unknown {
	return typeof value === 'bigint' ? value.toString() : value;
}

interface Mined {
	sender: Address;
	nonce: bigint;
	callData: Hex;
}

function handleOps(ops: readonly Mined[]): Hex {
	const filler = {
		initCode: '0x1fad948c' as const,
		callGasLimit: 1n,
		verificationGasLimit: 1n,
		preVerificationGas: 1n,
		maxFeePerGas: 1n,
		maxPriorityFeePerGas: 1n,
		paymasterAndData: '0x' as const,
		signature: '0x1fad948c' as const,
	};
	const args = [ops.map((op) => ({ ...filler, ...op })), ENTRY_POINT] as const;
	return encodeFunctionData({ abi: entryPointAbi, functionName: 'handleOps', args });
}

let freshHash = 0;

function logOf({ sender, nonce }: Mined, transactionHash: Hex): RpcLog {
	const data = encodeAbiParameters(
		[{ type: 'uint256' }, { type: 'bool' }, { type: 'uint256' }, { type: 'uint256' }],
		[nonce, true, 7n, 3n],
	);
	return {
		address: ENTRY_POINT,
		topics: [USER_OPERATION_EVENT as Hex, numberToHex(++freshHash, { size: 32 }), pad(sender), pad('0x')],
		data,
		blockNumber: '0x5',
		blockHash: pad('0x05'),
		transactionHash,
		logIndex: '0x0',
	};
}

/** A chain on which these operations stand in one transaction, with this input. */
function chainWith(ops: readonly Mined[], input: Hex) {
	const transaction = numberToHex(++freshHash, { size: 32 });
	const { rpc } = scripted(
		answering(({ method }) => {
			if (method === 'eth_getLogs') return { result: ops.map((op) => logOf(op, transaction)) };
			return { result: method === 'eth_getTransactionByHash' ? { input } : null };
		}),
	);
	return rpc;
}

describe('past operations', () => {
	const sender: Address = '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326';
	const key: Address = '0x95222290DD7278Aa3Ddd389Cc1E1d165CC4BAfe5';
	const mined = fc
		.record({ calls, text: reference, nonce: fc.bigInt({ min: 0n, max: 2n ** 200n }) })
		.map(({ calls: given, text, nonce }) => ({
			given,
			text,
			nonce,
			callData: withTag(encodeSessionKeyCalls(given, key), text),
		}));
	const bundle = fc.uniqueArray(mined, { minLength: 1, maxLength: 4, selector: ({ nonce }) => nonce });

	it('are read from the bundler’s transaction, whichever contract of its own it went through', async () => {
		const wrapped = fc.tuple(hex(0, 70), hex(0, 70));
		await fc.assert(
			fc.asyncProperty(bundle, wrapped, async (operations, [before, behind]) => {
				const ops = operations.map((one) => ({ sender, ...one }));
				const rpc = chainWith(ops, concatHex([before, handleOps(ops), behind]));
				const found = await operationsOf(rpc, sender, 0n, 9n);
				expect(found.map(({ nonce, calls: made, tag }) => ({ nonce, made, tag }))).toEqual(
					operations.map(({ nonce, given, text }) => ({ nonce, made: given, tag: tagOf(text) })),
				);
			}),
		);
	});

	it('of others in the same bundle are not taken for ours', async () => {
		const ours = { sender, nonce: 1n, callData: encodeSessionKeyCalls([], key) };
		const theirs = { ...ours, sender: key, callData: withTag(ours.callData, 'theirs') };
		const rpc = chainWith([ours], handleOps([theirs, ours]));
		expect(await operationsOf(rpc, sender, 0n, 9n)).toMatchObject([{ nonce: 1n, key, calls: [], tag: undefined }]);
	});
});
