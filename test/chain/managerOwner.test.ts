import type { IExecuteFunctions } from 'n8n-workflow';
import { parseEther, toHex, type Address } from 'viem';
import { listSessionKeys } from '../../core/plugin/keyList';
import type { FaultRule } from '../../devnet';
import { SessionKeyManager } from '../../nodes/SessionKeyManager/SessionKeyManager.node';
import { alchemyApiFor } from '../support/credentials';
import { managedAccount, safeKey } from '../support/managerForms';
import { connectionTo, freshAddress, sleep } from '../support/payer';
import { runNode, type NodeRun } from '../support/runNode';
import { connect, type DevnetClient } from './support/devnet';
import { managerOf } from './support/manager';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	usdc = devnet.tokens.usd6.address;
});
afterEach(() => devnet.faults.clear());

const sentOperations = async () =>
	(await devnet.calls.list()).filter(({ methods }) => methods.includes('eth_sendUserOperation')).length;
const keysOf = (account: Address) => listSessionKeys(connectionTo(devnet), account);

/** It may still land: within seconds it does. */
async function comesIn(account: Address, key: Address): Promise<void> {
	for (let looks = 0; looks < 100; looks++) {
		if ((await keysOf(account)).includes(key)) return;
		await sleep(100);
	}
	throw new Error('it never came');
}

/** The node, with something of its context replaced. */
function managerWith(replaced: Partial<IExecuteFunctions>): SessionKeyManager {
	const node = new SessionKeyManager();
	const { execute } = node;
	node.execute = function (this: IExecuteFunctions) {
		return execute.call(Object.assign(Object.create(this) as IExecuteFunctions, replaced));
	};
	return node;
}

describe("an owner's operation is bounded", () => {
	const lies: [string, FaultRule, RegExp][] = [
		[
			'gas that no change needs',
			{
				match: ['eth_estimateUserOperationGas'],
				kind: 'answer',
				result: { callGasLimit: toHex(10n ** 9n), verificationGasLimit: '0x10000', preVerificationGas: '0x10000' },
			},
			/^This could cost up to about [\d.,]+ ETH in gas\. On Chain 31337 one operation may cost at most 0\.25 ETH/,
		],
		[
			'a fee that no network asks for',
			{
				match: ['rundler_maxPriorityFeePerGas', 'eth_maxPriorityFeePerGas'],
				kind: 'answer',
				result: toHex(10n ** 13n),
			},
			/one operation may cost at most 0\.25 ETH/,
		],
	];

	it.each(lies)('also when an endpoint tells %s', async (_, fault, words) => {
		const { account, manager } = await managedAccount(devnet, 'old');
		await devnet.request('anvil_setBalance', [account.address, toHex(parseEther('1000'))]);
		await devnet.faults.set(fault);
		await devnet.calls.clear();
		const { error } = await manager.run('key', 'add', safeKey(usdc, freshAddress()));
		expect(error?.message).toMatch(words);
		expect(error?.description).toContain('"Maximum Gas Cost" under Options');
		const prepared = await manager.run('key', 'add', {
			...safeKey(usdc, freshAddress()),
			signedBy: 'prepare',
			accountAddress: account.address,
		});
		expect(prepared.error?.message).toMatch(words);
		expect(await sentOperations()).toBe(0);
		expect(await keysOf(account.address)).toHaveLength(1);
	});

	it('by what the person says, in their own money', async () => {
		const { manager } = await managedAccount(devnet, 'old');
		const add = (mostGasCost: string) =>
			manager.run('key', 'add', { ...safeKey(usdc, freshAddress()), options: { mostGasCost } });
		expect((await add('0.0000001')).error?.message).toContain('at most 0.0000001 ETH');
		expect((await add('a lot')).error?.message).toContain('"Maximum Gas Cost"');
		expect((await add('0.2')).items[0]?.json).toMatchObject({ status: 'done' });
	});

	it('is never paid by the account where a gas policy is set', async () => {
		const { account } = await managedAccount(devnet, 'old');
		const manager = managerOf(devnet, {
			ownerKey: account.owner.privateKey,
			account: account.address,
			gasPolicyId: 'sponsor-all',
		});
		const gas = { callGasLimit: '0x80000', verificationGasLimit: '0x80000', preVerificationGas: '0x10000' };
		const fees = { maxFeePerGas: '0xb2d05e00', maxPriorityFeePerGas: '0x3b9aca00' };
		for (const paymasterAndData of ['0x', `0x${'00'.repeat(20)}abcd`]) {
			const result = { ...gas, ...fees, paymasterAndData };
			await devnet.faults.set({ match: ['alchemy_requestGasAndPaymasterAndData'], kind: 'answer', result });
			await devnet.calls.clear();
			const refusal = await manager.refusal('key', 'add', safeKey(usdc, freshAddress()));
			expect(refusal).toContain('names no paymaster');
			expect(await sentOperations()).toBe(0);
		}
	});
});

describe('once it may be on its way', () => {
	const receipt = ['eth_getUserOperationReceipt'];
	const proof = [...receipt, 'eth_getLogs'];
	const unreadable: [string, FaultRule][] = [
		['refuses the key', { match: proof, kind: 'http', status: 401 }],
		['forbids', { match: proof, kind: 'http', status: 403 }],
		['throttles', { match: proof, kind: 'http', status: 429 }],
		['fails inside', { match: proof, kind: 'http', status: 503 }],
		['breaks off', { match: proof, kind: 'drop' }],
		['says no JSON', { match: proof, kind: 'http', status: 200, body: '<html>' }],
		['says nonsense for a receipt', { match: proof, kind: 'answer', result: { logs: [{ topics: 'x' }] } }],
		['has no receipts, and no logs', { match: proof, kind: 'answer', result: null }],
	];

	it.each(unreadable)('an endpoint that %s leaves it pending, with its hash', async (_, fault) => {
		const { account, manager } = await managedAccount(devnet, 'old');
		await devnet.faults.set(fault);
		const key = freshAddress();
		const { items, error } = await manager.run('key', 'add', { ...safeKey(usdc, key), options: { timeLimit: 2 } });
		expect(error).toBeUndefined();
		expect(items[0]?.json).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x\w{64}$/) });
		await devnet.faults.clear();
		await comesIn(account.address, key);
	});

	it('a bundler without receipts is made up for by the events of the chain', async () => {
		const { manager } = await managedAccount(devnet, 'old');
		await devnet.faults.set({ match: receipt, kind: 'answer', result: null });
		const done = await manager.item('key', 'add', safeKey(usdc, freshAddress()));
		expect(done).toMatchObject({ status: 'done', transaction: expect.stringMatching(/^0x/) });
	});

	it.each<[string, FaultRule]>([
		['401', { match: ['eth_sendUserOperation'], kind: 'http', status: 401, carriedOut: true }],
		['nothing', { match: ['eth_sendUserOperation'], kind: 'drop', carriedOut: true }],
		[
			'that its nonce is used',
			{
				match: ['eth_sendUserOperation'],
				kind: 'error',
				code: -32500,
				message: 'AA25 invalid account nonce',
				carriedOut: true,
			},
		],
		[
			'an internal error',
			{ match: ['eth_sendUserOperation'], kind: 'error', code: -32603, message: 'internal error', carriedOut: true },
		],
	])('what the bundler took counts, also when it answers %s', async (_, fault) => {
		const { account, manager } = await managedAccount(devnet, 'old');
		await devnet.faults.set(fault);
		const key = freshAddress();
		expect(await manager.item('key', 'add', safeKey(usdc, key))).toMatchObject({ status: 'done' });
		expect(await keysOf(account.address)).toContain(key);
	});
});

describe('stop', () => {
	/** Runs two items that each add a key, and stops where `at` says. */
	async function stopped(at: (stop: () => void) => Promise<void> | void, more: Partial<NodeRun> = {}) {
		const { account } = await managedAccount(devnet, 'old');
		const controller = new AbortController();
		const keys = [freshAddress(), freshAddress()];
		const node = managerWith({ getExecutionCancelSignal: () => controller.signal });
		const parameters = {
			resource: 'key',
			operation: 'add',
			...safeKey(usdc, '={{ $json.key }}' as Address),
			options: { timeLimit: 5 },
		};
		await at(() => controller.abort());
		const { items, error } = await runNode(node, {
			parameters,
			credentials: {
				alchemyApi: alchemyApiFor(devnet),
				smartAccountOwnerApi: { privateKey: account.owner.privateKey, accountAddress: account.address, salt: '0' },
			},
			items: keys.map((key) => ({ key })),
			...more,
		});
		return { items: items.map(({ json }) => json), error, keys, added: await keysOf(account.address) };
	}

	it('before anything was sent begins no item: nothing is signed or sent', async () => {
		await devnet.calls.clear();
		const { items, added } = await stopped((stop) => stop());
		expect(items).toEqual([]);
		expect(await sentOperations()).toBe(0);
		expect(added).toHaveLength(1);
	});

	it('while the first one is waited for tells that it was sent, and begins no other', async () => {
		await devnet.calls.clear();
		await devnet.faults.set({ match: ['eth_getUserOperationReceipt'], kind: 'http', status: 503 });
		const { items, keys, added } = await stopped((stop) => void stopOnce('eth_sendUserOperation', stop));
		expect(items[0]).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x\w{64}$/) });
		expect(items).toHaveLength(1);
		expect(await sentOperations()).toBe(1);
		expect(added).not.toContain(keys[1]);
	});

	it('between reading and signing ends that item with "notDone"', async () => {
		await devnet.calls.clear();
		await devnet.faults.set({
			match: ['eth_gasPrice', 'eth_estimateUserOperationGas'],
			kind: 'latency',
			milliseconds: 3_000,
		});
		const { items, added } = await stopped((stop) => void stopOnce('eth_getBlockByNumber', stop));
		expect(items).toEqual([
			expect.objectContaining({
				status: 'notDone',
				error: 'The execution was stopped before this change was sent',
			}),
		]);
		expect(await sentOperations()).toBe(0);
		expect(added).toHaveLength(1);
	});

	/** Stops when the endpoint is asked for something. */
	async function stopOnce(method: string, stop: () => void): Promise<void> {
		while ((await devnet.calls.list()).every(({ methods }) => !methods.includes(method))) await sleep(20);
		stop();
	}
});

describe('credentials that differ by item', () => {
	it('are those of each item: every account is changed by its own owner', async () => {
		const accounts = [await managedAccount(devnet, 'a'), await managedAccount(devnet, 'b')].map(
			({ account }) => account,
		);
		const node = managerWith({
			getCredentials: (async (type: string, itemIndex = 0) => {
				const { owner, address } = accounts[itemIndex]!;
				return type === 'alchemyApi'
					? alchemyApiFor(devnet)
					: { privateKey: owner.privateKey, accountAddress: address, salt: '0' };
			}) as IExecuteFunctions['getCredentials'],
		});
		const key = freshAddress();
		const { items, error } = await runNode(node, {
			parameters: { resource: 'key', operation: 'add', ...safeKey(usdc, key) },
			credentials: { alchemyApi: {}, smartAccountOwnerApi: {} },
			items: [{}, {}],
		});
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => [json.status, json.account])).toEqual(
			accounts.map(({ address }) => ['done', address]),
		);
		for (const { address } of accounts) expect(await keysOf(address)).toContain(key);
	});
});
