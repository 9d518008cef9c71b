// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// What the account asks of the EntryPoint v0.6.
interface IEntryPoint {
	function getNonce(address sender, uint192 key) external view returns (uint256);
}
