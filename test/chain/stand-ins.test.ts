import {
	createMultiOwnerModularAccountClient,
	IPluginManagerAbi,
	MultiOwnerModularAccountFactoryAbi,
	MultiOwnerPluginAbi,
	SessionKeyAccessListType,
	SessionKeyPermissionsBuilder,
	sessionKeyPluginActions,
	SessionKeyPluginAbi,
	UpgradeableModularAccountAbi,
} from '@alchemy/aa-accounts';
import { baseSepolia, LocalAccountSigner } from '@alchemy/aa-core';
import {
	createPublicClient,
	decodeErrorResult,
	encodeAbiParameters,
	encodeFunctionData,
	encodePacked,
	hashMessage,
	hashTypedData,
	http,
	keccak256,
	numberToHex,
	pad,
	parseEther,
	slice,
	stringToHex,
	toEventSelector,
	toFunctionSelector,
	zeroAddress,
	zeroHash,
	type Abi,
	type Address,
	type Hex,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { tokenTransfer } from '../../core/calls';
import { accountOf, executeWithSessionKey, type Call } from '../../devnet/accounts';
import { compileContracts } from '../../devnet/contracts/compile';
import type { Account } from '../../devnet/mnemonic';
import { minedReceipt } from '../../devnet/operations';
import { RpcError } from '../../devnet/rpc';
import { mint } from '../../devnet/tokens';
import { startOwnDevnet } from './support/devnet';

jest.setTimeout(60_000);

/** A chain that the SDK knows, so that it is used as it is. */
const chain = baseSepolia;
const TAG = stringToHex('test', { size: 32 });
const MAGIC = '0x1626ba7e';

let devnet: Awaited<ReturnType<typeof startOwnDevnet>>;

beforeAll(async () => {
	devnet = await startOwnDevnet({ chainId: chain.id });
});

afterAll(() => devnet.close());

/** The SDK's client for an account of this owner. */
async function clientFor(signerKey: Hex, accountAddress?: Address) {
	const client = await createMultiOwnerModularAccountClient({
		transport: http(devnet.url, { retryCount: 0 }),
		chain,
		account: { signer: LocalAccountSigner.privateKeyToAccountSigner(signerKey), accountAddress },
	});
	return client.extend(sessionKeyPluginActions);
}

/** A client for an account with 1 ETH; nothing stands there before its first operation. */
async function newClient() {
	const ownerKey = generatePrivateKey();
	const client = await clientFor(ownerKey);
	const transaction = { from: devnet.operator, to: client.getAddress(), value: numberToHex(parseEther('1')) };
	await devnet.request('eth_sendTransaction', [transaction]);
	return { client, ownerKey, address: client.getAddress() };
}

/** A client for an account that stands there, with the session key plugin and one key. */
async function newClientWithKey() {
	const made = await newClient();
	const key = accountOf();
	const permissions = new SessionKeyPermissionsBuilder()
		.setContractAccessControlType(SessionKeyAccessListType.ALLOW_ALL_ACCESS)
		.setNativeTokenSpendLimit({ spendLimit: 1_000n })
		.encode();
	await included(made.client.installSessionKeyPlugin({ args: [[key.address], [TAG], [permissions]] }));
	return { ...made, key };
}

/** Waits for an operation, and tells the gas that it used. */
async function included(sent: Promise<{ hash: Hex }>): Promise<number> {
	const { hash } = await sent;
	for (;;) {
		const receipt = await devnet.request<{ success: boolean; actualGasUsed: Hex } | null>(
			'eth_getUserOperationReceipt',
			[hash],
		);
		if (receipt) {
			expect(receipt.success).toBe(true);
			return Number(receipt.actualGasUsed);
		}
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

const errorsAbi = [
	...UpgradeableModularAccountAbi,
	...SessionKeyPluginAbi,
	...MultiOwnerPluginAbi,
	...MultiOwnerModularAccountFactoryAbi,
];

function factoryCall(functionName: 'createAccount' | 'getAddress', owners: Address[]): Hex {
	return encodeFunctionData({ abi: MultiOwnerModularAccountFactoryAbi, functionName, args: [7n, owners] });
}

/** What a call reverts with; `empty`: without a word. Calls of the EntryPoint are validated already. */
async function revertOf(to: Address, data: Hex, from: Address = devnet.contracts.EntryPoint): Promise<string> {
	try {
		await devnet.request('eth_call', [{ from, to, data }, 'latest']);
		return 'nothing';
	} catch (error) {
		if (!(error instanceof RpcError)) throw error;
		if (error.code === 3 && (error.data ?? '0x') === '0x') return 'empty';
		const { errorName, args = [] } = decodeErrorResult({ abi: errorsAbi, data: error.data as Hex });
		return `${errorName}(${args.join(', ')})`;
	}
}

const publicClient = () => createPublicClient({ chain, transport: http(devnet.url) });

describe('the account', () => {
	test('stands where the factory said, after its first operation', async () => {
		const { client, ownerKey, address } = await newClient();
		expect(await devnet.request('eth_getCode', [address, 'latest'])).toBe('0x');
		await included(client.sendUserOperation({ uo: { target: zeroAddress, data: '0x', value: 1n } }));

		expect(await devnet.request('eth_getCode', [address, 'latest'])).not.toBe('0x');
		expect(await client.getInstalledPlugins({})).toEqual([devnet.contracts.MultiOwnerPlugin]);
		expect(await client.readOwners()).toEqual([privateKeyToAccount(ownerKey).address]);
		const account = { address, abi: UpgradeableModularAccountAbi } as const;
		expect(await publicClient().readContract({ ...account, functionName: 'entryPoint' })).toBe(
			devnet.contracts.EntryPoint,
		);
		expect(await publicClient().readContract({ ...account, functionName: 'getNonce' })).toBe(1n);
	});

	test('is created once, for owners in ascending order', async () => {
		const factory = devnet.contracts.MultiOwnerModularAccountFactory;
		const [low, high] = [accountOf().address, accountOf().address].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
		const call = { to: factory, data: factoryCall('createAccount', [low!, high!]) };
		const address = await devnet.request('eth_call', [call, 'latest']);
		await devnet.request('eth_sendTransaction', [{ from: devnet.operator, ...call }]);
		expect(await devnet.request('eth_call', [call, 'latest'])).toBe(address);

		for (const owners of [[high!, low!], [low!, low!], [zeroAddress]]) {
			expect(await revertOf(factory, factoryCall('createAccount', owners))).toBe('InvalidOwner()');
			expect(await revertOf(factory, factoryCall('getAddress', owners))).toBe('InvalidOwner()');
		}
	});

	test('has up to 100 owners by its predicted address, and any number but none when it is created', async () => {
		const { MultiOwnerModularAccountFactory: factory, MultiOwnerPlugin } = devnet.contracts;
		const tooMany = Array.from({ length: 101 }, (_, index) => numberToHex(index + 1, { size: 20 }));
		expect(await revertOf(factory, factoryCall('getAddress', []))).toBe('OwnersArrayEmpty()');
		expect(await revertOf(factory, factoryCall('getAddress', tooMany))).toBe('OwnersLimitExceeded()');
		const predicted = await devnet.request<Hex>('eth_call', [
			{ to: factory, data: factoryCall('getAddress', tooMany.slice(1)) },
			'latest',
		]);
		expect(BigInt(predicted)).toBeGreaterThan(0n);

		const emptyOwners = toFunctionSelector('EmptyOwnersNotAllowed()');
		expect(await revertOf(factory, factoryCall('createAccount', []))).toBe(
			`PluginInstallCallbackFailed(${MultiOwnerPlugin}, ${emptyOwners})`,
		);
		const call = { from: devnet.operator, to: factory, data: factoryCall('createAccount', tooMany) };
		const created = slice(await devnet.request<Hex>('eth_call', [call, 'latest']), 12);
		await minedReceipt(devnet, await devnet.request('eth_sendTransaction', [call]));
		const owners = { address: MultiOwnerPlugin, abi: MultiOwnerPluginAbi, functionName: 'ownersOf' } as const;
		expect(await publicClient().readContract({ ...owners, args: [created] })).toHaveLength(101);
	});

	test('refuses a function that no plugin brought: a plain call has nobody who allows it', async () => {
		const { address } = await newClientWithKey();
		const unknown = toFunctionSelector('nobodyBroughtThis()');
		expect(await revertOf(address, unknown, accountOf().address)).toBe(`RuntimeValidationFunctionMissing(${unknown})`);
		expect(await revertOf(address, unknown)).toBe(`UnrecognizedFunction(${unknown})`);
	});

	test('says what it is, but not that it validates operations or signatures', async () => {
		const { address } = await newClientWithKey();
		const supports = (interfaceId: Hex) =>
			publicClient().readContract({
				address,
				abi: UpgradeableModularAccountAbi,
				functionName: 'supportsInterface',
				args: [interfaceId],
			});
		expect(await supports('0x01ffc9a7')).toBe(true); // ERC-165
		expect(await supports('0x150b7a02')).toBe(true); // takes ERC-721 tokens
		expect(await supports('0x3a871cdd')).toBe(false); // IAccount
		expect(await supports(MAGIC)).toBe(false); // IERC1271
		expect(await supports('0xffffffff')).toBe(false);
	});

	test('executes batches and upgrades to what is an implementation', async () => {
		const { client, address } = await newClient();
		const recipients = [accountOf().address, accountOf().address];
		const pay = recipients.map((target) => ({ target, data: '0x' as const, value: 5n }));
		await included(client.sendUserOperation({ uo: pay }));
		for (const recipient of recipients) {
			expect(await devnet.request('eth_getBalance', [recipient, 'latest'])).toBe('0x5');
		}

		const upgradeTo = (implementation: Address) =>
			encodeFunctionData({
				abi: UpgradeableModularAccountAbi,
				functionName: 'upgradeToAndCall',
				args: [implementation, '0x'],
			});
		expect(await revertOf(address, upgradeTo(devnet.testTarget))).toBe('UpgradeFailed()');
		expect(await revertOf(address, upgradeTo(address))).toBe('UpgradeFailed()');
		await included(client.sendUserOperation({ uo: upgradeTo(devnet.contracts.UpgradeableModularAccount) }));
	});

	test('lets plugins call through it only as their manifests permit', async () => {
		const { address } = await newClientWithKey();
		const [caller, target] = [accountOf().address, devnet.testTarget];
		const external = encodeFunctionData({
			abi: UpgradeableModularAccountAbi,
			functionName: 'executeFromPluginExternal',
			args: [target, 0n, '0x'],
		});
		const hit = toFunctionSelector('hit()');
		const internal = encodeFunctionData({
			abi: UpgradeableModularAccountAbi,
			functionName: 'executeFromPlugin',
			args: [hit],
		});
		expect(await revertOf(address, external, caller)).toBe(
			`ExecFromPluginExternalNotPermitted(${caller}, ${target}, 0, 0x)`,
		);
		expect(await revertOf(address, internal, caller)).toBe(`ExecFromPluginNotPermitted(${caller}, ${hit})`);
		expect(await revertOf(address, internal, devnet.contracts.SessionKeyPlugin)).toBe(
			`ExecFromPluginNotPermitted(${devnet.contracts.SessionKeyPlugin}, ${hit})`,
		);
	});
});

describe('owners', () => {
	test('are added and removed by each other', async () => {
		const { client, ownerKey, address } = await newClient();
		const [first, second] = [privateKeyToAccount(ownerKey).address, accountOf()];
		await included(client.updateOwners({ args: [[second.address], []] }));
		expect(await client.isOwnerOf({ address: second.address })).toBe(true);

		const other = await clientFor(second.privateKey, address);
		await included(other.updateOwners({ args: [[], [first]] }));
		expect(await other.readOwners()).toEqual([second.address]);
		await expect(client.updateOwners({ args: [[first], []] })).rejects.toThrow(/signature/);

		const update = (add: Address[], remove: Address[]) =>
			encodeFunctionData({ abi: MultiOwnerPluginAbi, functionName: 'updateOwners', args: [add, remove] });
		expect(await revertOf(address, update([], [first]))).toBe(`OwnerDoesNotExist(${first})`);
		expect(await revertOf(address, update([], [second.address]))).toBe('EmptyOwnersNotAllowed()');
		expect(await revertOf(address, update([zeroAddress], []))).toBe(`InvalidOwner(${zeroAddress})`);
		expect(await revertOf(address, update([second.address], []))).toBe(`InvalidOwner(${second.address})`);
	});

	test('sign messages for the account', async () => {
		const { client, address } = await newClient();
		await included(client.sendUserOperation({ uo: { target: zeroAddress, data: '0x' } }));
		const message = 'hello';
		const signature = await client.account.signMessage({ message });
		expect(await publicClient().verifyMessage({ address, message, signature })).toBe(true);
		expect(await publicClient().verifyMessage({ address, message: 'other', signature })).toBe(false);

		const stranger = await clientFor(generatePrivateKey(), address);
		const forged = await stranger.account.signMessage({ message });
		expect(await publicClient().verifyMessage({ address, message, signature: forged })).toBe(false);
	});

	test('sign in a domain that is the account, with the plugin as its salt', async () => {
		const { client, address } = await newClient();
		await included(client.sendUserOperation({ uo: { target: zeroAddress, data: '0x' } }));
		const { MultiOwnerPlugin } = devnet.contracts;
		const domain = {
			fields: '0x1f',
			name: 'Multi Owner Plugin',
			version: '1.0.0',
			chainId: BigInt(chain.id),
			verifyingContract: address,
			salt: pad(MultiOwnerPlugin, { dir: 'right', size: 32 }).toLowerCase(),
			extensions: [],
		};
		const read = { address, abi: MultiOwnerPluginAbi } as const;
		expect(await publicClient().readContract({ ...read, functionName: 'eip712Domain' })).toEqual(Object.values(domain));

		const { name, version, chainId, verifyingContract, salt } = domain;
		const message = '0x1234';
		const hash = hashTypedData({
			domain: { name, version, chainId, verifyingContract, salt: salt as Hex },
			types: { AlchemyModularAccountMessage: [{ name: 'message', type: 'bytes' }] },
			primaryType: 'AlchemyModularAccountMessage',
			message: { message },
		});
		const plugin = { ...read, address: MultiOwnerPlugin, functionName: 'getMessageHash' } as const;
		expect(await publicClient().readContract({ ...plugin, args: [address, message] })).toBe(hash);
	});

	test('may be contracts, which sign by ERC-1271', async () => {
		const inner = await newClient();
		await included(inner.client.sendUserOperation({ uo: { target: zeroAddress, data: '0x' } }));
		const outer = await newClient();
		await included(outer.client.updateOwners({ args: [[inner.address], []] }));

		const plugin = { address: devnet.contracts.MultiOwnerPlugin, abi: MultiOwnerPluginAbi } as const;
		const digest = hashMessage('hello');
		const outerDigest = await publicClient().readContract({
			...plugin,
			functionName: 'getMessageHash',
			args: [outer.address, encodeAbiParameters([{ type: 'bytes32' }], [digest])],
		});
		const innerDigest = await publicClient().readContract({
			...plugin,
			functionName: 'getMessageHash',
			args: [inner.address, encodeAbiParameters([{ type: 'bytes32' }], [outerDigest])],
		});
		const signature = await privateKeyToAccount(inner.ownerKey).sign({ hash: innerDigest });
		const answer = await publicClient().readContract({
			address: outer.address,
			abi: MultiOwnerPluginAbi,
			functionName: 'isValidSignature',
			args: [digest, signature],
		});
		expect(answer).toBe(MAGIC);
	});
});

describe('the session key plugin', () => {
	test('is installed, used and uninstalled', async () => {
		const { client, address, key } = await newClientWithKey();
		const { MultiOwnerPlugin, SessionKeyPlugin } = devnet.contracts;
		// The newest first.
		expect(await client.getInstalledPlugins({})).toEqual([SessionKeyPlugin, MultiOwnerPlugin]);
		expect(await client.getAccountSessionKeys()).toEqual([key.address]);

		const selector = toFunctionSelector('executeWithSessionKey((address,uint256,bytes)[],address)');
		expect(await client.getExecutionFunctionConfig({ selector })).toMatchObject({ plugin: SessionKeyPlugin });
		expect(await client.getPreValidationHooks({ selector })).toHaveLength(2);
		expect(await client.getExecutionHooks({ selector })).toBeInstanceOf(Array);
		const execute = toFunctionSelector('execute(address,uint256,bytes)');
		expect(await client.getExecutionFunctionConfig({ selector: execute })).toMatchObject({ plugin: address });

		const keyClient = await clientFor(key.privateKey, address);
		const recipient = accountOf().address;
		const args = [[{ target: recipient, value: 5n, data: '0x' }], key.address] as const;
		await included(keyClient.executeWithSessionKey({ args: [...args] }));
		expect(await devnet.request('eth_getBalance', [recipient, 'latest'])).toBe('0x5');

		await included(client.uninstallPlugin({ pluginAddress: SessionKeyPlugin }));
		expect(await client.getInstalledPlugins({})).toEqual([MultiOwnerPlugin]);
		expect(await client.getAccountSessionKeys()).toEqual([]);
	});

	test("adds, updates, rotates and removes keys the SDK's way", async () => {
		const { client, key } = await newClientWithKey();
		const [second, third] = [accountOf().address, accountOf().address];
		await included(client.addSessionKey({ key: second, tag: TAG, permissions: [] }));
		const permissions = new SessionKeyPermissionsBuilder().setTimeRange({ validFrom: 0, validUntil: 4e9 }).encode();
		await included(client.updateSessionKeyPermissions({ key: second, permissions }));
		await included(client.rotateSessionKey({ oldKey: key.address, newKey: third }));
		expect(await client.getAccountSessionKeys()).toEqual([third, second]);
		await included(client.removeSessionKey({ key: second }));
		expect(await client.getAccountSessionKeys()).toEqual([third]);
		expect(await client.isAccountSessionKey({ key: second })).toBe(false);
	});

	test('is refused where its manifest, its dependencies or its interface do not fit', async () => {
		const { client, address } = await newClient();
		await included(client.sendUserOperation({ uo: { target: zeroAddress, data: '0x' } }));
		const { MultiOwnerPlugin, SessionKeyPlugin } = devnet.contracts;
		const manifest = toFunctionSelector('pluginManifest()');
		const hash = keccak256(await devnet.request('eth_call', [{ to: SessionKeyPlugin, data: manifest }, 'latest']));
		const reference = (plugin: Address, id: number) => encodePacked(['address', 'uint8'], [plugin, id]);
		const owners = [reference(MultiOwnerPlugin, 0), reference(MultiOwnerPlugin, 1)];
		const strange = [reference(SessionKeyPlugin, 0), reference(MultiOwnerPlugin, 1)];
		const install = (plugin: Address, manifestHash: Hex, dependencies: Hex[]) =>
			encodeFunctionData({
				abi: IPluginManagerAbi,
				functionName: 'installPlugin',
				args: [plugin, manifestHash, '0x', dependencies],
			});

		expect(await revertOf(address, install(SessionKeyPlugin, zeroHash, owners))).toBe('InvalidPluginManifest()');
		expect(await revertOf(address, install(SessionKeyPlugin, hash, []))).toBe('InvalidDependenciesProvided()');
		expect(await revertOf(address, install(SessionKeyPlugin, hash, strange))).toBe(
			`MissingPluginDependency(${SessionKeyPlugin})`,
		);
		expect(await revertOf(address, install(devnet.testTarget, hash, []))).toBe(
			`PluginInterfaceNotSupported(${devnet.testTarget})`,
		);
	});

	test('keeps the owner plugin from being uninstalled', async () => {
		const { address } = await newClientWithKey();
		const { MultiOwnerPlugin } = devnet.contracts;
		expect(await revertOf(address, uninstall(MultiOwnerPlugin))).toBe(`PluginDependencyViolation(${MultiOwnerPlugin})`);
	});

	test('that is not installed is not uninstalled, and what is no plugin is not even asked', async () => {
		const { client, address } = await newClient();
		await included(client.sendUserOperation({ uo: { target: zeroAddress, data: '0x' } }));
		const { SessionKeyPlugin } = devnet.contracts;
		expect(await revertOf(address, uninstall(SessionKeyPlugin))).toBe(`PluginNotInstalled(${SessionKeyPlugin})`);
		expect(await revertOf(address, uninstall(accountOf().address))).toBe('empty');
		expect(await revertOf(address, uninstall(devnet.testTarget))).toBe('empty');
	});

	test('counts tokens before ETH', async () => {
		const { usd6 } = devnet.tokens;
		const permissions = new SessionKeyPermissionsBuilder()
			.setContractAccessControlType(SessionKeyAccessListType.ALLOW_ALL_ACCESS)
			.setNativeTokenSpendLimit({ spendLimit: 5n })
			.addErc20TokenSpendLimit({ tokenAddress: usd6.address, spendLimit: 5n })
			.encode();
		const { client, address } = await newClient();
		const { address: key } = accountOf();
		await included(client.installSessionKeyPlugin({ args: [[key], [TAG], [permissions]] }));
		const stranger = accountOf().address;
		const execute = (eth: bigint, dollars: bigint) =>
			executeWithSessionKey(
				[{ target: stranger, value: eth, data: '0x' }, tokenTransfer(usd6.address, stranger, dollars)],
				key,
			);
		expect(await revertOf(address, execute(6n, 6n))).toBe(
			`ERC20SpendLimitExceeded(${address}, ${key}, ${usd6.address})`,
		);
		expect(await revertOf(address, execute(6n, 5n))).toBe(`NativeTokenSpendLimitExceeded(${address}, ${key})`);
	});
});

function uninstall(plugin: Address): Hex {
	return encodeFunctionData({ abi: IPluginManagerAbi, functionName: 'uninstallPlugin', args: [plugin, '0x', '0x'] });
}

/** What operations used on the deployed contracts, in units of gas (actualGasUsed). */
const MEASURED_GAS = {
	'install with one key, creating the account': 1_604_000,
	'add a key': 163_000,
	'rotate a key': 169_000,
	'remove a key': 123_000,
	'1 payment of ETH, new recipients': 173_000,
	'1 payment of ETH, existing recipients': 139_000,
	'1 payment of dollars, new recipients': 188_000,
	'1 payment of dollars, existing recipients': 154_000,
	'10 payments of ETH, new recipients': 610_000,
	'10 payments of ETH, existing recipients': 290_000,
	'10 payments of dollars, new recipients': 520_000,
	'10 payments of dollars, existing recipients': 300_000,
	'50 payments of ETH, new recipients': 2_550_000,
	'50 payments of ETH, existing recipients': 1_000_000,
	'50 payments of dollars, new recipients': 2_050_000,
	'50 payments of dollars, existing recipients': 950_000,
	'100 payments of ETH, new recipients': 5_000_000,
	'100 payments of ETH, existing recipients': 1_900_000,
	'100 payments of dollars, new recipients': 4_000_000,
	'100 payments of dollars, existing recipients': 1_800_000,
	'install with two keys': 926_000,
	'uninstall with two keys': 348_000,
};

test('operations use about as much gas as on the deployed contracts', async () => {
	const { usd6 } = devnet.tokens;
	const permissions = new SessionKeyPermissionsBuilder()
		.setContractAccessControlType(SessionKeyAccessListType.ALLOW_ALL_ACCESS)
		.setNativeTokenSpendLimit({ spendLimit: 1_000n })
		.addErc20TokenSpendLimit({ tokenAddress: usd6.address, spendLimit: 1_000n })
		.encode();
	const { client, address } = await newClient();
	const [payer, second, third] = [accountOf(), accountOf(), accountOf()];
	const found: Record<string, number> = {};
	const install = (keys: Account[], each: Hex[]) =>
		client.installSessionKeyPlugin({
			args: [keys.map((key) => key.address), keys.map(() => TAG), keys.map(() => each)],
		});
	found['install with one key, creating the account'] = await included(install([payer], permissions));
	const minted = { from: devnet.operator, ...mint(usd6, address, 1_000n) };
	await minedReceipt(devnet, await devnet.request('eth_sendTransaction', [minted]));
	found['add a key'] = await included(client.addSessionKey({ key: second.address, tag: TAG, permissions: [] }));
	const rotation = { oldKey: second.address, newKey: third.address };
	found['rotate a key'] = await included(client.rotateSessionKey(rotation));
	found['remove a key'] = await included(client.removeSessionKey({ key: third.address }));

	const agent = await clientFor(payer.privateKey, address);
	const kinds = {
		ETH: (to: Address) => ({ target: to, value: 1n, data: '0x' as const }),
		dollars: (to: Address) => tokenTransfer(usd6.address, to, 1n),
	};
	const payments = (calls: Call[]) =>
		// The bundler's own estimate is too low for long batches to new recipients.
		included(agent.executeWithSessionKey({ args: [calls, payer.address], overrides: { callGasLimit: 8_000_000n } }));
	const known = accountOf().address;
	for (const pay of Object.values(kinds)) await payments([pay(known)]);
	for (const count of [1, 10, 50, 100]) {
		for (const [kind, pay] of Object.entries(kinds)) {
			const name = `${count} payment${count > 1 ? 's' : ''} of ${kind}`;
			const each = Array.from({ length: count });
			found[`${name}, new recipients`] = await payments(each.map(() => pay(accountOf().address)));
			found[`${name}, existing recipients`] = await payments(each.map(() => pay(known)));
		}
	}
	const { SessionKeyPlugin } = devnet.contracts;
	await included(client.uninstallPlugin({ pluginAddress: SessionKeyPlugin }));
	found['install with two keys'] = await included(install([payer, second], []));
	found['uninstall with two keys'] = await included(client.uninstallPlugin({ pluginAddress: SessionKeyPlugin }));

	expect(Object.keys(found).sort()).toEqual(Object.keys(MEASURED_GAS).sort());
	const far = Object.entries(MEASURED_GAS).filter(
		([what, gas]) => found[what]! < gas / 1.2 || found[what]! > gas * 1.2,
	);
	expect(far.map(([what, gas]) => `${what}: ${found[what]} instead of ${gas}`)).toEqual([]);
});

test.each([
	['SessionKeyPlugin', SessionKeyPluginAbi],
	['MultiOwnerPlugin', MultiOwnerPluginAbi],
] as const)("the stand-in for %s has every function and event of the SDK's ABI", async (name, abi) => {
	const { [name]: artifact } = await compileContracts();
	const identities = (items: Abi) =>
		items
			.flatMap((item) => {
				if (item.type === 'function') return [`${toFunctionSelector(item)} ${item.name}`];
				if (item.type !== 'event') return [];
				return [`${toEventSelector(item)} ${item.name} ${item.inputs.map(({ indexed }) => indexed).join()}`];
			})
			.sort();
	expect(identities(artifact!.abi)).toEqual(identities(abi));
});
