import type { IDataObject } from 'n8n-workflow';
import { numberToHex, parseEther, zeroAddress, type Address, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { createMultiOwnerModularAccount } from '@alchemy/aa-accounts';
import { LocalAccountSigner, sepolia } from '@alchemy/aa-core';
import { custom } from 'viem';
import { initCodeOf } from '../../core/account/accountState';
import { listSessionKeys, predecessorOf } from '../../core/sessionKey/registry';
import { read } from '../../core/rpc/read';
import { pluginView } from '../../core/sessionKey/keyState';
import { connect, fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from './support/devnet';
import { managerOf, rpcOf } from './support/manager';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	[usdc] = Object.values(devnet.tokens).map(({ address }) => address) as [Address];
});

const newAddress = (): Address => privateKeyToAccount(generatePrivateKey()).address;
const budget = (token: Address, amount: string, more: IDataObject = {}): IDataObject => ({
	token: { __rl: true, mode: 'address', value: token },
	amount,
	refresh: 'never',
	functions: 'transfer',
	...more,
});
const native = (amount: string): IDataObject => ({
	...budget(zeroAddress, amount),
	token: { __rl: true, mode: 'list', value: 'native' },
});
const byAddress = (value: string) => ({ __rl: true, mode: 'address', value });
const byTag = (value: string) => ({ __rl: true, mode: 'tag', value });

/** A key as somebody careful would add it. */
const safeKey = (newSessionKey: Address, more: IDataObject = {}): IDataObject => ({
	newSessionKey,
	tag: 'payroll',
	budgets: { values: [budget(usdc, '100', { refresh: 'weekly' })] },
	gasProtection: 'limit',
	gasLimit: '0.5',
	...more,
});

/** An account with the plugin and these tags' keys, the last one newest. */
async function withKeys(...tags: string[]) {
	const account = await fundedAccount(devnet, {
		keys: tags.map((tag) => ({ tag, permissions: tokenBudget({ address: usdc }, 100_000_000n, 604_800) })),
	});
	return { account, manager: managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address }) };
}

describe('account and plugin', () => {
	it('set up from nothing: the account is created, the plugin installed and two keys added in one operation', async () => {
		const ownerKey = generatePrivateKey();
		const future = await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('5') });
		const manager = managerOf(devnet, { ownerKey });
		const [first, second] = [newAddress(), newAddress()];

		expect(await manager.item('account', 'get')).toMatchObject({
			account: future.address,
			deployed: false,
			owners: [future.owner.address],
			plugins: [],
			sessionKeys: 0,
			balance: '5 ETH',
		});
		expect(await manager.item('plugin', 'get')).toMatchObject({ installed: false, accountDeployed: false });

		const keys = { values: [safeKey(first), safeKey(second, { tag: 'invoices' })] };
		const dry = await manager.item('plugin', 'install', { keys, dryRun: true });
		expect(dry).toMatchObject({
			status: 'dryRun',
			needsAcceptedRisks: [],
			gas: { unit: 'ETH', paidBy: future.address },
		});
		expect((dry.changes as string[])[0]).toContain('is created');
		expect(await manager.item('account', 'get')).toMatchObject({ deployed: false });

		const done = await manager.item('plugin', 'install', { keys });
		expect(done).toMatchObject({ status: 'done', account: future.address, alreadyInstalled: false });
		const described = done.keys as IDataObject[];
		expect(described.map(({ sessionKey, tag, asPlanned }) => [sessionKey, tag, asPlanned])).toEqual([
			[first, 'payroll', true],
			[second, 'invoices', true],
		]);
		expect(await listSessionKeys(rpcOf(devnet), future.address)).toEqual([second, first]);
		expect(await manager.item('account', 'get')).toMatchObject({
			deployed: true,
			sessionKeyPluginInstalled: true,
			sessionKeys: 2,
		});
	});

	it('gives the address and the init code that the SDK gives', async () => {
		const signer = LocalAccountSigner.privateKeyToAccountSigner(generatePrivateKey());
		const owner = await signer.getAddress();
		const request = ({ method, params }: { method: string; params: unknown }) =>
			devnet.request(method, params as unknown[]);
		const sdk = await createMultiOwnerModularAccount({
			transport: custom({ request } as never, { retryCount: 0 }) as never,
			chain: sepolia,
			signer,
			salt: 7n,
		});
		expect(initCodeOf([owner], 7n)).toBe(await sdk.getInitCode());
	});

	it('adds the keys where the plugin is there already, and does nothing without keys', async () => {
		const { account, manager } = await withKeys('old');
		const key = newAddress();
		const done = await manager.item('plugin', 'install', { keys: { values: [safeKey(key)] } });
		expect(done).toMatchObject({ status: 'done', alreadyInstalled: true, key: { sessionKey: key, asPlanned: true } });
		expect((done.changes as string[])[0]).toContain('already installed');
		expect(await manager.item('plugin', 'install')).toMatchObject({ status: 'unchanged', account: account.address });
	});

	it('uninstalls, naming the keys that it ends', async () => {
		const { account, manager } = await withKeys('a', 'b');
		const dry = await manager.item('plugin', 'uninstall', { dryRun: true });
		expect((dry.changes as string[]).join('\n')).toContain('"b"');
		const done = await manager.item('plugin', 'uninstall');
		expect(done).toMatchObject({ status: 'done', deleted: true });
		expect(done.endedSessionKeys).toHaveLength(2);
		expect(await manager.item('plugin', 'get')).toMatchObject({ installed: false, sessionKeys: [] });
		expect(await manager.refusal('key', 'add', safeKey(newAddress()))).toContain('Plugin → Install');
		expect(await manager.refusal('plugin', 'uninstall')).toContain('does not have the session key plugin');
		expect(account.address).toBeDefined();
	});

	it('never reads a fault as "not installed"', async () => {
		const { manager } = await withKeys('a');
		await devnet.faults.set({ kind: 'error', code: -32000, message: 'header not found', match: ['eth_call'] });
		const said = await manager.refusal('plugin', 'get').finally(() => devnet.faults.clear());
		expect(said).toContain('header not found');
	});

	it('refuses another owner, another contract, another chain, and an address where nothing is', async () => {
		const { account } = await withKeys('a');
		const ownerKey = generatePrivateKey();
		const refusal = (address: string) => managerOf(devnet, { ownerKey, account: address }).refusal('account', 'get');
		expect(await refusal(account.address)).toContain('does not own');
		expect(await refusal(usdc)).toContain('not a Modular Account');
		expect(await refusal(newAddress())).toContain('There is no account at');
		const elsewhere = managerOf({ ...devnet, chainId: 1 } as DevnetClient, { ownerKey });
		expect(await elsewhere.refusal('account', 'get')).toContain('chain');
	});
});

describe('keys', () => {
	it('are added with everything in one operation, which the chain then enforces', async () => {
		const { account, manager } = await withKeys('old');
		const key = privateKeyToAccount(generatePrivateKey());
		const recipient = newAddress();
		const done = await manager.item(
			'key',
			'add',
			safeKey(key.address, {
				budgets: {
					values: [budget(usdc, '12.5', { refresh: 'custom', refreshEvery: 3, refreshUnit: 'hours' }), native('0.25')],
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
		expect(done).toMatchObject({ status: 'done', sessionKey: key.address });
		expect(done.key).toMatchObject({
			asPlanned: true,
			tag: 'payroll',
			status: 'active',
			listType: 'allowlist',
			validUntil: '2100-01-01T00:00:00Z',
			nativeLimit: { limit: '0.25', remaining: '0.25', refreshes: 'never' },
			tokenLimits: [{ limit: '12.5', refreshes: 'every 3 hours', token: usdc }],
			gasLimit: { limit: '0.5', refreshes: 'every 28 days', stuck: false },
			historyComplete: true,
			addedInTransaction: done.transactionHash,
		});
		const contracts = (done.key as { contracts: IDataObject[] }).contracts;
		expect(contracts).toEqual(
			expect.arrayContaining([
				expect.objectContaining({ contract: usdc, mayCall: 'only transfer(address,uint256)' }),
				expect.objectContaining({ contract: recipient, isContract: false, mayCall: 'every function' }),
			]),
		);
		expect(account.keys).toHaveLength(1);
	});

	it('are found by tag, told in short or in full, and listed newest first', async () => {
		const { account, manager } = await withKeys('first', 'second', 'third');
		const [first, second, third] = account.keys.map(({ address }) => address);
		const short = await manager.item('key', 'get', { sessionKey: byTag('second') });
		expect(short).toMatchObject({
			sessionKey: second,
			tag: 'second',
			budgets: [{ limit: '100', remaining: '100', refreshes: 'every 7 days' }],
		});
		expect(short.risk).toContain('burn all ETH');
		const full = await manager.item('key', 'get', { sessionKey: byAddress(first as string), simplify: false });
		expect(full).toMatchObject({ sessionKey: first, risk: { bounded: false }, historyComplete: true });
		const { items } = await manager.run('key', 'getMany', { limit: 2 });
		expect(items.map(({ json }) => json.sessionKey)).toEqual([third, second]);
		expect((await manager.run('key', 'getMany', { returnAll: true })).items).toHaveLength(3);
	});

	it('are removed: the newest, the oldest and one in between', async () => {
		const { account, manager } = await withKeys('a', 'b', 'c', 'd');
		for (const tag of ['b', 'd', 'a']) {
			expect(await manager.item('key', 'remove', { sessionKey: byTag(tag) })).toMatchObject({ deleted: true });
		}
		expect(await listSessionKeys(rpcOf(devnet), account.address)).toEqual([account.keys[2]?.address]);
		expect(await manager.refusal('key', 'remove', { sessionKey: byTag('a') })).toContain('No session key');
	});

	it('are rotated with permissions, usage and tag, and it is proved on the chain', async () => {
		const { account, manager } = await withKeys('payroll', 'other');
		const data = transferOf(newAddress(), 30_000_000n);
		expect((await account.asKey([{ target: usdc, value: 0n, data }])).success).toBe(true);
		const newKey = newAddress();
		const done = await manager.item('key', 'rotate', { sessionKey: byTag('payroll'), newSessionKey: newKey });
		expect(done).toMatchObject({
			status: 'done',
			oldSessionKey: account.keys[0]?.address,
			newSessionKey: newKey,
			newKeyIsRegistered: true,
			oldKeyIsRegistered: false,
		});
		const full = await manager.item('key', 'get', { sessionKey: byTag('payroll'), simplify: false });
		expect(full).toMatchObject({
			sessionKey: newKey,
			rotatedFrom: account.keys[0]?.address,
			tokenLimits: [{ limit: '100', used: '30', remaining: '70' }],
		});
		expect(full.reopensAt ?? (full.tokenLimits as IDataObject[])[0]?.reopensAt).toBeDefined();
	});

	it('are not found by a tag that two have', async () => {
		const { manager } = await withKeys('twin', 'twin');
		expect(await manager.refusal('key', 'get', { sessionKey: byTag('twin') })).toContain('2 session keys have the tag');
	});

	it('have the predecessors that the plugin tells', async () => {
		const { account } = await withKeys('a', 'b', 'c');
		const rpc = rpcOf(devnet);
		const keys = await listSessionKeys(rpc, account.address);
		const told = await read(
			rpc,
			keys.map((key) => pluginView('findPredecessor', [account.address, key])),
		);
		expect(keys.map((key) => predecessorOf(keys, key))).toEqual(told);
	});
});

const erc20 = { transfer: '0xa9059cbb' };
function transferOf(to: Address, amount: bigint): Hex {
	return `${erc20.transfer}${to.slice(2).toLowerCase().padStart(64, '0')}${numberToHex(amount, { size: 32 }).slice(2)}` as Hex;
}

describe('limits and permissions', () => {
	let account: SmartAccount;
	let manager: ReturnType<typeof managerOf>;
	let key: string;

	beforeAll(async () => {
		({ account, manager } = await withKeys('payroll'));
		key = account.keys[0]?.address as string;
	});

	const token = () => ({ __rl: true, mode: 'address', value: usdc });
	const set = (parameters: IDataObject) => ({
		sessionKey: byAddress(key),
		limitOn: 'payments',
		token: token(),
		change: 'set',
		refresh: 'never',
		used: 'keep',
		...parameters,
	});

	it('change one limit, keep what was used, and nothing else', async () => {
		await account.asKey([{ target: usdc, value: 0n, data: transferOf(newAddress(), 40_000_000n) }]);
		const done = await manager.item('permission', 'setSpendLimit', set({ amount: '250', refresh: 'weekly' }));
		expect(done).toMatchObject({ status: 'done', key: { asPlanned: true, listType: 'allowlist' } });
		expect((done.key as IDataObject).tokenLimits).toMatchObject([{ limit: '250', used: '40', remaining: '210' }]);
	});

	it('forget what was used when told so', async () => {
		const done = await manager.item(
			'permission',
			'setSpendLimit',
			set({ amount: '50', refresh: 'weekly', used: 'reset' }),
		);
		expect((done.key as IDataObject).tokenLimits).toMatchObject([{ limit: '50', used: '0', remaining: '50' }]);
	});

	it('ask before a limit below what was used', async () => {
		await account.asKey([{ target: usdc, value: 0n, data: transferOf(newAddress(), 20_000_000n) }]);
		const parameters = set({ amount: '10', refresh: 'weekly' });
		expect(await manager.refusal('permission', 'setSpendLimit', parameters)).toContain('below what was already used');
		const options = { acceptedRisks: ['limitBelowUsed'] };
		expect(await manager.item('permission', 'setSpendLimit', { ...parameters, options })).toMatchObject({
			status: 'done',
		});
		await manager.item('permission', 'setSpendLimit', set({ amount: '100', refresh: 'weekly', used: 'reset' }));
	});

	it('set limits on native money and gas, and take them away only when agreed', async () => {
		const nativeToken = { __rl: true, mode: 'list', value: 'native' };
		const eth = await manager.item('permission', 'setSpendLimit', set({ token: nativeToken, amount: '0.1' }));
		expect(eth.key).toMatchObject({ nativeLimit: { limit: '0.1' } });
		const gas = await manager.item(
			'permission',
			'setSpendLimit',
			set({ limitOn: 'gas', amount: '0.2', refresh: 'daily' }),
		);
		expect(gas.key).toMatchObject({ gasLimit: { limit: '0.2', refreshes: 'every 1 day' } });
		const remove = set({ limitOn: 'gas', change: 'remove' });
		expect(await manager.refusal('permission', 'setSpendLimit', remove)).toContain('Gas Without Limit');
		const options = { acceptedRisks: ['gasWithoutLimit'] };
		const gone = await manager.item('permission', 'setSpendLimit', { ...remove, options });
		expect((gone.key as IDataObject).gasLimit).toBeUndefined();
	});

	it('tell which paydays a limit misses, and that 30 days is no month', async () => {
		const options = { payday: { day: { dayOfMonth: 1, hour: 9, timeZone: 'Europe/Berlin' } } };
		const done = await manager.item('permission', 'setSpendLimit', {
			...set({ amount: '100', refresh: 'custom', refreshEvery: 30, refreshUnit: 'days', used: 'reset' }),
			options,
		});
		expect((done.paydays as { missed: string[] }).missed.some((time) => time.includes('-03-01T'))).toBe(true);
		expect(done.monthWarning).toContain('1 March');
		const full = await manager.item('key', 'get', { sessionKey: byAddress(key), simplify: false, options });
		expect((full.warnings as string[]).join(' ')).toContain('no month');
	});

	it('update everything in one operation', async () => {
		const recipient = newAddress();
		const done = await manager.item('permission', 'update', {
			sessionKey: byTag('payroll'),
			changes: {
				contracts: {
					values: [
						{
							contract: devnet.testTarget,
							change: 'putFunctions',
							functionSource: 'abi',
							abi: JSON.stringify([
								{ type: 'function', name: 'hit', inputs: [], outputs: [], stateMutability: 'payable' },
							]),
							functionNames: ['hit()'],
						},
					],
				},
				recipients: recipient,
				requiredPaymaster: devnet.gasManager.paymaster,
				validUntil: '2099-06-30',
			},
		});
		expect(done.key).toMatchObject({
			asPlanned: true,
			requiredPaymaster: devnet.gasManager.paymaster,
			validUntil: '2099-06-30T00:00:00Z',
			tokenLimits: [{ limit: '100' }],
		});
		const undone = await manager.item('permission', 'update', {
			sessionKey: byTag('payroll'),
			changes: {
				contracts: { values: [{ contract: devnet.testTarget, change: 'takeOff' }] },
				removeRules: ['timeRange', 'requiredPaymaster'],
			},
			options: { acceptedRisks: ['gasWithoutLimit'] },
		});
		expect(undone.key).toMatchObject({ asPlanned: true });
		expect((undone.key as IDataObject).validUntil).toBeUndefined();
		const names = (undone.key as { contracts: IDataObject[] }).contracts.map(({ contract }) => contract);
		expect(names).not.toContain(devnet.testTarget);
	});

	it('find the paymaster by asking the gas policy, which then pays', async () => {
		const sponsored = managerOf(devnet, {
			ownerKey: account.owner.privateKey,
			account: account.address,
			gasPolicyId: devnet.gasManager.policies.sponsoring,
		});
		const done = await sponsored.item('permission', 'update', {
			sessionKey: byTag('payroll'),
			changes: { policyPaymaster: true },
		});
		expect(done.gasPaidBy).toBe(devnet.gasManager.paymaster);
		expect(done.key).toMatchObject({ requiredPaymaster: devnet.gasManager.paymaster });
		expect(
			await manager.refusal('permission', 'update', {
				sessionKey: byTag('payroll'),
				changes: { policyPaymaster: true },
			}),
		).toContain('has no gas policy');
	});
});
