import { numberToHex, toFunctionSelector, zeroHash, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ENTRY_POINT } from '../../../core/contracts';
import { pullStop } from '../../../core/emergencyStop/pullStop';
import { parseStopCode } from '../../../core/emergencyStop/stopCode';
import { findByHash } from '../../../core/payment/findPayment';
import { pay } from '../../../core/payment/pay';
import type { FaultRule } from '../../../devnet';
import { dollars, freshAddress, KINDS, payerWith, payingAccount, payOptions } from '../../support/payer';
import { connect, fundedAccount, includeOperations, tokenBudget, type DevnetClient } from '../support/devnet';
import { managerOf } from '../support/manager';
import { dollarsOf, refusalOf } from '../support/onChain';
import { callTo, keeper, liar } from './liar';
import { USER_OPERATION_EVENT } from '../../../core/userOperation/outcome';
import { hashUserOperation } from '../../../core/userOperation/userOperation';

jest.setTimeout(60_000);

const PAID = 1_500_000n;
const SEND = ['eth_sendUserOperation'];
const ESTIMATE = ['eth_estimateUserOperationGas'];
const GET_NONCE = toFunctionSelector('getNonce(address,uint192)');
const BY_HASH = ['eth_getUserOperationByHash'];

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

/** What a bundler has against the second one of two equal operations, of which it took the first. */
const SECOND: [string, number, string][] = [
	['too little money', -32500, 'AA21 didn’t pay prefund'],
	['its own validation', -32500, 'AA23 reverted (or OOG)'],
	['the signature', -32507, 'AA24 signature error'],
	['the paymaster', -32501, 'AA33 reverted (or OOG)'],
	['the time', -32503, 'expires too soon'],
	['its rules', -32502, 'banned opcode'],
	['its fees', -32602, 'transaction underpriced'],
];

describe('a gateway that hands an operation in twice, and passes on what there is against the second', () => {
	it.each(SECOND)('for a payment: %s', async (_, code, message) => {
		await devnet.faults.set({ kind: 'error', code, message, match: SEND, carriedOut: true });
		for (const reference of ['twice', undefined]) {
			const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
			const to = freshAddress();
			expect(await pay(payer, dollars(devnet, to), payOptions(reference))).toMatchObject({ status: 'paid' });
			expect(await dollarsOf(devnet, to)).toBe(PAID);
		}
	});

	it.each(SECOND)('for a change by the owner: %s', async (_, code, message) => {
		const account = await fundedAccount(devnet);
		const manager = managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address });
		await devnet.faults.set({ kind: 'error', code, message, match: SEND, carriedOut: true });
		expect(await manager.item('plugin', 'install')).toMatchObject({ status: 'done' });
	});

	it('says the refusal where neither bundler nor chain know of it', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		await devnet.faults.set({ kind: 'error', code: -32507, message: 'AA24 signature error', match: SEND });
		await refusalOf(pay(payer, dollars(devnet, freshAddress()), payOptions('refused')));
		// Nor do bundlers have to know the method.
		await devnet.faults.add({ kind: 'error', code: -32601, message: 'method not found', match: BY_HASH });
		await refusalOf(pay(payer, dollars(devnet, freshAddress()), payOptions('refused')));
	});

	it('says no refusal where nobody can tell whether it is on its way', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		await devnet.faults.set(
			{ kind: 'error', code: -32507, message: 'AA24 signature error', match: SEND },
			{ kind: 'http', status: 503, match: BY_HASH },
		);
		const told = await pay(payer, dollars(devnet, freshAddress()), payOptions('silent', { timeLimit: 500 }));
		expect(told).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x/) });
	});
});

it.each(KINDS)(
	'a key with %s: a node that says its nonce is used is no proof that what it was given is lost',
	async (kind) => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const { rpc, kept } = keeper(devnet, async (method, params, truth) => {
			if (kept.length === 0) return truth();
			await devnet.faults.set({ kind: 'error', code: -32507, message: 'AA24 signature error', match: ESTIMATE });
			const isNonce = callTo(ENTRY_POINT, method, params)?.startsWith(GET_NONCE);
			return isNonce ? numberToHex(kept[0]!.nonce + 1n, { size: 32 }) : truth();
		});
		const told = await pay({ ...payer, rpc }, dollars(devnet, to), payOptions('kept-back'));
		expect(told).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x/) });
		await devnet.faults.clear();
		await includeOperations(devnet, [kept[0]!]);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		expect(await pay(payer, dollars(devnet, to), payOptions('kept-back'))).toMatchObject({ status: 'alreadyPaid' });
	},
);

it('what took its place some blocks ago is found, so that a refusal is said as one', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'gas limit' });
	let overtaking: Promise<unknown> | undefined;
	const { rpc, kept } = keeper(devnet, async (_, __, truth) => {
		if (kept.length > 0) await (overtaking ??= overtake());
		return truth();
	});
	const overtake = async () => {
		const other = await pay(payer, dollars(devnet, freshAddress()), payOptions('the other'));
		expect(other).toMatchObject({ status: 'paid' });
		await devnet.request('anvil_mine', ['0x5']);
		await devnet.faults.set({ kind: 'error', code: -32507, message: 'AA24 signature error', match: ESTIMATE });
	};
	const { refusal } = await refusalOf(pay({ ...payer, rpc }, dollars(devnet, freshAddress()), payOptions('overtaken')));
	expect(refusal.code).toBe('wrongSigner');
	expect(kept).toHaveLength(1);
});

it('words that nobody knows are no refusal of a change by the owner either', async () => {
	const account = await fundedAccount(devnet);
	const manager = managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address });
	await devnet.faults.set({ kind: 'error', code: -32000, message: 'the moon is wrong', match: SEND });
	const told = await manager.item('plugin', 'install', { options: { timeLimit: 1 } });
	expect(told).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x/) });
});

it('an emergency stop that failed in its block is told as that, also where nobody answers afterwards', async () => {
	const account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, PAID) }] });
	const manager = managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address });
	const { stopCode } = await manager.item('account', 'prepareEmergencyStop');
	const starved = { ...parseStopCode(stopCode, 'Code').op, callGasLimit: 30_000n };
	const signature = await privateKeyToAccount(account.owner.privateKey).signMessage({
		message: { raw: hashUserOperation(starved, devnet.chainId) },
	});
	let included: Promise<unknown> | undefined;
	const { rpc, kept } = keeper(devnet, async (method, _, truth) => {
		if (kept.length > 0) await (included ??= includeOperations(devnet, kept));
		if (kept.length > 0 && method === 'eth_chainId') throw new Error('nobody answers');
		return truth();
	});
	const { network } = payerWith(devnet, account.address, account.keys[0]!.privateKey);
	const stop = { chainId: devnet.chainId, op: { ...starved, signature } };
	const told = await pullStop({ rpc, network }, stop, 'Code', 20_000).catch((error: unknown) => error);
	expect(told).toMatchObject({ name: 'OwnerOperationFailed', transactionHash: expect.stringMatching(/^0x/) });
});

describe('an operation looked up by its hash', () => {
	const paid = async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const { userOperationHash } = await pay(payer, dollars(devnet, freshAddress()), payOptions('found'));
		return { payer, hash: userOperationHash as Hex };
	};

	it('has failed, or is in a block, by the word of the node and not of the bundler', async () => {
		const { payer, hash } = await paid();
		const saying = (change: (log: never) => unknown) =>
			liar(devnet.url, async (method, _, truth) => {
				const answer = await truth();
				if (method !== 'eth_getUserOperationReceipt' || !answer) return answer;
				const { receipt, ...others } = answer as { receipt: { logs: never[] } };
				return { ...others, logs: [], receipt: { ...receipt, logs: receipt.logs.map(change) } };
			});
		const failed = saying((log: { topics: Hex[]; data: Hex }) => {
			if (log.topics[0] !== USER_OPERATION_EVENT) return log;
			// The second word of its data is whether it succeeded.
			return { ...log, data: `${log.data.slice(0, 66)}${'0'.repeat(64)}${log.data.slice(130)}` };
		});
		expect((await findByHash({ ...payer, rpc: failed }, hash)).operation).toMatchObject({ success: true });
		const elsewhere = saying((log: object) => ({ ...log, transactionHash: zeroHash }));
		expect((await findByHash({ ...payer, rpc: elsewhere }, hash)).operation).toMatchObject({ success: true });
	});

	it.each<[string, FaultRule]>([
		['is out of order', { kind: 'http', status: 503, match: BY_HASH }],
		['has too many requests', { kind: 'error', code: -32005, message: 'limit exceeded', match: BY_HASH }],
	])('is not unknown because the bundler %s', async (_, fault) => {
		const { payer } = await paid();
		await devnet.faults.set(fault);
		await expect(findByHash(payer, `0x${'12'.repeat(32)}`)).rejects.toThrow(
			/out of order|limit exceeded|many requests/,
		);
	});

	it('is unknown where there is no bundler to ask, and the chain does not have it', async () => {
		const { payer } = await paid();
		await devnet.faults.set({ kind: 'error', code: -32601, message: 'method not found', match: BY_HASH });
		expect(await findByHash(payer, `0x${'12'.repeat(32)}`)).toMatchObject({ status: 'unknown' });
	});
});
