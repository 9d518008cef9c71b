// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {Call} from "../interfaces/IModularAccount.sol";
import {AccessListType} from "../interfaces/IPermissionUpdates.sol";
import {IERC20} from "../interfaces/IERC20.sol";
import {UserOperation} from "../interfaces/UserOperation.sol";
import {ContractPermissions, Permissions} from "./Permissions.sol";

/// The rules of a key that bite at validation. ETH is only compared here and counted at execution, tokens are left to
/// execution altogether, gas is counted here: an operation that fails has used its gas all the same.
library PermissionChecks {
	/// In EntryPoint v0.6 a paymaster may use the verification gas limit three times over.
	uint256 private constant VERIFICATIONS_WITH_PAYMASTER = 3;
	uint256 private constant ADDRESS_LENGTH = 20;

	/// Whether the operation may go on, and since when.
	function check(Permissions storage self, UserOperation calldata op, Call[] memory calls, address sessionKey)
		internal
		returns (bool allowed, uint48 validAfter)
	{
		if (calls.length == 0 || !_isPaymasterAllowed(self, op.paymasterAndData)) return (false, 0);
		for (uint256 i = 0; i < calls.length; i++) {
			if (!_isCallAllowed(self, calls[i])) return (false, 0);
		}

		(bool nativeAllowed, uint48 nativeAfter) = _checkNative(self, sumOfValues(calls));
		if (!nativeAllowed) return (false, 0);
		(bool gasAllowed, uint48 gasAfter) = _chargeGas(self, op, sessionKey);
		return (gasAllowed, _latest(self.validAfter, nativeAfter, gasAfter));
	}

	function sumOfValues(Call[] memory calls) internal pure returns (uint256 sum) {
		for (uint256 i = 0; i < calls.length; i++) sum += calls[i].value;
	}

	function isCountedByTokenLimits(bytes4 selector) internal pure returns (bool) {
		return selector == IERC20.transfer.selector || selector == IERC20.approve.selector;
	}

	function _isPaymasterAllowed(Permissions storage self, bytes calldata paymasterAndData) private view returns (bool) {
		address required = self.requiredPaymaster;
		if (required == address(0)) return true;
		return paymasterAndData.length >= ADDRESS_LENGTH && address(bytes20(paymasterAndData)) == required;
	}

	/// A plain entry of the list settles the matter: only where functions are looked at, a token limit narrows them.
	function _isCallAllowed(Permissions storage self, Call memory call) private view returns (bool) {
		ContractPermissions storage target = self.contracts[call.target];
		bytes4 selector = bytes4(call.data);
		AccessListType listType = self.listType;

		if (listType == AccessListType.ALLOWLIST) {
			if (!target.isOnList) return false;
			if (!target.checkSelectors) return true;
			if (!target.isFunctionOnList[selector]) return false;
		} else if (listType == AccessListType.DENYLIST) {
			if (!target.isOnList) return true;
			if (!target.checkSelectors) return false;
			if (target.isFunctionOnList[selector]) return false;
		}
		return !target.token.hasLimit || isCountedByTokenLimits(selector);
	}

	function _checkNative(Permissions storage self, uint256 value) private view returns (bool allowed, uint48 validAfter) {
		if (self.isNativeUnlimited || self.native.fits(value)) return (true, 0);
		if (!self.native.fitsNextWindow(value)) return (false, 0);
		return (true, self.native.windowEnd());
	}

	/// Validation may not look at the clock (ERC-4337). So a new window begins here by promise: the operation is valid
	/// only after the old one has ended, and execution, when it succeeds, moves the window. When it fails, the window
	/// stays open by promise: what still fits may pass, but no second new window can begin.
	function _chargeGas(Permissions storage self, UserOperation calldata op, address sessionKey)
		private
		returns (bool allowed, uint48 validAfter)
	{
		if (!self.gas.hasLimit) return (true, 0);
		// One lane, one after the other: operations side by side could each see the same gas as unused.
		if (op.nonce >> 64 != uint160(sessionKey)) return (false, 0);

		uint256 cost = _highestCost(op);
		if (self.gas.fits(cost)) {
			self.gas.limitUsed += cost;
			return (true, self.isGasWindowOpen ? self.gas.windowEnd() : 0);
		}
		if (self.isGasWindowOpen || !self.gas.fitsNextWindow(cost)) return (false, 0);
		self.isGasWindowOpen = true;
		self.gas.limitUsed = cost;
		return (true, self.gas.windowEnd());
	}

	function _highestCost(UserOperation calldata op) private pure returns (uint256) {
		uint256 verifications = op.paymasterAndData.length > 0 ? VERIFICATIONS_WITH_PAYMASTER : 1;
		uint256 gas = op.callGasLimit + op.verificationGasLimit * verifications + op.preVerificationGas;
		return gas * op.maxFeePerGas;
	}

	function _latest(uint48 a, uint48 b, uint48 c) private pure returns (uint48) {
		uint48 later = a > b ? a : b;
		return later > c ? later : c;
	}
}
