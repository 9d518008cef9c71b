import {
	concat,
	encodeFunctionData,
	getAddress,
	keccak256,
	maxUint256,
	parseAbi,
	parseEther,
	slice,
	stringToHex,
	toFunctionSelector,
	type Address,
	type Hex,
} from 'viem';
import { ENTRY_POINT, MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN } from '../../../../core/contracts';
import { selectorOf, type Call } from '../../../../core/calls';
import { customNetwork } from '../../../../core/networks';
import type { CheckState, GasPlan } from '../../../../core/payment/check/checkState';
import type { ContractAccess, KeyState, ListType, SpendLimit } from '../../../../core/plugin/keyState';
import type { CallStep, GasFields, Operation, State } from '../../../chain/scenarios/format';

/** Any moment will do: a scenario's times are seconds after its start. */
export const START = 1_800_000_000;
const MAX_TIME = 2 ** 48 - 1;

const abi = parseAbi([
	'function transfer(address to, uint256 value)',
	'function approve(address spender, uint256 value)',
	'function transferFrom(address from, address to, uint256 value)',
	'function increaseAllowance(address spender, uint256 value)',
	'function balanceOf(address who)',
	'function hit()',
	'function fail()',
	'function failStr()',
	'function resetSessionKeyGasLimitTimestamp(address account, address key)',
]);

const FIXED: Record<string, Address> = {
	plugin: SESSION_KEY_PLUGIN,
	multiOwnerPlugin: MULTI_OWNER_PLUGIN,
	entryPoint: ENTRY_POINT,
	zero: '0x0000000000000000000000000000000000000000',
};

/** The address of a name in a scenario: always the same one. */
function addressOf(name: string): Address {
	return FIXED[name] ?? getAddress(slice(keccak256(stringToHex(name)), 12));
}

function amount(text: string): bigint {
	return text === 'max' ? maxUint256 : BigInt(text);
}

/** A call as a scenario writes it. */
export function toCall({ to, eth = '0', fn, args = [], data = '0x', suffix, cut }: CallStep): Call {
	const values = args.map((value) => (/^(\d+|max)$/.test(value) ? amount(value) : addressOf(value)));
	let bytes = fn ? encodeFunctionData({ abi, functionName: fn, args: values } as never) : (data as Hex);
	if (suffix) bytes = concat([bytes, suffix as Hex]);
	if (cut !== undefined) bytes = slice(bytes, 0, cut);
	return { target: addressOf(to), value: amount(eth), data: bytes };
}

const GAS: GasFields = { call: 2_000_000, verification: 1_000_000, pre: 100_000, maxFee: 1_000_000_000 };

/** The gas fields of a session key's operation. */
export function toGas({ gas, paymaster }: Operation): GasPlan {
	const { call, verification, pre, maxFee } = { ...GAS, ...gas };
	return {
		callGasLimit: BigInt(call),
		verificationGasLimit: BigInt(verification),
		preVerificationGas: BigInt(pre),
		maxFeePerGas: BigInt(maxFee),
		paymaster: paymaster ? addressOf(paymaster) : undefined,
	};
}

/** The lane of an operation, as far as it matters: the key's own one, or another. */
export function toNonceKey({ lane, key }: Operation): bigint {
	if (lane === 'own') return BigInt(addressOf(key as string));
	return lane?.startsWith('key') ? BigInt(addressOf(lane)) : 12345n;
}

interface RecordedLimit {
	has?: boolean;
	limit: string;
	used: string;
	every: number;
	last: number | null;
	shouldReset?: boolean;
}

function toTime(value: number | string | null | undefined): number {
	if (value === null || value === undefined) return 0;
	return value === 'max' ? MAX_TIME : START + Number(value);
}

function toLimit(recorded: unknown): SpendLimit | undefined {
	const limit = recorded as RecordedLimit | undefined;
	if (!limit || limit.has === false) return undefined;
	return {
		limit: amount(limit.limit),
		used: BigInt(limit.used),
		refreshInterval: limit.every,
		lastUsed: toTime(limit.last),
	};
}

const LISTS: Record<string, ListType> = { ALLOWLIST: 'allowlist', DENYLIST: 'denylist', ALLOW_ALL: 'allowAll' };

/** What the recorded views say of a key, as core reads it from the chain. */
export function toKeyState(state: State, name: string, calls: readonly Call[]): KeyState {
	const [after, until] = (state[`${name}.timeRange`] ?? []) as (number | string | null)[];
	const registered = state[`${name}.isSessionKeyOf`] === true;
	const gas = state[`${name}.gas`] as RecordedLimit | undefined;
	const paymaster = state[`${name}.paymaster`] as string | undefined;
	return {
		account: addressOf('account'),
		key: addressOf(name),
		registered,
		listType: LISTS[state[`${name}.listType`] as string] ?? 'allowlist',
		validAfter: toTime(after),
		validUntil: toTime(until),
		native: toLimit(state[`${name}.native`]),
		gas: toLimit(gas),
		gasShouldReset: gas?.shouldReset ?? false,
		requiredPaymaster: paymaster ? addressOf(paymaster) : undefined,
		contracts: toContracts(state, name, calls),
	};
}

function toContracts(state: State, key: string, calls: readonly Call[]): KeyState['contracts'] {
	const contracts: KeyState['contracts'] = {};
	for (const call of calls) {
		const target = getAddress(call.target);
		const known = (contracts[target] ??= emptyAccess());
		known.functions[selectorOf(call.data)] = false;
	}
	for (const [path, value] of Object.entries(state)) {
		const [owner, kind, contract, fn] = path.split('.');
		const access = owner === key && contract ? contracts[addressOf(contract)] : undefined;
		if (!access) continue;
		if (kind === 'entry') {
			access.onList = String(value).startsWith('on');
			access.checkSelectors = String(value).includes('check selectors');
		}
		if (kind === 'function') access.functions[toSelector(fn as string)] = value === true;
		if (kind === 'erc20') access.tokenLimit = toLimit(value);
	}
	return contracts;
}

function emptyAccess(): ContractAccess {
	return { onList: false, checkSelectors: false, functions: {} };
}

function toSelector(name: string): Hex {
	if (name.startsWith('0x')) return name as Hex;
	const item = abi.find((one) => one.name === name);
	if (!item) throw new Error(`no function is called ${name}`);
	return toFunctionSelector(item);
}

/** Everything that a check wants to know at one moment of a scenario. */
export function toCheckState(state: State, operation: Operation, at: number, installed: boolean): CheckState {
	const calls = (operation.calls ?? []).map(toCall);
	const token = (name: string) => ({
		symbol: name,
		decimals: 6,
		balance: BigInt((state[`account.${name}`] as string) ?? 0),
	});
	return {
		network: customNetwork(31337, 'ETH'),
		account: {
			address: addressOf('account'),
			deployed: true,
			pluginDeployed: true,
			plugins: installed ? [MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN] : [MULTI_OWNER_PLUGIN],
			balance: parseEther('10'),
			deposit: 0n,
		},
		key: toKeyState(state, operation.key as string, calls),
		tokens: { [addressOf('token')]: token('token'), [addressOf('token2')]: token('token2') },
		withoutCode: [],
		now: START + at,
	};
}
