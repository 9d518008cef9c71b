// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {AccessListType} from "../interfaces/IPermissionUpdates.sol";
import {SpendLimit} from "./SpendLimits.sol";

/// What one key may do. Untouched storage is a key that may do nothing: an empty allowlist and no ETH.
struct Permissions {
	AccessListType listType;
	/// Unix seconds; 0: open.
	uint48 validAfter;
	uint48 validUntil;
	/// The other way round than in the other limits, for the sake of untouched storage.
	bool isNativeUnlimited;
	/// Validation began a new gas window, and no operation of that window has succeeded yet.
	bool isGasWindowOpen;
	/// 0: none is required.
	address requiredPaymaster;
	/// In wei.
	SpendLimit native;
	/// In wei, not in units of gas.
	SpendLimit gas;
	mapping(address target => ContractPermissions) contracts;
}

struct ContractPermissions {
	bool isOnList;
	bool checkSelectors;
	mapping(bytes4 selector => bool) isFunctionOnList;
	/// In base units, where the contract is a token.
	SpendLimit token;
}
