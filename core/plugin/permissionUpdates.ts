import { SessionKeyAccessListType, SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import { decodeFunctionData, getAddress, maxUint256, parseAbi, type Address, type Hex } from 'viem';
import { LIST_TYPES, type ListType } from './keyState';

/** As a limit this number takes the limit away and forgets what was used. */
export const NO_LIMIT = maxUint256;

/**
 * One change of a key's permissions, as the plugin knows it: each touches its own field and leaves the rest alone.
 * Limits of native money and gas are in wei, token limits in the token's base units, intervals in seconds (0: never),
 * times in unix seconds (0: open). A limit of NO_LIMIT takes the limit away; the paymaster 0x0 takes the rule away.
 */
export type PermissionUpdate =
	| { kind: 'listType'; listType: ListType }
	| { kind: 'contractEntry'; contract: Address; onList: boolean; checkSelectors: boolean }
	| { kind: 'functionEntry'; contract: Address; selector: Hex; onList: boolean }
	| { kind: 'timeRange'; validAfter: number; validUntil: number }
	| { kind: 'nativeLimit'; limit: bigint; refreshInterval: number }
	| { kind: 'tokenLimit'; token: Address; limit: bigint; refreshInterval: number }
	| { kind: 'gasLimit'; limit: bigint; refreshInterval: number }
	| { kind: 'requiredPaymaster'; paymaster: Address };

/** The functions of ISessionKeyPermissionsUpdates (session key plugin 1.0.1). The SDK has them, but doesn't export them. */
const permissionUpdatesAbi = parseAbi([
	'function setAccessListType(uint8 contractAccessControlType)',
	'function updateAccessListAddressEntry(address contractAddress, bool isOnList, bool checkSelectors)',
	'function updateAccessListFunctionEntry(address contractAddress, bytes4 selector, bool isOnList)',
	'function updateTimeRange(uint48 validAfter, uint48 validUntil)',
	'function setNativeTokenSpendLimit(uint256 spendLimit, uint48 refreshInterval)',
	'function setERC20SpendLimit(address token, uint256 spendLimit, uint48 refreshInterval)',
	'function setGasSpendLimit(uint256 spendLimit, uint48 refreshInterval)',
	'function setRequiredPaymaster(address requiredPaymaster)',
]);

const SDK_LIST_TYPES: Record<ListType, SessionKeyAccessListType> = {
	allowlist: SessionKeyAccessListType.ALLOWLIST,
	denylist: SessionKeyAccessListType.DENYLIST,
	allowAll: SessionKeyAccessListType.ALLOW_ALL_ACCESS,
};

/** Encodes changes for addSessionKey, updateKeyPermissions and installPlugin, in the order in which they are given. */
export function encodePermissionUpdates(updates: readonly PermissionUpdate[]): Hex[] {
	return updates.map(encodePermissionUpdate);
}

/**
 * The SDK's builder puts setAccessListType in front of whatever else it encodes, which would turn any key into an
 * allowlist key in passing. So each change is built alone, and that first element is used for nothing but list types.
 */
function encodePermissionUpdate(update: PermissionUpdate): Hex {
	const [listType, change] = withUpdate(new SessionKeyPermissionsBuilder(), update).encode();
	return (update.kind === 'listType' ? listType : change) as Hex;
}

function withUpdate(builder: SessionKeyPermissionsBuilder, update: PermissionUpdate): SessionKeyPermissionsBuilder {
	switch (update.kind) {
		case 'listType':
			return builder.setContractAccessControlType(SDK_LIST_TYPES[update.listType]);
		case 'contractEntry': {
			const { contract, onList, checkSelectors } = update;
			return builder.addContractAddressAccessEntry({ contractAddress: contract, isOnList: onList, checkSelectors });
		}
		case 'functionEntry': {
			const { contract, selector, onList } = update;
			return builder.addContractFunctionAccessEntry({
				contractAddress: contract,
				methodSelector: selector,
				isOnList: onList,
			});
		}
		case 'timeRange':
			return builder.setTimeRange({ validFrom: update.validAfter, validUntil: update.validUntil });
		case 'nativeLimit':
			return builder.setNativeTokenSpendLimit(toSdkLimit(update));
		case 'tokenLimit':
			return builder.addErc20TokenSpendLimit({ tokenAddress: update.token, ...toSdkLimit(update) });
		case 'gasLimit':
			return builder.setGasSpendLimit(toSdkLimit(update));
		case 'requiredPaymaster':
			return builder.setRequiredPaymaster(update.paymaster);
	}
}

function toSdkLimit({ limit, refreshInterval }: { limit: bigint; refreshInterval: number }) {
	return { spendLimit: limit, refreshInterval };
}

/** Reads one element of a PermissionsUpdated event or of calldata; undefined for a function that isn't an update. */
export function decodePermissionUpdate(data: Hex): PermissionUpdate | undefined {
	let decoded;
	try {
		decoded = decodeFunctionData({ abi: permissionUpdatesAbi, data });
	} catch {
		return undefined;
	}
	const { functionName, args } = decoded;
	switch (functionName) {
		case 'setAccessListType': {
			const listType = LIST_TYPES[args[0]];
			return listType && { kind: 'listType', listType };
		}
		case 'updateAccessListAddressEntry':
			return { kind: 'contractEntry', contract: getAddress(args[0]), onList: args[1], checkSelectors: args[2] };
		case 'updateAccessListFunctionEntry':
			return { kind: 'functionEntry', contract: getAddress(args[0]), selector: args[1], onList: args[2] };
		case 'updateTimeRange':
			return { kind: 'timeRange', validAfter: args[0], validUntil: args[1] };
		case 'setNativeTokenSpendLimit':
			return { kind: 'nativeLimit', limit: args[0], refreshInterval: args[1] };
		case 'setERC20SpendLimit':
			return { kind: 'tokenLimit', token: getAddress(args[0]), limit: args[1], refreshInterval: args[2] };
		case 'setGasSpendLimit':
			return { kind: 'gasLimit', limit: args[0], refreshInterval: args[1] };
		case 'setRequiredPaymaster':
			return { kind: 'requiredPaymaster', paymaster: getAddress(args[0]) };
	}
}
