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
import { allKnown, readOperations } from '../../../core/history/pastOperations';
import { claimCall, hashReference } from '../../../core/registry/referenceRegistry';
import { HistoryUnavailableError, type RpcLog } from '../../../core/rpc/logs';
import { decodeSessionKeyCalls, encodeSessionKeyCalls, sameCalls } from '../../../core/plugin/sessionKeyCalls';
import { USER_OPERATION_EVENT } from '../../../core/userOperation/outcome';
import { hashUserOperation, toRpcUserOperation, type UserOperation } from '../../../core/userOperation/userOperation';
import { answering, scripted } from '../rpc/scripted';

const hex = (minLength: number, maxLength = minLength) =>
	fc.uint8Array({ minLength, maxLength }).map((bytes): Hex => toHex(bytes));
const address = hex(20).map((one) => getAddress(one));
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const call = fc.record({ target: address, value: uint256, data: hex(0, 100) });
const calls = fc.array(call, { maxLength: 5 });
const reference = fc.string({ minLength: 1, maxLength: 30 });

describe('the calldata of a session key', () => {
	it('is read back with its key, its calls and what it claims', () => {
		fc.assert(
			fc.property(calls, address, reference, (given, key, text) => {
				const hash = hashReference(text);
				expect(decodeSessionKeyCalls(encodeSessionKeyCalls(given, key))).toEqual({ key, calls: given, claims: [] });
				const claiming = encodeSessionKeyCalls(given, key, hash);
				expect(decodeSessionKeyCalls(claiming)).toEqual({ key, calls: given, claims: [hash] });
				expect(claiming).toBe(encodeSessionKeyCalls([claimCall(hash), ...given], key));
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

const CHAIN_ID = 8453;

/** The whole operation; the selector of handleOps in it must not confuse anybody. */
function whole({ sender, nonce, callData }: Mined): UserOperation {
	return {
		sender,
		nonce,
		initCode: '0x1fad948c',
		callData,
		callGasLimit: 1n,
		verificationGasLimit: 2n,
		preVerificationGas: 3n,
		maxFeePerGas: 4n,
		maxPriorityFeePerGas: 5n,
		paymasterAndData: '0x',
		signature: '0x1fad948c',
	};
}

function handleOps(ops: readonly Mined[]): Hex {
	const args = [ops.map(whole), ENTRY_POINT] as const;
	return encodeFunctionData({ abi: entryPointAbi, functionName: 'handleOps', args });
}

let freshHash = 0;

function logOf(op: Mined, transactionHash: Hex): RpcLog {
	const { sender, nonce } = op;
	const data = encodeAbiParameters(
		[{ type: 'uint256' }, { type: 'bool' }, { type: 'uint256' }, { type: 'uint256' }],
		[nonce, true, 7n, 3n],
	);
	return {
		address: ENTRY_POINT,
		topics: [USER_OPERATION_EVENT as Hex, hashUserOperation(whole(op), CHAIN_ID), pad(sender), pad('0x')],
		data,
		blockNumber: '0x5',
		blockHash: pad('0x05'),
		transactionHash,
		logIndex: '0x0',
	};
}

/** A chain on which these operations stand in one transaction with this input, and what its bundler says of operations. */
function chainWith(ops: readonly Mined[], input: Hex, told: Mined | null = null) {
	const transaction = numberToHex(++freshHash, { size: 32 });
	const { rpc } = scripted(
		answering(({ method }) => {
			if (method === 'eth_getLogs') return { result: ops.map((op) => logOf(op, transaction)) };
			if (method === 'eth_getTransactionByHash') return { result: { input } };
			if (method === 'eth_getTransactionReceipt') return { result: null };
			return { result: told && { userOperation: toRpcUserOperation(whole(told)) } };
		}),
	);
	return { rpc, network: { chainId: CHAIN_ID }, account: ops[0]!.sender };
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
			callData: encodeSessionKeyCalls(given, key, hashReference(text)),
		}));
	const bundle = fc.uniqueArray(mined, { minLength: 1, maxLength: 4, selector: ({ nonce }) => nonce });

	it('are read from the bundler’s transaction, whichever contract of its own it went through', async () => {
		const wrapped = fc.tuple(hex(0, 70), hex(0, 70));
		await fc.assert(
			fc.asyncProperty(bundle, wrapped, async (operations, [before, behind]) => {
				const ops = operations.map((one) => ({ sender, ...one }));
				const chain = chainWith(ops, concatHex([before, handleOps(ops), behind]));
				const found = await readOperations(chain, 0n, 9n);
				expect(found.map(({ nonce, calls: made, claims }) => ({ nonce, made, claims }))).toEqual(
					operations.map(({ nonce, given, text }) => ({ nonce, made: given, claims: [hashReference(text)] })),
				);
			}),
		);
	});

	it('of others in the same bundle are not taken for ours', async () => {
		const ours = { sender, nonce: 1n, callData: encodeSessionKeyCalls([], key) };
		const theirs = { ...ours, sender: key, callData: encodeSessionKeyCalls([], key, hashReference('theirs')) };
		const chain = chainWith([ours], handleOps([theirs, ours]));
		expect(await readOperations(chain, 0n, 9n)).toMatchObject([{ nonce: 1n, key, calls: [], claims: [] }]);
	});

	describe('that stand beside a false one of the same account and nonce', () => {
		const paid = { sender, nonce: 2n, callData: encodeSessionKeyCalls([], key, hashReference('paid')) };
		const hidden = { ...paid, callData: encodeSessionKeyCalls([], sender) };

		it('are told from it by their hash', async () => {
			const chain = chainWith([paid], concatHex([handleOps([hidden]), handleOps([hidden, paid])]));
			expect(await readOperations(chain, 0n, 9n)).toMatchObject([{ key, claims: [hashReference('paid')] }]);
		});

		it('are not known when only the false one is given', async () => {
			const [found] = await readOperations(chainWith([paid], handleOps([hidden]), hidden), 0n, 9n);
			expect(found).toMatchObject({ nonce: 2n, success: true });
			expect([found!.callData, found!.key]).toEqual([undefined, undefined]);
			expect(() => allKnown([found!])).toThrow(HistoryUnavailableError);
		});

		it('are taken from the bundler when it gives the true one', async () => {
			const [found] = await readOperations(chainWith([paid], handleOps([hidden]), paid), 0n, 9n);
			expect(found).toMatchObject({ key, claims: [hashReference('paid')], callData: paid.callData });
		});
	});

	it('are searched for at a few places only, however often a transaction looks like their beginning', async () => {
		const ours = { sender, nonce: 3n, callData: encodeSessionKeyCalls([], key) };
		const decoys = concatHex(Array.from({ length: 50_000 }, () => '0x1fad948c' as Hex));
		const [found] = await readOperations(chainWith([ours], concatHex([decoys, handleOps([ours])]), ours), 0n, 9n);
		expect(found).toMatchObject({ key, callData: ours.callData });
	});
});
