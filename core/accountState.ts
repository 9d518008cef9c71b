import { IAccountLoupeAbi, MultiOwnerPluginAbi } from '@alchemy/aa-accounts';
import { concatHex, encodeFunctionData, getAddress, type Address, type Hex } from 'viem';
import { InputError } from './errors';
import {
	ACCOUNT_FACTORY,
	accountFactoryAbi,
	ENTRY_POINT,
	entryPointAbi,
	MULTI_OWNER_PLUGIN,
	SESSION_KEY_PLUGIN,
} from './contracts';
import { changeHeadRead } from './registry/changeRegistry';
import { NO_REGISTRY, orNoRegistry } from './registry/referenceRegistry';
import { isRevert, RpcError } from './rpc/errors';
import { contractRead, orElse, read, rpcRead } from './rpc/read';
import type { Rpc } from './rpc/rpc';
import { sessionKeysRead } from './plugin/keyList';

/** Which account is meant: by its address, or by what makes an address before the account exists. */
export interface AccountReference {
	/** Left out: the address that these owners and this salt give. */
	address?: Address;
	/** The owners that it shall have when it doesn't exist yet. */
	owners: readonly Address[];
	/** 0 unless somebody chose another one: one set of owners can have an account for each salt. */
	salt: bigint;
}

/** A smart account as the chain has it. Amounts in wei. */
export interface AccountState {
	address: Address;
	deployed: boolean;
	/** Of one that doesn't exist yet: those it will be created with. */
	owners: Address[];
	plugins: Address[];
	hasSessionKeyPlugin: boolean;
	nativeBalance: bigint;
	/** What the account has left at the EntryPoint for gas. */
	deposit: bigint;
	/** Newest first. */
	sessionKeys: Address[];
	/** How many changes of its keys are recorded; undefined where the registry of key changes doesn't stand. */
	recordedChanges?: number;
	/** Creates the account with its first operation; set while it doesn't exist. */
	initCode?: Hex;
}

/** In ascending order and each once, as the factory wants them (and as the SDK sorts them). */
function sortOwners(owners: readonly Address[]): Address[] {
	const unique = [...new Set(owners.map((owner) => getAddress(owner)))];
	return unique.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}

/** What the EntryPoint calls to create the account: factory and createAccount(salt, owners). */
export function initCodeOf(owners: readonly Address[], salt: bigint): Hex {
	const create = encodeFunctionData({
		abi: accountFactoryAbi,
		functionName: 'createAccount',
		args: [salt, sortOwners(owners)],
	});
	return concatHex([ACCOUNT_FACTORY, create]);
}

/** The address that these owners and this salt give, whether the account exists or not. */
export function accountAddressRead(owners: readonly Address[], salt: bigint) {
	return contractRead(accountFactoryAbi, ACCOUNT_FACTORY, 'getAddress', [salt, sortOwners(owners)]);
}

/**
 * Reads an account. The loupe's answer is taken at its word or the fault is thrown: an unreachable node must never read
 * as "no plugins" (the SDK's getInstalledPlugins swallows every error).
 *
 * @throws {InputError} when the address is no Modular Account, or doesn't exist and isn't what owners and salt give;
 * {EndpointError}, {RpcError}
 */
export async function readAccount(rpc: Rpc, reference: AccountReference): Promise<AccountState> {
	const { owners, salt } = reference;
	const { pluginCode, future } = await read(rpc, {
		pluginCode: rpcRead('eth_getCode', [SESSION_KEY_PLUGIN, 'latest'], (code: Hex) => code),
		future: orElse(accountAddressRead(owners, salt), asValue),
	});
	if (pluginCode === '0x') throw noPluginHere();
	const address = getAddress(reference.address ?? valueOf(future));
	const { code, nativeBalance, deposit, changes, ...answers } = await read(rpc, {
		code: rpcRead('eth_getCode', [address, 'latest'], (code: Hex) => code),
		plugins: orElse(contractRead(IAccountLoupeAbi, address, 'getInstalledPlugins', []), asValue),
		owners: orElse(contractRead(MultiOwnerPluginAbi, MULTI_OWNER_PLUGIN, 'ownersOf', [address]), asValue),
		sessionKeys: orElse(sessionKeysRead(address), asValue),
		nativeBalance: rpcRead('eth_getBalance', [address, 'latest'], (wei: Hex) => BigInt(wei)),
		deposit: contractRead(entryPointAbi, ENTRY_POINT, 'balanceOf', [address]),
		// Read together with the keys: a change planned from an older state claims a number that is taken.
		changes: orNoRegistry(changeHeadRead(address)),
	});
	const common = { nativeBalance, deposit, recordedChanges: changes === NO_REGISTRY ? undefined : changes.count };
	if (code === '0x') return { ...notYetThere(address, reference, future), ...common };
	if (answers.plugins instanceof Error && meansNoSuchFunction(answers.plugins)) {
		throw new InputError(
			'Smart Account Address',
			`${address} is a contract, but not a Modular Account`,
			'Type the address of your smart account (Modular Account v1), not that of a token or another wallet.',
		);
	}
	const plugins = valueOf(answers.plugins).map((plugin) => getAddress(plugin));
	return {
		address,
		deployed: true,
		owners: valueOf(answers.owners).map((owner) => getAddress(owner)),
		plugins,
		hasSessionKeyPlugin: plugins.includes(SESSION_KEY_PLUGIN),
		...common,
		sessionKeys: valueOf(answers.sessionKeys).map((key) => getAddress(key)),
	};
}

/** The network has no session key plugin, so no account on it can have keys. */
export function noPluginHere(): InputError {
	return new InputError(
		'Network',
		'The session key plugin does not stand on this network',
		'Choose a network that has it: Ethereum, Base, Arbitrum, OP Mainnet, Polygon, or one of their test networks.',
	);
}

/** @param future where these owners and this salt would create it; an error where that can't be told */
function notYetThere(address: Address, { owners, salt }: AccountReference, future: Address | Error) {
	if (future instanceof RpcError && !meansNoSuchFunction(future)) throw future;
	if (future instanceof Error || getAddress(future) !== address) {
		const elsewhere = future instanceof Error ? '' : `, and this owner would create theirs at ${future}`;
		throw new InputError(
			'Smart Account Address',
			`There is no account at ${address} on this network yet${elsewhere}`,
			'Check the address and the network. To create the account here, leave the address empty: its owner decides it.',
		);
	}
	return {
		address,
		deployed: false,
		owners: sortOwners(owners),
		plugins: [],
		hasSessionKeyPlugin: false,
		sessionKeys: [],
		initCode: initCodeOf(owners, salt),
	};
}

function asValue(error: Error): Error {
	return error;
}

function valueOf<T>(answer: T | Error): T {
	if (answer instanceof Error) throw answer;
	return answer;
}

/** The contract reverted, or answered nothing: it was reached and doesn't know the function. */
function meansNoSuchFunction(error: Error): boolean {
	return !(error instanceof RpcError) || isRevert(error);
}
