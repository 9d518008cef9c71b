// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

interface IERC165 {
	function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
