// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {IERC165} from "./interfaces/IERC165.sol";
import {IPlugin} from "./interfaces/IPlugin.sol";
import {UserOperation} from "./interfaces/UserOperation.sol";

/// A plugin without functions: each plugin overrides what it has.
abstract contract BasePlugin is IPlugin, IERC165 {
	error AlreadyInitialized();
	error NotContractCaller(address caller);
	error NotImplemented(bytes4 selector, uint8 functionId);

	/// Only contracts are accounts.
	modifier onlyContract() {
		if (msg.sender.code.length == 0) revert NotContractCaller(msg.sender);
		_;
	}

	function preUserOpValidationHook(uint8 functionId, UserOperation calldata, bytes32)
		external
		virtual
		returns (uint256)
	{
		revert NotImplemented(msg.sig, functionId);
	}

	function userOpValidationFunction(uint8 functionId, UserOperation calldata, bytes32)
		external
		virtual
		returns (uint256)
	{
		revert NotImplemented(msg.sig, functionId);
	}

	function preRuntimeValidationHook(uint8 functionId, address, uint256, bytes calldata) external virtual {
		revert NotImplemented(msg.sig, functionId);
	}

	function runtimeValidationFunction(uint8 functionId, address, uint256, bytes calldata) external virtual {
		revert NotImplemented(msg.sig, functionId);
	}

	function preExecutionHook(uint8 functionId, address, uint256, bytes calldata)
		external
		virtual
		returns (bytes memory)
	{
		revert NotImplemented(msg.sig, functionId);
	}

	function postExecutionHook(uint8 functionId, bytes calldata) external virtual {
		revert NotImplemented(msg.sig, functionId);
	}

	function supportsInterface(bytes4 interfaceId) public view virtual returns (bool) {
		return interfaceId == type(IPlugin).interfaceId || interfaceId == type(IERC165).interfaceId;
	}
}
