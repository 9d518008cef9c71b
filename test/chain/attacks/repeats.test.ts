import { encodeAbiParameters, encodeFunctionData, numberToHex, pad, zeroHash, type Hex } from 'viem';
import { entryPoint06Abi } from 'viem/account-abstraction';
import { ENTRY_POINT } from '../../../core/contracts';
import { pay } from '../../../core/payment/pay';
import { createRpc, type Post } from '../../../core/rpc/rpc';
import { USER_OPERATION_EVENT } from '../../../core/userOperation/outcome';
import { hashUserOperation, type UserOperation } from '../../../core/userOperation/userOperation';
import { dollars, freshAddress, KINDS, payingAccount, payOptions, post, sleep } from '../../support/payer';
import { connect, includeOperations, type DevnetClient } from '../support/devnet';
import { dollarsOf } from '../support/onChain';
import { callTo, keeper } from './liar';

jest.setTimeout(60_000);

const PAID = 1_500_000n;

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

describe.each(KINDS)('without a reference, by a key with %s, one run pays once', (kind) => {
	it.each([
		['at once', 0],
		['later', 400],
	])('though a gateway hands everything in twice, the second time %s', async (_, pause) => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const twice: Post = async (url, body, timeout) => {
			if (!JSON.stringify(body).includes('eth_sendUserOperation')) return post(url, body, timeout);
			await post(url, body, timeout);
			await sleep(pause);
			return post(url, body, timeout);
		};
		const rpc = createRpc({ chainUrl: devnet.url, post: twice, sleep });
		expect(await pay({ ...payer, rpc }, dollars(devnet, to), payOptions(undefined))).toMatchObject({ status: 'paid' });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('though an endpoint keeps what it is given, and says each time that another operation took its place', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const gas = { callGasLimit: '0x80000', verificationGasLimit: '0x80000', preVerificationGas: '0x20000' };
		const other = (op: UserOperation): UserOperation => ({ ...op, callData: '0x', signature: '0x' });
		const endpoint = keeper(devnet, async (method, params, truth) => {
			const { kept } = endpoint;
			if (method === 'eth_estimateUserOperationGas') return gas;
			if (callTo(ENTRY_POINT, method, params)?.startsWith('0x35567e1a')) {
				const next = BigInt((await truth()) as Hex);
				const used = kept.map(({ nonce }) => nonce).filter((nonce) => nonce >> 64n === next >> 64n);
				return numberToHex(
					used.reduce((most, nonce) => (nonce >= most ? nonce + 1n : most), next),
					{ size: 32 },
				);
			}
			if (method === 'eth_getLogs') return kept.map((op) => logOf(other(op)));
			if (method === 'eth_getTransactionByHash') return { input: handleOps(kept.map(other)) };
			return truth();
		});
		const { rpc, kept } = endpoint;
		rpc.sleep = () => sleep(10);
		await pay({ ...payer, rpc }, dollars(devnet, to), payOptions(undefined, { timeLimit: 4_000 }));
		for (const operation of kept) await includeOperations(devnet, [operation]).catch(() => undefined);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});
});

function logOf(op: UserOperation) {
	return {
		address: ENTRY_POINT,
		topics: [USER_OPERATION_EVENT, hashUserOperation(op, devnet.chainId), pad(op.sender), zeroHash],
		data: encodeAbiParameters(
			[{ type: 'uint256' }, { type: 'bool' }, { type: 'uint256' }, { type: 'uint256' }],
			[op.nonce, true, 1n, 1n],
		),
		blockNumber: '0x1',
		blockHash: zeroHash,
		transactionHash: zeroHash,
		logIndex: '0x0',
		transactionIndex: '0x0',
	};
}

function handleOps(operations: readonly UserOperation[]): Hex {
	return encodeFunctionData({ abi: entryPoint06Abi, functionName: 'handleOps', args: [operations, devnet.operator] });
}
