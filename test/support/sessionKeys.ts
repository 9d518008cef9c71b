import { getAddress, numberToHex, type Address } from 'viem';
import type { AccountState } from '../../core/accountState';
import { applyUpdates, newKeyState } from '../../core/permissions/applyUpdates';
import type { KeyState } from '../../core/plugin/keyState';
import { toUpdates, type PermissionInput } from '../../core/sessionKey/plan/permissionInput';
import type { AccountSnapshot } from '../../core/sessionKey/plan/plan';
import type { Labels } from '../../core/permissions/labels';

const address = (n: number): Address => getAddress(numberToHex(n, { size: 20 }));

export const [ACCOUNT, OWNER, KEY, KEY2, USDC, WETH, TARGET, WALLET, PAYMASTER] = [
	0xacc1, 0x01, 0x0a1, 0x0a2, 0x05dc, 0x0e7, 0x7a1, 0xaa1, 0x9a7,
].map(address) as [Address, Address, Address, Address, Address, Address, Address, Address, Address];

/** 2027-01-01. */
export const NOW = 1_798_761_600;
export const WEEK = 7 * 86_400;

export const WORDS: Labels = {
	nativeSymbol: 'ETH',
	contracts: {
		[USDC]: { address: USDC, isContract: true, token: { symbol: 'USDC', decimals: 6, decimalsFrom: 'token' as const } },
		[WETH]: {
			address: WETH,
			isContract: true,
			token: { symbol: 'WETH', decimals: 18, decimalsFrom: 'token' as const },
		},
		[TARGET]: { address: TARGET, isContract: true },
		[WALLET]: { address: WALLET, isContract: false },
		[PAYMASTER]: { address: PAYMASTER, isContract: true },
	},
};

/** An account with the plugin and these keys, newest first. */
export function snapshot(sessionKeys: Address[] = [], account: Partial<AccountState> = {}): AccountSnapshot {
	return {
		account: {
			address: ACCOUNT,
			deployed: true,
			owners: [OWNER],
			plugins: [],
			hasSessionKeyPlugin: true,
			nativeBalance: 0n,
			deposit: 0n,
			sessionKeys,
			...account,
		},
		labels: WORDS,
		now: NOW,
		// No deployer, so that the registry of key changes is neither there nor brought: plans are what they change.
		registry: { deployed: true, deployer: false, network: { name: 'Base Sepolia' } },
	};
}

/** A key with these permissions, given at `NOW`. */
export function keyWith(input: PermissionInput): KeyState {
	const fresh = newKeyState(ACCOUNT, KEY);
	return applyUpdates(fresh, toUpdates(input, fresh, WORDS.contracts), NOW);
}

/** What people should start with: USDC by transfer alone, 100 a week, gas paid by a paymaster. */
export const SAFE: PermissionInput = {
	tokens: [{ token: USDC, budget: { amount: '100', refreshInterval: WEEK }, functions: 'transfer' }],
	requiredPaymaster: PAYMASTER,
};
