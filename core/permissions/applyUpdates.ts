import { getAddress, zeroAddress, type Address } from 'viem';
import type { ContractAccess, KeyState, SpendLimit } from '../plugin/keyState';
import { NO_LIMIT, type PermissionUpdate } from '../plugin/permissionUpdates';

/** What a key may do right after it was added without any permissions: nothing. */
export function newKeyState(account: Address, key: Address): KeyState {
	return {
		account,
		key,
		registered: true,
		listType: 'allowlist',
		validAfter: 0,
		validUntil: 0,
		native: { limit: 0n, used: 0n, refreshInterval: 0, lastUsed: 0 },
		gas: undefined,
		gasShouldReset: false,
		requiredPaymaster: undefined,
		contracts: {},
	};
}

/**
 * What a key's state will be once the chain has carried out these updates, in this order. Nothing given is changed.
 *
 * @param now unix seconds of the block that carries them out: a limit that refreshes starts its window there
 */
export function applyUpdates(state: KeyState, updates: readonly PermissionUpdate[], now: number): KeyState {
	return updates.reduce((before, update) => applyUpdate(before, update, now), state);
}

function applyUpdate(state: KeyState, update: PermissionUpdate, now: number): KeyState {
	switch (update.kind) {
		case 'listType':
			return { ...state, listType: update.listType };
		case 'contractEntry': {
			const { onList, checkSelectors } = update;
			return withContract(state, update.contract, (access) => ({ ...access, onList, checkSelectors }));
		}
		case 'functionEntry': {
			const { selector, onList } = update;
			return withContract(state, update.contract, (access) => ({
				...access,
				functions: { ...access.functions, [selector]: onList },
			}));
		}
		case 'timeRange':
			return { ...state, validAfter: update.validAfter, validUntil: update.validUntil };
		case 'nativeLimit':
			return { ...state, native: newLimit(state.native, update, now) };
		case 'tokenLimit':
			return withContract(state, update.token, (access) => ({
				...access,
				tokenLimit: newLimit(access.tokenLimit, update, now),
			}));
		case 'gasLimit':
			return { ...state, gas: newLimit(state.gas, update, now), gasShouldReset: false };
		case 'requiredPaymaster': {
			const { paymaster } = update;
			return { ...state, requiredPaymaster: paymaster === zeroAddress ? undefined : paymaster };
		}
	}
}

function withContract(
	state: KeyState,
	contract: Address,
	change: (access: ContractAccess) => ContractAccess,
): KeyState {
	const address = getAddress(contract);
	const access = state.contracts[address] ?? { onList: false, checkSelectors: false, functions: {} };
	return { ...state, contracts: { ...state.contracts, [address]: change(access) } };
}

/** A new limit keeps what was used. Only a limit that refreshes has a clock, and every edit starts it anew. */
function newLimit(
	before: SpendLimit | undefined,
	{ limit, refreshInterval }: { limit: bigint; refreshInterval: number },
	now: number,
): SpendLimit | undefined {
	if (limit === NO_LIMIT) return undefined;
	return { limit, used: before?.used ?? 0n, refreshInterval, lastUsed: refreshInterval === 0 ? 0 : now };
}
