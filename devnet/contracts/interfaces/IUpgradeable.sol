// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

interface IUpgradeable {
	function upgradeToAndCall(address newImplementation, bytes calldata data) external payable;
}
