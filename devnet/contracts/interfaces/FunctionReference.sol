// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// A function of a plugin in ERC-6900: the plugin's address, then the id of one of its functions.
type FunctionReference is bytes21;

using FunctionReferences for FunctionReference global;

// Magic values of ERC-6900: no plugin has the address 0.
FunctionReference constant NO_FUNCTION = FunctionReference.wrap(bytes21(0));
FunctionReference constant RUNTIME_VALIDATION_ALWAYS_ALLOW = FunctionReference.wrap(bytes21(uint168(1)));
FunctionReference constant PRE_HOOK_ALWAYS_DENY = FunctionReference.wrap(bytes21(uint168(2)));

library FunctionReferences {
	function to(address plugin_, uint8 functionId_) internal pure returns (FunctionReference) {
		return FunctionReference.wrap(bytes21(abi.encodePacked(plugin_, functionId_)));
	}

	function plugin(FunctionReference self) internal pure returns (address) {
		return address(bytes20(FunctionReference.unwrap(self)));
	}

	function functionId(FunctionReference self) internal pure returns (uint8) {
		return uint8(FunctionReference.unwrap(self)[20]);
	}

	function isSame(FunctionReference self, FunctionReference other) internal pure returns (bool) {
		return FunctionReference.unwrap(self) == FunctionReference.unwrap(other);
	}
}
