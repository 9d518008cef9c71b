// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

enum AccessListType {
	ALLOWLIST,
	DENYLIST,
	ALLOW_ALL
}

/// The updates of a key's permissions. No contract has these functions: an update is the calldata of such a call.
interface IPermissionUpdates {
	function setAccessListType(AccessListType contractAccessControlType) external;

	function updateAccessListAddressEntry(address contractAddress, bool isOnList, bool checkSelectors) external;

	function updateAccessListFunctionEntry(address contractAddress, bytes4 selector, bool isOnList) external;

	function updateTimeRange(uint48 validAfter, uint48 validUntil) external;

	function setNativeTokenSpendLimit(uint256 spendLimit, uint48 refreshInterval) external;

	function setERC20SpendLimit(address token, uint256 spendLimit, uint48 refreshInterval) external;

	function setGasSpendLimit(uint256 spendLimit, uint48 refreshInterval) external;

	function setRequiredPaymaster(address requiredPaymaster) external;
}
