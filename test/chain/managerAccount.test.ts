import type { IDataObject } from 'n8n-workflow';
import { createMultiOwnerModularAccount, MultiOwnerPluginAbi } from '@alchemy/aa-accounts';
import { LocalAccountSigner, sepolia } from '@alchemy/aa-core';
import { custom, encodeFunctionData, parseEther, toHex, type Address } from 'viem';
import { english, generateMnemonic, generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { initCodeOf } from '../../core/accountState';
import { listSessionKeys } from '../../core/plugin/keyList';
import { connectionTo, freshAddress } from '../support/payer';
import type { FaultRule } from '../../devnet';
import { startAnvil } from '../../devnet/anvil';
import { byAddress, byTag, managedAccount, safeKey } from '../support/managerForms';
import { connect, fundedAccount, type DevnetClient, type SmartAccount } from './support/devnet';
import { managerOf } from './support/manager';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	// With all logs: what is told without them is for keysOnPlans.test.ts.
	await devnet.plan.set('payg');
	usdc = devnet.tokens.usd6.address;
});

describe('account and plugin', () => {
	it('set up from nothing: the account is created, the plugin installed and two keys added in one operation', async () => {
		const ownerKey = generatePrivateKey();
		const future = await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('5') });
		const manager = managerOf(devnet, { ownerKey });
		const [first, second] = [freshAddress(), freshAddress()];

		expect(await manager.item('account', 'get')).toMatchObject({
			account: future.address,
			deployed: false,
			owners: [future.owner.address],
			plugins: [],
			sessionKeys: 0,
			balances: [{ token: 'ETH', balance: '5' }],
		});
		expect(await manager.item('plugin', 'get')).toMatchObject({ installed: false, accountDeployed: false });

		const keys = { values: [safeKey(usdc, first), safeKey(usdc, second, { tag: 'invoices' })] };
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
		expect(described.map(({ keyAddress, tag, asPlanned }) => [keyAddress, tag, asPlanned])).toEqual([
			[first, 'payroll', true],
			[second, 'invoices', true],
		]);
		expect(await listSessionKeys(connectionTo(devnet), future.address)).toEqual([second, first]);
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

	it('adds all keys in one operation where the plugin is there already, and does nothing without keys', async () => {
		const { account, manager } = await managedAccount(devnet, 'old');
		const [first, second] = [freshAddress(), freshAddress()];
		const values = [safeKey(usdc, first), safeKey(usdc, second, { tag: 'invoices' })];
		const done = await manager.item('plugin', 'install', { keys: { values } });
		expect(done).toMatchObject({
			status: 'done',
			alreadyInstalled: true,
			keys: [
				{ keyAddress: first, tag: 'payroll', asPlanned: true, addedInTransaction: done.transaction },
				{ keyAddress: second, tag: 'invoices', asPlanned: true, addedInTransaction: done.transaction },
			],
		});
		expect((done.changes as string[])[0]).toContain('already installed');
		const keys = [second, first, account.keys[0]?.address];
		expect(await listSessionKeys(connectionTo(devnet), account.address)).toEqual(keys);
		expect(await manager.item('plugin', 'install')).toMatchObject({ status: 'unchanged', account: account.address });
		expect(await listSessionKeys(connectionTo(devnet), account.address)).toEqual(keys);
	});

	it('uninstalls, naming the keys that it ends', async () => {
		const { account, manager } = await managedAccount(devnet, 'a', 'b');
		const dry = await manager.item('plugin', 'uninstall', { dryRun: true });
		expect((dry.changes as string[]).join('\n')).toContain('"b"');
		const done = await manager.item('plugin', 'uninstall');
		expect(done).toMatchObject({ status: 'done', deleted: true });
		expect(done.endedSessionKeys).toHaveLength(2);
		expect(await manager.item('plugin', 'get')).toMatchObject({ installed: false, sessionKeys: [] });
		expect(await manager.refusal('plugin', 'uninstall')).toContain('does not have the session key plugin');
		expect(account.address).toBeDefined();
	});

	describe.each<[string, FaultRule, string]>([
		['an error', { kind: 'error', code: -32000, message: 'header not found', match: ['eth_call'] }, 'header not found'],
		['a wrong API key', { kind: 'http', status: 401 }, 'API key'],
		['no reply', { kind: 'drop' }, 'could not be reached'],
		['HTTP 503', { kind: 'http', status: 503, match: ['eth_call'] }, '503'],
	])('where the node answers with %s', (_, fault, words) => {
		let manager: ReturnType<typeof managerOf>;
		let account: SmartAccount;
		beforeAll(async () => {
			({ account, manager } = await managedAccount(devnet, 'a'));
			await devnet.faults.set(fault);
		});
		afterAll(() => devnet.faults.clear());

		it.each<[string, string]>([
			['account', 'get'],
			['plugin', 'get'],
			['plugin', 'install'],
			['plugin', 'uninstall'],
		])('%s %s never reads it as "not installed"', async (resource, operation) => {
			const said = await manager.refusal(resource, operation);
			expect(said).toContain(words);
			expect(said).not.toContain('does not have the session key plugin');
			expect(await listSessionKeys(connectionTo({ url: devnet.withKey('look').url }), account.address)).toHaveLength(1);
		});
	});

	it('refuses another owner, another contract, another chain, and an address where nothing is', async () => {
		const { account } = await managedAccount(devnet, 'a');
		const ownerKey = generatePrivateKey();
		const refusal = (address: string) => managerOf(devnet, { ownerKey, account: address }).refusal('account', 'get');
		expect(await refusal(account.address)).toContain('does not own');
		expect(await refusal(usdc)).toContain('not a Modular Account');
		expect(await refusal(freshAddress())).toContain('There is no account at');
		const elsewhere = managerOf({ ...devnet, chainId: 1 } as DevnetClient, { ownerKey });
		expect(await elsewhere.refusal('account', 'get')).toContain('chain');
	});
});

describe('the owner', () => {
	it('may be a mnemonic, of an account that does not exist yet, with a salt', async () => {
		const secretMnemonic = generateMnemonic(english);
		const signer = mnemonicToAccount(secretMnemonic);
		const ownerKey = toHex(signer.getHdKey().privateKey!);
		const owner = { signWith: 'mnemonic', privateKey: '', secretMnemonic } as const;
		const future = await fundedAccount(devnet, { ownerKey, salt: 5n, deployed: false });
		const manager = managerOf(devnet, { ownerKey, owner: { ...owner, anotherAccount: true, salt: '5' } });
		// A salt that the form does not show does not count.
		const first = managerOf(devnet, { ownerKey, owner: { ...owner, salt: '5' } });
		expect((await first.item('account', 'get')).account).not.toBe(future.address);

		const key = freshAddress();
		const keys = { values: [safeKey(usdc, key)] };
		const done = await manager.item('plugin', 'install', { keys });
		expect(done).toMatchObject({ status: 'done', account: future.address, key: { keyAddress: key, asPlanned: true } });
		expect(await manager.item('account', 'get')).toMatchObject({
			account: future.address,
			deployed: true,
			owners: [signer.address],
		});
		expect(await manager.item('key', 'remove', { sessionKey: byAddress(key) })).toMatchObject({ deleted: true });
	});

	it('may be one of several, each of whom manages the same keys', async () => {
		const { account, manager } = await managedAccount(devnet, 'a');
		const secondKey = generatePrivateKey();
		const second = privateKeyToAccount(secondKey).address;
		await account.asOwner(
			encodeFunctionData({ abi: MultiOwnerPluginAbi, functionName: 'updateOwners', args: [[second], []] }),
		);
		const other = managerOf(devnet, { ownerKey: secondKey, account: account.address });
		const { owners } = await other.item('account', 'get');
		expect([...(owners as string[])].sort()).toEqual([account.owner.address, second].sort());

		const key = freshAddress();
		expect(await other.item('key', 'add', safeKey(usdc, key, { tag: 'b' }))).toMatchObject({ status: 'done' });
		expect(await manager.item('key', 'remove', { sessionKey: byTag('b') })).toMatchObject({ deleted: true });
		expect(await other.refusal('key', 'add', safeKey(usdc, account.owner.address))).toContain('an owner');
	});

	it('of a new account may have the first operation paid by a gas policy, whose paymaster the key then needs', async () => {
		const ownerKey = generatePrivateKey();
		const { policies, paymaster } = devnet.gasManager;
		const manager = managerOf(devnet, { ownerKey, gasPolicyId: policies.sponsoring });
		const { account } = await manager.item('account', 'get');
		const keys = { values: [safeKey(usdc, freshAddress(), { gasProtection: 'policy' })] };
		const done = await manager.item('plugin', 'install', { keys });
		expect(done).toMatchObject({
			status: 'done',
			account,
			gasPaidBy: paymaster,
			key: { asPlanned: true, requiredPaymaster: paymaster, risk: { bounded: true } },
		});
		expect(await manager.item('account', 'get')).toMatchObject({
			deployed: true,
			balances: [
				{ token: 'ETH', balance: '0' },
				{ token: 'dUSD', tokenAddress: usdc, balance: expect.stringMatching(/^\d+(\.\d+)?$/) },
			],
		});
	});
});

it('says so where the contracts do not stand on the network', async () => {
	const anvil = await startAnvil();
	try {
		const bare = managerOf({ ...devnet, url: anvil.url, chainId: 31337 }, { ownerKey: generatePrivateKey() });
		expect(await bare.refusal('account', 'get')).toContain('does not stand on this network');
		expect(await bare.refusal('plugin', 'install')).toContain('does not stand on this network');
	} finally {
		await anvil.close();
	}
});
