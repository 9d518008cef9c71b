// SPDX-License-Identifier: MIT
pragma solidity ^0.8.22;

/// Succeeds, fails with a custom error, fails with a text, and refuses plain ETH.
contract TestTarget {
	uint256 public n;

	event Hit(address from, uint256 value);

	error Nope(uint256 code);

	function hit() external payable {
		n++;
		emit Hit(msg.sender, msg.value);
	}

	function fail() external payable {
		revert Nope(42);
	}

	function failStr() external payable {
		revert("lab says no");
	}

	receive() external payable {
		revert("no plain eth");
	}
}
