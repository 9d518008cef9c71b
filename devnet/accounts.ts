import {
	IPluginManagerAbi,
	IStandardExecutorAbi,
	MultiOwnerModularAccountFactoryAbi,
	SessionKeyPermissionsBuilder,
	SessionKeyPluginExecutionFunctionAbi,
} from '@alchemy/aa-accounts';
import {
	concat,
	encodeAbiParameters,
	encodeFunctionData,
	encodePacked,
	getAddress,
	keccak256,
	numberToHex,
	parseAbi,
	parseEther,
	parseUnits,
	slice,
	stringToHex,
	toFunctionSelector,
	type Address,
	type Hex,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { REFERENCE_REGISTRY } from '../contracts/referenceRegistry';
import type { DevnetClient } from './client';
import type { Transaction } from './contracts/deploy';
import type { Account } from './mnemonic';
import { includeOperations, minedReceipt, signOperation, type Inclusion, type OperationParts } from './operations';
import { mint, type Tokens } from './tokens';

/** A session key that an account starts with. */
export interface KeyOptions {
	/** Its private key; left out: a new one. */
	privateKey?: Hex;
	/** Text or 32 bytes. */
	tag?: string;
	/** The SDK's builder, or updates that are encoded already; left out: the key may do nothing. */
	permissions?: SessionKeyPermissionsBuilder | readonly Hex[];
}

/** What an account starts with. */
export interface AccountOptions {
	/** Private key of its owner; left out: a new one. */
	ownerKey?: Hex;
	salt?: bigint;
	/** In wei; left out: 1 ETH. */
	eth?: bigint;
	/** In base units; left out: 1,000 of each token. */
	tokens?: Partial<Record<keyof Tokens, bigint>>;
	/** Session keys to install the plugin with; left out: no plugin. */
	keys?: readonly KeyOptions[];
	/** False: money is sent to the address, but nothing stands there yet. */
	deployed?: boolean;
}

/** A smart account with money. */
export interface SmartAccount {
	address: Address;
	owner: Account;
	salt: bigint;
	/** What creates it, for an operation while nothing stands there. */
	initCode: Hex;
	/** Its session keys, in the order asked for. */
	keys: Account[];
	/** Includes an owner's operation directly, without a bundler, for no fee. */
	asOwner(callData: Hex, parts?: Partial<OperationParts>): Promise<Inclusion>;
	/** Includes an operation of a session key directly, under a nonce key that was never used; the first key when left out. */
	asKey(calls: readonly Call[], parts?: Partial<OperationParts> & { key?: Account }): Promise<Inclusion>;
}

/** One call of a smart account. */
export interface Call {
	target: Address;
	/** In wei. */
	value: bigint;
	data: Hex;
}

/** Where an owner's dependencies of the plugin stand in MultiOwnerPlugin: user operations, and runtime calls. */
const OWNER_VALIDATION = [0, 1];

const manifestAbi = parseAbi(['function pluginManifest()']);

/**
 * Makes a smart account with money, and with the session key plugin when it shall have keys; all of it in one user
 * operation that costs the account nothing. It is quick, and meant for what a test needs before it begins.
 *
 * @example
 * const permissions = new SessionKeyPermissionsBuilder().setNativeTokenSpendLimit({ spendLimit: parseEther('1') });
 * const account = await fundedAccount(devnet, { keys: [{ tag: 'payroll', permissions }] });
 */
export async function fundedAccount(devnet: DevnetClient, options: AccountOptions = {}): Promise<SmartAccount> {
	const { salt = 0n, keys = [], deployed = true } = options;
	const owner = accountOf(options.ownerKey);
	const keyAccounts = keys.map(({ privateKey }) => accountOf(privateKey));
	const initCode = createAccount(devnet, owner.address, salt);
	const address = await futureAddress(devnet, initCode);
	await fund(devnet, address, options);
	const account = smartAccount(devnet, { address, owner, salt, initCode, keys: keyAccounts });
	if (!deployed) return account;
	const callData = keys.length ? await installPlugin(devnet, keys, keyAccounts) : doNothing(devnet);
	const { success, revertReason } = await account.asOwner(callData, { initCode });
	if (!success) throw new Error(`the plugin was not installed: ${revertReason ?? 'no reason given'}`);
	return account;
}

/** An account refuses an operation without calldata. */
function doNothing({ operator }: DevnetClient): Hex {
	return encodeFunctionData({ abi: IStandardExecutorAbi, functionName: 'execute', args: [operator, 0n, '0x'] });
}

/** A key and its address; a new one when there is none. */
export function accountOf(privateKey: Hex = generatePrivateKey()): Account {
	return { address: privateKeyToAccount(privateKey).address, privateKey };
}

/** Permissions to pay tokens under references up to a limit, in base units, refreshed every `refreshInterval` seconds if given. */
export function tokenBudget(
	token: { address: Address },
	spendLimit: bigint,
	refreshInterval?: number,
): SessionKeyPermissionsBuilder {
	const { address } = token;
	const methodSelector = toFunctionSelector('transfer(address,uint256)');
	return new SessionKeyPermissionsBuilder()
		.addContractAddressAccessEntry({ contractAddress: REFERENCE_REGISTRY, isOnList: true, checkSelectors: false })
		.addContractAddressAccessEntry({ contractAddress: address, isOnList: true, checkSelectors: true })
		.addContractFunctionAccessEntry({ contractAddress: address, methodSelector, isOnList: true })
		.addErc20TokenSpendLimit({ tokenAddress: address, spendLimit, refreshInterval });
}

function smartAccount(devnet: DevnetClient, account: Omit<SmartAccount, 'asOwner' | 'asKey'>): SmartAccount {
	const include = async (parts: OperationParts): Promise<Inclusion> => {
		const [included] = await includeOperations(devnet, [await signOperation(devnet, parts)]);
		return included!;
	};
	const { address: sender, owner, keys } = account;
	return {
		...account,
		asOwner: (callData, parts = {}) => include({ sender, callData, signerKey: owner.privateKey, ...parts }),
		asKey: (calls, { key = keys[0], ...parts } = {}) => {
			if (!key) throw new Error('the account has no session key');
			const callData = executeWithSessionKey(calls, key.address);
			return include({ sender, callData, signerKey: key.privateKey, nonceKey: freshLane(), ...parts });
		},
	};
}

/** The calldata of a session key's operation. */
export function executeWithSessionKey(calls: readonly Call[], key: Address): Hex {
	return encodeFunctionData({
		abi: SessionKeyPluginExecutionFunctionAbi,
		functionName: 'executeWithSessionKey',
		args: [calls, key],
	});
}

function freshLane(): bigint {
	return BigInt(slice(generatePrivateKey(), 0, 24));
}

function createAccount({ contracts }: DevnetClient, owner: Address, salt: bigint): Hex {
	const data = encodeFunctionData({
		abi: MultiOwnerModularAccountFactoryAbi,
		functionName: 'createAccount',
		args: [salt, [owner]],
	});
	return concat([contracts.MultiOwnerModularAccountFactory, data]);
}

/** What `createAccount` would answer is where the account will stand. */
async function futureAddress({ request }: DevnetClient, initCode: Hex): Promise<Address> {
	const call = { to: slice(initCode, 0, 20), data: slice(initCode, 20) };
	return getAddress(slice(await request<Hex>('eth_call', [call, 'latest']), 12));
}

/** Sends money to an address; without options 1 ETH and 1,000 of each token. */
export async function fund(
	devnet: Pick<DevnetClient, 'request' | 'operator' | 'tokens'>,
	to: Address,
	{ eth = parseEther('1'), tokens = {} }: Pick<AccountOptions, 'eth' | 'tokens'> = {},
): Promise<void> {
	const mints = Object.entries(devnet.tokens).map(([name, token]) => {
		const value = tokens[name as keyof Tokens] ?? parseUnits('1000', token.decimals);
		return value > 0n ? [mint(token, to, value)] : [];
	});
	await send(devnet, [...(eth > 0n ? [{ to, value: eth }] : []), ...mints.flat()]);
}

/** Sends transactions of the operator and waits until all are in blocks. */
async function send(
	devnet: Pick<DevnetClient, 'request' | 'operator'>,
	transactions: ReadonlyArray<Omit<Transaction, 'from'>>,
): Promise<void> {
	const hashes = transactions.map(({ to, data, value = 0n }) =>
		devnet.request<Hex>('eth_sendTransaction', [{ from: devnet.operator, to, data, value: numberToHex(value) }]),
	);
	const receipts = await Promise.all(hashes.map(async (hash) => minedReceipt(devnet, await hash)));
	for (const { status, transactionHash } of receipts) {
		if (status !== '0x1') throw new Error(`transaction ${transactionHash} failed`);
	}
}

/** The owner's calldata that installs the session key plugin with these keys. */
export async function installPlugin(
	devnet: DevnetClient,
	keys: readonly KeyOptions[],
	accounts: readonly Account[],
): Promise<Hex> {
	const { MultiOwnerPlugin, SessionKeyPlugin } = devnet.contracts;
	const manifest = await devnet.request<Hex>('eth_call', [
		{ to: SessionKeyPlugin, data: encodeFunctionData({ abi: manifestAbi }) },
		'latest',
	]);
	const installData = encodeAbiParameters(
		[{ type: 'address[]' }, { type: 'bytes32[]' }, { type: 'bytes[][]' }],
		[accounts.map(({ address }) => address), keys.map(({ tag = '' }) => tagOf(tag)), keys.map(updatesOf)],
	);
	const dependencies = OWNER_VALIDATION.map((id) => encodePacked(['address', 'uint8'], [MultiOwnerPlugin, id]));
	return encodeFunctionData({
		abi: IPluginManagerAbi,
		functionName: 'installPlugin',
		args: [SessionKeyPlugin, keccak256(manifest), installData, dependencies],
	});
}

function tagOf(tag: string): Hex {
	return tag.startsWith('0x') ? (tag as Hex) : stringToHex(tag, { size: 32 });
}

function updatesOf({ permissions = [] }: KeyOptions): readonly Hex[] {
	return permissions instanceof SessionKeyPermissionsBuilder ? permissions.encode() : permissions;
}
