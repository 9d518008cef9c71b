// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// A token that says of every transfer that it was made, and moves the given share of it: 0 is nothing, 100 all.
contract LyingToken {
	string public constant symbol = "LIE";
	uint8 public constant decimals = 6;
	uint256 private immutable percent;

	event Transfer(address indexed from, address indexed to, uint256 value);

	constructor(uint256 percent_) {
		percent = percent_;
	}

	function balanceOf(address) external pure returns (uint256) {
		return 1_000_000_000;
	}

	function transfer(address to, uint256 value) external returns (bool) {
		uint256 moved = (value * percent) / 100;
		if (moved > 0) emit Transfer(msg.sender, to, moved);
		return true;
	}
}

/// A contract that answers whatever it is asked with the registry's own words: that the reference was claimed.
contract Claimer {
	error AlreadyClaimed(bytes32 paymentReference, uint256 blockNumber);

	fallback() external payable {
		revert AlreadyClaimed(bytes32(uint256(1)), 1);
	}
}
