import { getAddress, parseEther, type Hex } from 'viem';
import { MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN } from '../../../core/contracts';
import { networkBySlug, type Network } from '../../../core/networks';
import type { CheckState } from '../../../core/payment/check/check';
import type { ContractAccess, KeyState, SpendLimit } from '../../../core/plugin/keyState';

export const ACCOUNT = getAddress('0x00000000000000000000000000000000000acc01');
export const KEY = getAddress('0x00000000000000000000000000000000000000a1');
export const ANNA = getAddress('0x00000000000000000000000000000000000a00aa');
export const TOKEN = getAddress('0x036cbd53842c5426634e7929541ec2318f3dcf7e');
export const TARGET = getAddress('0x0000000000000000000000000000000000007a67');
export const PAYMASTER = getAddress('0x00000000000000000000000000000000000009ab');
/** 28 November 2026 at 09:00 UTC */
export const NOW = 1_795_856_400;

/** A limit that nothing was spent of. */
export function limitOf(limit: bigint, used = 0n, refreshInterval = 0, lastUsed = 0): SpendLimit {
	return { limit, used, refreshInterval, lastUsed };
}

/** A contract on the list, every function that a test may call open. */
export function open(access: Partial<ContractAccess> = {}): ContractAccess {
	return { onList: true, checkSelectors: false, functions: {}, ...access };
}

/** A key that may pay Anna and use the token and the target. */
function sampleKey(changes: Partial<KeyState> = {}): KeyState {
	return {
		account: ACCOUNT,
		key: KEY,
		registered: true,
		listType: 'allowlist',
		validAfter: 0,
		validUntil: 0,
		native: limitOf(parseEther('1')),
		gasShouldReset: false,
		contracts: { [ANNA]: open(), [TOKEN]: open(), [TARGET]: open(), [ACCOUNT]: open(), [SESSION_KEY_PLUGIN]: open() },
		...changes,
	};
}

/** An account with 10 ETH and 5,000 USDC whose key may pay. */
export function sampleState({
	key,
	...changes
}: Partial<Omit<CheckState, 'key'>> & { key?: Partial<KeyState> } = {}): CheckState {
	return {
		network: networkBySlug('base-sepolia') as Network,
		account: sampleAccount(),
		key: sampleKey(key),
		tokens: { [TOKEN]: { symbol: 'USDC', decimals: 6, balance: 5_000_000_000n } },
		withoutCode: [],
		now: NOW,
		...changes,
	};
}

export function sampleAccount(changes: Partial<CheckState['account']> = {}): CheckState['account'] {
	return {
		address: ACCOUNT,
		deployed: true,
		pluginDeployed: true,
		plugins: [MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN],
		balance: parseEther('10'),
		deposit: 0n,
		...changes,
	};
}

/** 0.0031 ETH at most. */
export const GAS = {
	callGasLimit: 2_000_000n,
	verificationGasLimit: 1_000_000n,
	preVerificationGas: 100_000n,
	maxFeePerGas: 1_000_000_000n,
};

export const HASH: Hex = `0x${'ab'.repeat(32)}`;
