import type { IDataObject } from 'n8n-workflow';
import { parseEther, toFunctionSelector, type Address } from 'viem';
import { nativeTransfer, tokenTransfer } from '../../core/calls';
import { read } from '../../core/rpc/read';
import { pluginView } from '../../core/plugin/keyState';
import { listSessionKeys, predecessorOf } from '../../core/plugin/keyList';
import { connectionTo, freshAddress } from '../support/payer';
import { accountOf } from '../../devnet/accounts';
import {
	budget,
	byAddress,
	byTag,
	contractList,
	functionsOn,
	managedAccount,
	nativeBudget,
	safeKey,
} from '../support/managerForms';
import { connect, type DevnetClient, type SmartAccount } from './support/devnet';
import { dollarsOf, weiOf } from './support/onChain';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	// With all logs: what is told without them is for keysOnPlans.test.ts.
	await devnet.plan.set('payg');
	usdc = devnet.tokens.usd6.address;
});

describe('keys', () => {
	it('are added with everything in one operation, which the chain then enforces', async () => {
		const { account, manager } = await managedAccount(devnet, 'old');
		const key = accountOf();
		const recipient = freshAddress();
		const done = await manager.item(
			'key',
			'add',
			safeKey(usdc, key.address, {
				budgets: {
					values: [
						budget(usdc, '12.5', { refresh: 'custom', refreshEvery: 3, refreshUnit: 'hours' }),
						nativeBudget('0.25'),
					],
				},
				recipients: recipient,
				validUntil: '2100-01-01T00:00:00',
				further: {
					contracts: {
						values: [
							{ contract: devnet.testTarget, change: 'putFunctions', functionSource: 'signature', functions: 'hit()' },
						],
					},
				},
			}),
		);
		expect(done).toMatchObject({ status: 'done', keyAddress: key.address });
		expect(done.key).toMatchObject({
			asPlanned: true,
			tag: 'payroll',
			status: 'active',
			listType: 'allowlist',
			validUntil: '2100-01-01T00:00:00Z',
			nativeLimit: { limit: '0.25', left: '0.25', renews: 'never' },
			tokenLimits: [{ limit: '12.5', renews: 'every 3 hours', tokenAddress: usdc }],
			gasLimit: { limit: '0.5', renews: 'every 28 days', stuck: false },
			historyComplete: true,
			addedInTransaction: done.transaction,
		});
		const contracts = (done.key as { contracts: IDataObject[] }).contracts;
		expect(contracts).toEqual(
			expect.arrayContaining([
				expect.objectContaining({ contract: usdc, mayCall: 'only payments (transfer(address,uint256))' }),
				expect.objectContaining({
					contract: recipient,
					isContract: false,
					mayCall: expect.stringMatching(/^payments in [A-Z]+ \(no contract is at this address\)$/),
				}),
			]),
		);

		// A key with a gas limit has one lane.
		const by = { key, nonceKey: BigInt(key.address) };
		const dollars = (baseUnits: bigint) => account.asKey([tokenTransfer(usdc, recipient, baseUnits)], by);
		const eth = (to: Address, wei: bigint) => account.asKey([nativeTransfer(to, wei)], by);
		const call = (signature: string) =>
			account.asKey([{ target: devnet.testTarget, value: 0n, data: toFunctionSelector(signature) }], by);
		expect(await dollars(12_500_000n)).toMatchObject({ success: true });
		expect(await dollars(1n)).toMatchObject({ success: false });
		expect(await eth(recipient, parseEther('0.25'))).toMatchObject({ success: true });
		await expect(eth(recipient, 1n)).rejects.toThrow('AA23');
		await expect(eth(freshAddress(), 0n)).rejects.toThrow('AA23');
		expect(await call('hit()')).toMatchObject({ success: true });
		await expect(call('fail()')).rejects.toThrow('AA23');
		expect(await dollarsOf(devnet, recipient)).toBe(12_500_000n);
		expect(await weiOf(devnet, recipient)).toBe(parseEther('0.25'));
	});

	it('are found by tag, told in short or in full, and listed newest first', async () => {
		const { account, manager } = await managedAccount(devnet, 'first', 'second', 'third');
		const [first, second, third] = account.keys.map(({ address }) => address);
		const short = await manager.item('key', 'get', { sessionKey: byTag('second') });
		expect(short).toMatchObject({
			keyAddress: second,
			tag: 'second',
			budgets: [{ limit: '100', left: '100', renews: 'every 7 days' }],
		});
		expect(short.risk).toContain('burn all ETH');
		const full = await manager.item('key', 'get', { sessionKey: byAddress(first as string), simplify: false });
		expect(full).toMatchObject({ keyAddress: first, risk: { bounded: false }, historyComplete: true });
		const { items } = await manager.run('key', 'getMany', { limit: 2 });
		expect(items.map(({ json }) => json.keyAddress)).toEqual([third, second]);
		expect((await manager.run('key', 'getMany', { returnAll: true })).items).toHaveLength(3);
	});

	it('are removed: the newest, the oldest and one in between', async () => {
		const { account, manager } = await managedAccount(devnet, 'a', 'b', 'c', 'd');
		for (const tag of ['b', 'd', 'a']) {
			expect(await manager.item('key', 'remove', { sessionKey: byTag(tag) })).toMatchObject({ deleted: true });
		}
		expect(await listSessionKeys(connectionTo(devnet), account.address)).toEqual([account.keys[2]?.address]);
		expect(await manager.refusal('key', 'remove', { sessionKey: byTag('a') })).toContain('No session key');
	});

	it('are rotated with permissions, usage and tag, and it is proved on the chain', async () => {
		const { account, manager } = await managedAccount(devnet, 'payroll', 'other');
		expect((await account.asKey([tokenTransfer(usdc, freshAddress(), 30_000_000n)])).success).toBe(true);
		const successor = accountOf();
		const newKey = successor.address;
		const done = await manager.item('key', 'rotate', { sessionKey: byTag('payroll'), newSessionKey: newKey });
		expect(done).toMatchObject({
			status: 'done',
			oldKeyAddress: account.keys[0]?.address,
			keyAddress: newKey,
			newKeyIsRegistered: true,
			oldKeyIsRegistered: false,
		});
		const full = await manager.item('key', 'get', { sessionKey: byTag('payroll'), simplify: false });
		expect(full).toMatchObject({
			keyAddress: newKey,
			rotatedFrom: account.keys[0]?.address,
			tokenLimits: [{ limit: '100', used: '30', left: '70' }],
		});
		expect((full.tokenLimits as IDataObject[])[0]?.reopensAt).toBeDefined();

		const pay = (key: SmartAccount['keys'][number], dollars: bigint) =>
			account.asKey([tokenTransfer(usdc, freshAddress(), dollars * 1_000_000n)], { key });
		await expect(pay(account.keys[0]!, 1n)).rejects.toThrow('AA23');
		expect(await pay(successor, 71n)).toMatchObject({ success: false });
		expect(await pay(successor, 70n)).toMatchObject({ success: true });
	});

	it('are rotated again and again by the same tag, also to a key that was removed before', async () => {
		const { account, manager } = await managedAccount(devnet, 'payroll', 'gone');
		const [first, gone] = account.keys.map(({ address }) => address) as [Address, Address];
		expect(await manager.item('key', 'remove', { sessionKey: byTag('gone') })).toMatchObject({ deleted: true });
		const rotateTo = (newSessionKey: Address) =>
			manager.item('key', 'rotate', { sessionKey: byTag('payroll'), newSessionKey });
		expect(await rotateTo(gone)).toMatchObject({ oldKeyAddress: first, newKeyIsRegistered: true });
		expect(await rotateTo(freshAddress())).toMatchObject({ oldKeyAddress: gone, oldKeyIsRegistered: false });
		expect(await rotateTo(first)).toMatchObject({ newKeyIsRegistered: true, oldKeyIsRegistered: false });
		expect(await listSessionKeys(connectionTo(devnet), account.address)).toEqual([first]);
		const full = await manager.item('key', 'get', { sessionKey: byTag('payroll'), simplify: false });
		expect(full).toMatchObject({ keyAddress: first, tokenLimits: [{ limit: '100' }], historyComplete: true });
	});

	it('show the functions of their lists by name: well known, or by the ABI that is given', async () => {
		const { manager } = await managedAccount(devnet, 'old');
		const key = freshAddress();
		const further = contractList(functionsOn(devnet.testTarget, 'hit()'));
		await manager.item('key', 'add', safeKey(usdc, key, { tag: 'new', further }));
		const listed = async (options: IDataObject) => {
			const parameters = { sessionKey: byTag('new'), simplify: false, options };
			const { contracts } = (await manager.item('key', 'get', parameters)) as { contracts: IDataObject[] };
			return Object.fromEntries(contracts.map(({ contract, listedFunctions }) => [contract, listedFunctions]));
		};
		const abi = JSON.stringify([
			{ type: 'function', name: 'hit', inputs: [], outputs: [], stateMutability: 'payable' },
		]);
		const transfer = ['transfer(address,uint256)'];
		expect(await listed({})).toEqual({ [usdc]: transfer, [devnet.testTarget]: [toFunctionSelector('hit()')] });
		expect(await listed({ abi })).toEqual({ [usdc]: transfer, [devnet.testTarget]: ['hit()'] });
	});

	it('are not found by a tag that two have', async () => {
		const { manager } = await managedAccount(devnet, 'twin', 'twin');
		expect(await manager.refusal('key', 'get', { sessionKey: byTag('twin') })).toContain('2 session keys have the tag');
	});

	it('have the predecessors that the plugin tells', async () => {
		const { account } = await managedAccount(devnet, 'a', 'b', 'c');
		const rpc = connectionTo(devnet);
		const keys = await listSessionKeys(rpc, account.address);
		const told = await read(
			rpc,
			keys.map((key) => pluginView('findPredecessor', [account.address, key])),
		);
		expect(keys.map((key) => predecessorOf(keys, key))).toEqual(told);
	});
});
