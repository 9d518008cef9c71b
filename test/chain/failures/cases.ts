import {
	IStandardExecutorAbi,
	SessionKeyAccessListType,
	SessionKeyPermissionsBuilder,
	SessionKeyPluginAbi,
} from '@alchemy/aa-accounts';
import {
	encodeFunctionData,
	erc20Abi,
	pad,
	parseAbi,
	parseEther,
	toFunctionSelector,
	type Address,
	type Hex,
} from 'viem';
import {
	accountOf,
	executeWithSessionKey,
	fundedAccount,
	type AccountOptions,
	type Call,
	type SmartAccount,
} from '../../../devnet/accounts';
import type { DevnetClient } from '../../../devnet/client';
import type { Account } from '../../../devnet/mnemonic';
import type { OperationParts } from '../../../devnet/operations';

/** Two paymasters that pay for every operation. */
export interface Paymasters {
	required: Address;
	other: Address;
}

/** Everybody who plays a part in a case. */
interface Cast {
	devnet: DevnetClient;
	paymasters: Paymasters;
	owner: Account;
	/** The session key that the case is about. */
	key: Account;
	/** Another session key of the same account, with the same permissions. */
	otherKey: Account;
	/** Nobody's key. */
	stranger: Account;
	recipient: Address;
	/** Unix time of the chain. */
	now: number;
}

/** What a case's operation is, when it differs from the usual one: signed by the key that it names, gas as in GAS. */
type Parts = Partial<Omit<OperationParts, 'sender' | 'callData'>> & {
	/** Instead of a signature of `signerKey`. */
	signature?: Hex;
	/** The key that the operation names. */
	names?: Address;
};

interface Recipe {
	/** What the key may do; left out: everything that the other cases are refused for. */
	permissions?: (cast: Cast) => SessionKeyPermissionsBuilder;
	/** What the operation does. */
	calls: (cast: Cast, account: SmartAccount) => Call[];
	account?: AccountOptions;
	/** False: the account has no plugin. */
	plugin?: false;
	/** What the owner does before, when the account is there. */
	before?: (cast: Cast) => Hex;
	operation?: (cast: Cast, account: SmartAccount) => Parts;
}

/** A case that is ready: the account stands as it must, and the operation is made but not yet signed. */
export interface FailureCase {
	account: SmartAccount;
	/** The key that the operation names, with its private key where there is one. */
	key: Account;
	calls: Call[];
	/** The operation with its fixed gas and its signer. */
	parts: OperationParts;
	/** Instead of a signature. */
	signature?: Hex;
}

/** Enough for every case that shall not run out. Gas is in units, fees are in wei. */
const GAS = {
	callGasLimit: 500_000n,
	verificationGasLimit: 300_000n,
	preVerificationGas: 100_000n,
	maxFeePerGas: 3_000_000_000n,
	maxPriorityFeePerGas: 1_000_000_000n,
};

const LIMIT = 1_000n;
const HOUR = 3_600;
const targetAbi = parseAbi(['function hit() payable', 'function fail() payable', 'function failStr() payable']);

const eth = (to: Address, value: bigint): Call => ({ target: to, value, data: '0x' });
const transfer = ({ devnet, recipient }: Cast, value: bigint): Call => token(devnet, 'transfer', [recipient, value]);
const approve = ({ devnet, recipient }: Cast, value: bigint): Call => token(devnet, 'approve', [recipient, value]);
const target = ({ devnet }: Cast, functionName: 'hit' | 'fail' | 'failStr'): Call => ({
	target: devnet.testTarget,
	value: 0n,
	data: encodeFunctionData({ abi: targetAbi, functionName }),
});

function token({ tokens }: DevnetClient, functionName: 'transfer' | 'approve', args: [Address, bigint]): Call {
	return { target: tokens.usd6.address, value: 0n, data: encodeFunctionData({ abi: erc20Abi, functionName, args }) };
}

/** Every contract, up to LIMIT wei and LIMIT base units of the token. */
function usual({ devnet }: Cast): SessionKeyPermissionsBuilder {
	return new SessionKeyPermissionsBuilder()
		.setContractAccessControlType(SessionKeyAccessListType.ALLOW_ALL_ACCESS)
		.setNativeTokenSpendLimit({ spendLimit: LIMIT })
		.addErc20TokenSpendLimit({ tokenAddress: devnet.tokens.usd6.address, spendLimit: LIMIT });
}

const payEth = ({ recipient }: Cast): Call[] => [eth(recipient, 1n)];
const payToken = (cast: Cast): Call[] => [transfer(cast, 1n)];
/** Spends nothing that a limit could refuse. */
const hit = (cast: Cast): Call[] => [target(cast, 'hit')];

const ownLane = ({ key }: Cast): Parts => ({ nonceKey: BigInt(key.address) });

const RECIPES: Record<string, Recipe> = {
	'F00 control: ok payment': { calls: payEth },
	'F01 native limit exceeded (single op)': { calls: ({ recipient }) => [eth(recipient, LIMIT + 1n)] },
	'F02 native limit exceeded (sum of batch)': {
		calls: ({ recipient }) => [eth(recipient, LIMIT), eth(recipient, 1n)],
	},
	'F03 ERC20 limit exceeded': { calls: (cast) => [transfer(cast, LIMIT + 1n)] },
	'F04 contract not allowed': {
		permissions: ({ recipient }) =>
			new SessionKeyPermissionsBuilder().addContractAddressAccessEntry({
				contractAddress: recipient,
				isOnList: true,
				checkSelectors: false,
			}),
		calls: hit,
	},
	'F05 selector not allowed (approve)': {
		permissions: ({ devnet }) =>
			new SessionKeyPermissionsBuilder()
				.addContractAddressAccessEntry({
					contractAddress: devnet.tokens.usd6.address,
					isOnList: true,
					checkSelectors: true,
				})
				.addContractFunctionAccessEntry({
					contractAddress: devnet.tokens.usd6.address,
					methodSelector: toFunctionSelector('transfer(address,uint256)'),
					isOnList: true,
				}),
		calls: (cast) => [approve(cast, 1n)],
	},
	'F05b denylisted contract': {
		permissions: ({ devnet }) =>
			new SessionKeyPermissionsBuilder()
				.setContractAccessControlType(SessionKeyAccessListType.DENYLIST)
				.addContractAddressAccessEntry({
					contractAddress: devnet.testTarget,
					isOnList: true,
					checkSelectors: false,
				}),
		calls: hit,
	},
	'F06 key expired': {
		permissions: (cast) => usual(cast).setTimeRange({ validFrom: 0, validUntil: cast.now - 60 }),
		calls: payEth,
	},
	'F06b key expires in <5s': {
		calls: payEth,
		// At the last moment: setting up an account takes its time too.
		before: (cast) =>
			encodeFunctionData({
				abi: SessionKeyPluginAbi,
				functionName: 'updateKeyPermissions',
				args: [
					cast.key.address,
					usual(cast)
						.setTimeRange({ validFrom: 0, validUntil: cast.now + 4 })
						.encode(),
				],
			}),
	},
	'F07 key not yet valid': {
		permissions: (cast) => usual(cast).setTimeRange({ validFrom: cast.now + HOUR, validUntil: cast.now + 2 * HOUR }),
		calls: payEth,
	},
	'F08 key not registered': {
		calls: payEth,
		operation: ({ stranger }) => ({ names: stranger.address, signerKey: stranger.privateKey }),
	},
	'F09 key removed': {
		calls: payEth,
		// The other key was added later and stands before it.
		before: ({ key, otherKey }) =>
			encodeFunctionData({
				abi: SessionKeyPluginAbi,
				functionName: 'removeSessionKey',
				args: [key.address, pad(otherKey.address, { size: 32, dir: 'right' })],
			}),
	},
	'F10a required paymaster, none given': {
		permissions: (cast) => usual(cast).setRequiredPaymaster(cast.paymasters.required),
		calls: payToken,
	},
	'F10b wrong (working) paymaster': {
		permissions: (cast) => usual(cast).setRequiredPaymaster(cast.paymasters.required),
		calls: payToken,
		operation: ({ paymasters }) => ({ paymasterAndData: paymasters.other }),
	},
	'F10c right paymaster': {
		permissions: (cast) => usual(cast).setRequiredPaymaster(cast.paymasters.required),
		calls: payToken,
		operation: ({ paymasters }) => ({ paymasterAndData: paymasters.required }),
	},
	'F11a gas limit exceeded (right nonce key)': {
		permissions: (cast) => usual(cast).setGasSpendLimit({ spendLimit: 1n }),
		calls: payEth,
		operation: ownLane,
	},
	'F11b gas-limited key, wrong nonce key': {
		permissions: (cast) => usual(cast).setGasSpendLimit({ spendLimit: parseEther('1') }),
		calls: payEth,
	},
	'F11c gas limit exceeded w/ refreshInterval (bigger than whole limit)': {
		permissions: (cast) => usual(cast).setGasSpendLimit({ spendLimit: 1n, refreshInterval: HOUR }),
		calls: payEth,
		operation: ownLane,
	},
	'F12 plugin not installed (deployed account)': {
		plugin: false,
		calls: payEth,
	},
	'F13a account not deployed (session key client, SDK)': {
		account: { deployed: false },
		calls: payEth,
	},
	'F13b account not deployed, right initCode, no plugin': {
		account: { deployed: false },
		calls: payEth,
		operation: (_, { initCode }) => ({ initCode }),
	},
	'j account not deployed, right initCode, no plugin, enough gas': {
		account: { deployed: false },
		calls: payEth,
		operation: (_, { initCode }) => ({ initCode, verificationGasLimit: 3_000_000n }),
	},
	'F14 insufficient account balance for value': {
		permissions: (cast) => usual(cast).setNativeTokenSpendLimit({ spendLimit: parseEther('1000') }),
		calls: ({ recipient }) => [eth(recipient, parseEther('1000'))],
	},
	'F14b insufficient ERC20 balance': {
		account: { tokens: { usd6: LIMIT - 1n } },
		calls: (cast) => [transfer(cast, LIMIT)],
	},
	'F15 insufficient balance for gas (prefund)': {
		account: { eth: parseEther('0.05') },
		calls: payEth,
		operation: () => ({ maxFeePerGas: parseEther('0.000001') }),
	},
	'F16 wrong signer (signs with unregistered key, names registered key)': {
		calls: payEth,
		operation: ({ stranger }) => ({ signerKey: stranger.privateKey }),
	},
	'F16b signer is another registered key': {
		calls: payEth,
		operation: ({ otherKey }) => ({ signerKey: otherKey.privateKey }),
	},
	'F16c owner signs executeWithSessionKey': {
		calls: payEth,
		operation: ({ owner }) => ({ signerKey: owner.privateKey }),
	},
	'F16d garbage signature': {
		calls: payEth,
		operation: () => ({ signature: '0x1234' }),
	},
	'F17 session key names owner as key': {
		calls: payEth,
		operation: ({ owner }) => ({ names: owner.address }),
	},
	'F18 empty calls': { calls: () => [] },
	'F19 target is the account itself (allow all)': { calls: (_, { address }) => [eth(address, 0n)] },
	'F20 target reverts with custom error': { calls: (cast) => [target(cast, 'fail')] },
	'F21 target reverts with string': { calls: (cast) => [target(cast, 'failStr')] },
	'F22 plain ETH to contract that rejects it': { calls: ({ devnet }) => [eth(devnet.testTarget, 1n)] },
	'F23 batch: 2nd of 3 calls reverts (atomic?)': {
		calls: (cast) => [target(cast, 'hit'), target(cast, 'fail'), target(cast, 'hit')],
	},
	'F26 out of gas: callGasLimit too low': {
		calls: payEth,
		operation: () => ({ callGasLimit: 15_000n }),
	},
	'F27 verificationGasLimit too low': {
		calls: payEth,
		operation: () => ({ verificationGasLimit: 15_000n }),
	},
	'F28 approve counts towards the ERC20 limit': { calls: (cast) => [approve(cast, LIMIT + 1n)] },
};

/** Every case that there is a recipe for. */
export const CASE_NAMES: readonly string[] = Object.keys(RECIPES);

/**
 * Prepares a case on an account of its own.
 *
 * @example
 * const { account, key, calls } = await prepareCase(devnet, paymasters, 'F01 native limit exceeded (single op)');
 */
export async function prepareCase(devnet: DevnetClient, paymasters: Paymasters, name: string): Promise<FailureCase> {
	const recipe = RECIPES[name];
	if (!recipe) throw new Error(`there is no case ${name}`);
	const cast = await gather(devnet, paymasters);
	const account = await setUp(cast, recipe);
	const { names = cast.key.address, signature, ...parts } = recipe.operation?.(cast, account) ?? {};
	const calls = recipe.calls(cast, account);
	return {
		account,
		key: [cast.key, cast.otherKey, cast.stranger, cast.owner].find(({ address }) => address === names)!,
		calls,
		parts: {
			...GAS,
			nonceKey: randomLane(),
			signerKey: cast.key.privateKey,
			...parts,
			sender: account.address,
			callData: executeWithSessionKey(calls, names),
		},
		signature,
	};
}

async function gather(devnet: DevnetClient, paymasters: Paymasters): Promise<Cast> {
	return {
		devnet,
		paymasters,
		owner: accountOf(),
		key: accountOf(),
		otherKey: accountOf(),
		stranger: accountOf(),
		recipient: accountOf().address,
		now: await currentTime(devnet),
	};
}

async function currentTime({ request }: DevnetClient): Promise<number> {
	const { timestamp } = await request<{ timestamp: Hex }>('eth_getBlockByNumber', ['pending', false]);
	return Number(timestamp);
}

async function setUp(
	cast: Cast,
	{ permissions = usual, account: options, plugin, before }: Recipe,
): Promise<SmartAccount> {
	const keys = [cast.key, cast.otherKey].map(({ privateKey }) => ({ privateKey, permissions: permissions(cast) }));
	const ownerKey = cast.owner.privateKey;
	if (options?.deployed === false) return fundedAccount(cast.devnet, { ownerKey, ...options });
	if (plugin === false) return withoutPlugin(cast, ownerKey);
	const account = await fundedAccount(cast.devnet, { ownerKey, keys, ...options });
	if (before) await account.asOwner(before({ ...cast, now: await currentTime(cast.devnet) }));
	return account;
}

async function withoutPlugin({ devnet, recipient }: Cast, ownerKey: Hex): Promise<SmartAccount> {
	const account = await fundedAccount(devnet, { ownerKey, deployed: false });
	const args = [recipient, 0n, '0x'] as const;
	const nothing = encodeFunctionData({ abi: IStandardExecutorAbi, functionName: 'execute', args });
	await account.asOwner(nothing, { initCode: account.initCode });
	return account;
}

function randomLane(): bigint {
	return BigInt(accountOf().privateKey) >> 64n;
}
