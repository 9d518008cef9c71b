// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {AccessListType, IPermissionUpdates} from "../interfaces/IPermissionUpdates.sol";
import {ContractPermissions, Permissions} from "./Permissions.sol";
import {SpendLimit, SpendLimits} from "./SpendLimits.sol";

/// Applies what an owner changes. Updates add up: each one touches its own field, none clears a list.
library PermissionUpdates {
	error InvalidPermissionsUpdate(bytes4 updateSelector);
	error InvalidToken(address token);

	function applyUpdate(Permissions storage self, bytes calldata update) internal {
		bytes4 selector = bytes4(update);
		if (selector == IPermissionUpdates.setAccessListType.selector) {
			self.listType = abi.decode(update[4:], (AccessListType));
		} else if (selector == IPermissionUpdates.updateAccessListAddressEntry.selector) {
			_setAddressEntry(self, update[4:]);
		} else if (selector == IPermissionUpdates.updateAccessListFunctionEntry.selector) {
			_setFunctionEntry(self, update[4:]);
		} else if (selector == IPermissionUpdates.updateTimeRange.selector) {
			(self.validAfter, self.validUntil) = abi.decode(update[4:], (uint48, uint48));
		} else if (selector == IPermissionUpdates.setNativeTokenSpendLimit.selector) {
			_setNativeLimit(self, update[4:]);
		} else if (selector == IPermissionUpdates.setERC20SpendLimit.selector) {
			_setTokenLimit(self, update[4:]);
		} else if (selector == IPermissionUpdates.setGasSpendLimit.selector) {
			_setGasLimit(self, update[4:]);
		} else if (selector == IPermissionUpdates.setRequiredPaymaster.selector) {
			self.requiredPaymaster = abi.decode(update[4:], (address));
		} else {
			revert InvalidPermissionsUpdate(selector);
		}
	}

	function _setAddressEntry(Permissions storage self, bytes calldata arguments) private {
		(address target, bool isOnList, bool checkSelectors) = abi.decode(arguments, (address, bool, bool));
		ContractPermissions storage entry = self.contracts[target];
		entry.isOnList = isOnList;
		entry.checkSelectors = checkSelectors;
	}

	function _setFunctionEntry(Permissions storage self, bytes calldata arguments) private {
		(address target, bytes4 selector, bool isOnList) = abi.decode(arguments, (address, bytes4, bool));
		self.contracts[target].isFunctionOnList[selector] = isOnList;
	}

	function _setNativeLimit(Permissions storage self, bytes calldata arguments) private {
		(uint256 limit, uint48 refreshInterval) = abi.decode(arguments, (uint256, uint48));
		self.isNativeUnlimited = limit == SpendLimits.NO_LIMIT;
		if (self.isNativeUnlimited) delete self.native;
		else self.native.set(limit, refreshInterval);
	}

	function _setGasLimit(Permissions storage self, bytes calldata arguments) private {
		(uint256 limit, uint48 refreshInterval) = abi.decode(arguments, (uint256, uint48));
		self.isGasWindowOpen = false;
		if (limit == SpendLimits.NO_LIMIT) delete self.gas;
		else self.gas.set(limit, refreshInterval);
	}

	/// Measured: a token limit that is taken away keeps its old numbers, except what was used.
	function _setTokenLimit(Permissions storage self, bytes calldata arguments) private {
		(address token, uint256 limit, uint48 refreshInterval) = abi.decode(arguments, (address, uint256, uint48));
		if (token == address(0)) revert InvalidToken(token);
		SpendLimit storage tokenLimit = self.contracts[token].token;
		if (limit == SpendLimits.NO_LIMIT) (tokenLimit.hasLimit, tokenLimit.limitUsed) = (false, 0);
		else tokenLimit.set(limit, refreshInterval);
	}
}

