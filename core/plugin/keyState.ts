import { getAddress, zeroAddress, type Address, type ContractFunctionArgs, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../contracts';
import { RpcError } from '../rpc/errors';
import { contractRead, orElse, type Answers, type BlockTag, type Read } from '../rpc/read';

/**
 * A limit as the plugin stores it. Native and gas limits are in wei, token limits in the token's base units.
 * `used` is stale once a window has passed: ask `limitAt`.
 */
export interface SpendLimit {
	limit: bigint;
	used: bigint;
	/** Seconds; 0 is never. */
	refreshInterval: number;
	/** Unix seconds: when the present window opened. */
	lastUsed: number;
}

export type ListType = 'allowlist' | 'denylist' | 'allowAll';

/** In the order of ISessionKeyPlugin.ContractAccessControlType. */
export const LIST_TYPES: readonly ListType[] = ['allowlist', 'denylist', 'allowAll'];

/** What a key may do with one contract. */
export interface ContractAccess {
	onList: boolean;
	checkSelectors: boolean;
	/** The functions asked for, by selector: whether each is on the list. */
	functions: Record<Hex, boolean>;
	/** The limit on this contract as an ERC-20 token; undefined when there is none. */
	tokenLimit?: SpendLimit;
}

/** Everything the plugin knows of a key, as far as it can be asked for without events. */
export interface KeyState {
	account: Address;
	key: Address;
	/** False: all else has the values of a key that may do nothing. */
	registered: boolean;
	listType: ListType;
	/** Unix seconds, inside; 0 is open. */
	validAfter: number;
	/** Unix seconds, inside; 0 is open. */
	validUntil: number;
	/** undefined: no limit at all. A new key has a limit of 0. */
	native?: SpendLimit;
	/** In wei, counted at the most that each operation could cost; undefined: no limit. */
	gas?: SpendLimit;
	/** The gas limit is stuck until an operation succeeds or resetSessionKeyGasLimitTimestamp is called. */
	gasShouldReset: boolean;
	requiredPaymaster?: Address;
	/** The contracts that were asked for, by checksummed address. */
	contracts: Record<Address, ContractAccess>;
	/** Set when there may be entries, functions or limits that nobody could ask for, because no history told of them. */
	partial?: true;
}

/** A contract that is asked for, and which of its functions. */
export interface AccessQuestion {
	contract: Address;
	selectors: readonly Hex[];
}

type ViewName = Extract<(typeof sessionKeyPluginAbi)[number], { type: 'function'; stateMutability: 'view' }>['name'];

/** A view function of the session key plugin. */
export function pluginView<N extends ViewName>(
	functionName: N,
	args: ContractFunctionArgs<typeof sessionKeyPluginAbi, 'view' | 'pure', N>,
	block?: BlockTag,
) {
	return contractRead(sessionKeyPluginAbi, SESSION_KEY_PLUGIN, functionName, args, block);
}

const INVALID_SESSION_KEY = '0xd3d0f659';

/** The getters revert with InvalidSessionKey for a key that isn't registered: that is an answer and reads undefined. */
function ofKnownKey<T>(one: Read<T>): Read<T | undefined> {
	return orElse(one, (error) => {
		if (error instanceof RpcError && error.revertData?.startsWith(INVALID_SESSION_KEY)) return undefined;
		throw error;
	});
}

/** The reads for a KeyState, to go into one batch with others; `toKeyState` puts the answers together. */
export function keyStateReads(
	account: Address,
	key: Address,
	questions: readonly AccessQuestion[] = [],
	block?: BlockTag,
) {
	return {
		registered: pluginView('isSessionKeyOf', [account, key], block),
		listType: ofKnownKey(pluginView('getAccessControlType', [account, key], block)),
		timeRange: ofKnownKey(pluginView('getKeyTimeRange', [account, key], block)),
		native: ofKnownKey(pluginView('getNativeTokenSpendLimitInfo', [account, key], block)),
		gas: ofKnownKey(pluginView('getGasSpendLimit', [account, key], block)),
		paymaster: ofKnownKey(pluginView('getRequiredPaymaster', [account, key], block)),
		contracts: questions.map(({ contract, selectors }) => ({
			entry: ofKnownKey(pluginView('getAccessControlEntry', [account, key, contract], block)),
			tokenLimit: ofKnownKey(pluginView('getERC20SpendLimitInfo', [account, key, contract], block)),
			functions: selectors.map((selector) =>
				ofKnownKey(pluginView('isSelectorOnAccessControlList', [account, key, contract, selector], block)),
			),
		})),
	};
}

/** Puts the answers to `keyStateReads` together. Give it the same account, key and questions. */
export function toKeyState(
	account: Address,
	key: Address,
	questions: readonly AccessQuestion[],
	answers: Answers<ReturnType<typeof keyStateReads>>,
): KeyState {
	const [validAfter = 0, validUntil = 0] = answers.timeRange ?? [];
	const [gas, gasShouldReset = false] = answers.gas ?? [];
	const requiredPaymaster = answers.paymaster === zeroAddress ? undefined : answers.paymaster;
	return {
		account,
		key,
		registered: answers.registered,
		listType: LIST_TYPES[answers.listType ?? 0] ?? 'allowlist',
		validAfter,
		validUntil,
		native: answers.registered
			? toSpendLimit(answers.native)
			: { limit: 0n, used: 0n, refreshInterval: 0, lastUsed: 0 },
		gas: toSpendLimit(gas),
		gasShouldReset,
		requiredPaymaster,
		contracts: Object.fromEntries(
			questions.map(({ contract, selectors }, index) => {
				const answer = answers.contracts[index];
				const [onList = false, checkSelectors = false] = answer?.entry ?? [];
				const functions = Object.fromEntries(
					selectors.map((selector, i) => [selector, answer?.functions[i] ?? false] as const),
				);
				return [
					getAddress(contract),
					{ onList, checkSelectors, functions, tokenLimit: toSpendLimit(answer?.tokenLimit) },
				] as const;
			}),
		),
	};
}

interface LimitInfo {
	hasLimit: boolean;
	limit: bigint;
	limitUsed: bigint;
	refreshInterval: number;
	lastUsedTime: number;
}

function toSpendLimit(info: LimitInfo | undefined): SpendLimit | undefined {
	if (!info?.hasLimit) return undefined;
	const { limit, limitUsed, refreshInterval, lastUsedTime } = info;
	return { limit, used: limitUsed, refreshInterval, lastUsed: lastUsedTime };
}

/** A limit as it is at one moment. */
export interface LimitNow {
	used: bigint;
	remaining: bigint;
	/** Unix seconds: when the full limit is there again; undefined when it never is, or is already. */
	reopensAt?: number;
}

/**
 * What is left of a limit. Windows are lazy (the next one opens at the first spend at or after lastUsed + interval), so
 * the stored usage is stale from then on.
 *
 * @param now unix seconds
 */
export function limitAt({ limit, used, refreshInterval, lastUsed }: SpendLimit, now: number): LimitNow {
	const reopensAt = lastUsed + refreshInterval;
	if (refreshInterval > 0 && now >= reopensAt) return { used: 0n, remaining: limit };
	const remaining = used > limit ? 0n : limit - used;
	return { used, remaining, reopensAt: refreshInterval > 0 && used > 0n ? reopensAt : undefined };
}
