// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

interface IERC1271 {
	function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);
}
