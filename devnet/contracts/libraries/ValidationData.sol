// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// The number with which ERC-4337 accounts answer: who vouches (20 bytes), validUntil (6), validAfter (6).
library ValidationData {
	function pack(bool signatureFailed, uint48 validAfter, uint48 validUntil) internal pure returns (uint256) {
		return (signatureFailed ? 1 : 0) | (uint256(validUntil) << 160) | (uint256(validAfter) << 208);
	}

	/// 0: nobody but the account, 1: the signature is wrong, else an aggregator.
	function authorizer(uint256 data) internal pure returns (address) {
		return address(uint160(data));
	}

	/// Valid only where both are.
	function intersection(uint256 a, uint256 b) internal pure returns (uint256) {
		bool signatureFailed = authorizer(a) != address(0) || authorizer(b) != address(0);
		uint48 after_ = _later(uint48(a >> 208), uint48(b >> 208));
		return pack(signatureFailed, after_, _earlierEnd(uint48(a >> 160), uint48(b >> 160)));
	}

	function _later(uint48 a, uint48 b) private pure returns (uint48) {
		return a > b ? a : b;
	}

	/// An end of 0 is no end.
	function _earlierEnd(uint48 a, uint48 b) private pure returns (uint48) {
		if (a == 0) return b;
		if (b == 0) return a;
		return a < b ? a : b;
	}
}
