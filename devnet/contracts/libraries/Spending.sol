// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {Call} from "../interfaces/IModularAccount.sol";
import {Permissions} from "./Permissions.sol";
import {PermissionChecks} from "./PermissionChecks.sol";
import {SpendLimit} from "./SpendLimits.sol";

/// What is counted at execution. All of it is undone when the execution fails.
library Spending {
	/// A selector and two words: the second one is the amount.
	uint256 private constant TOKEN_CALL_LENGTH = 68;

	/// False: more ETH than the limit allows, as can happen to the second operation of a bundle.
	function spendNative(Permissions storage self, Call[] memory calls) internal returns (bool) {
		return self.isNativeUnlimited || self.native.spend(PermissionChecks.sumOfValues(calls));
	}

	/// False: more of the token than the limit allows.
	function spendToken(Permissions storage self, Call memory call) internal returns (bool) {
		SpendLimit storage limit = self.contracts[call.target].token;
		return !limit.hasLimit || limit.spend(_tokenAmount(call.data));
	}

	/// Keeps the promise that validation gave when it began a new gas window.
	function confirmGasWindow(Permissions storage self) internal {
		if (!self.isGasWindowOpen) return;
		self.isGasWindowOpen = false;
		self.gas.lastUsedTime = uint48(block.timestamp);
	}

	function _tokenAmount(bytes memory data) private pure returns (uint256 amount) {
		if (data.length < TOKEN_CALL_LENGTH || !PermissionChecks.isCountedByTokenLimits(bytes4(data))) return 0;
		assembly {
			amount := mload(add(data, TOKEN_CALL_LENGTH))
		}
	}
}
