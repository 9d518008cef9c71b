// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {UserOperation} from "./UserOperation.sol";
import {FunctionReference} from "./FunctionReference.sol";

// What ERC-4337 and ERC-6900 ask of an account, in the version that Modular Account v1 speaks.

struct Call {
	address target;
	uint256 value;
	bytes data;
}

struct ExecutionFunctionConfig {
	address plugin;
	FunctionReference userOpValidationFunction;
	FunctionReference runtimeValidationFunction;
}

struct ExecutionHooks {
	FunctionReference preExecHook;
	FunctionReference postExecHook;
}

interface IAccount {
	function validateUserOp(UserOperation calldata userOp, bytes32 userOpHash, uint256 missingAccountFunds)
		external
		returns (uint256 validationData);
}

interface IStandardExecutor {
	function execute(address target, uint256 value, bytes calldata data) external payable returns (bytes memory);

	function executeBatch(Call[] calldata calls) external payable returns (bytes[] memory);
}

interface IPluginExecutor {
	function executeFromPlugin(bytes calldata data) external payable returns (bytes memory);

	function executeFromPluginExternal(address target, uint256 value, bytes calldata data)
		external
		payable
		returns (bytes memory);
}

interface IPluginManager {
	event PluginInstalled(address indexed plugin, bytes32 manifestHash, FunctionReference[] dependencies);
	event PluginUninstalled(address indexed plugin, bool indexed onUninstallSucceeded);

	function installPlugin(
		address plugin,
		bytes32 manifestHash,
		bytes calldata pluginInstallData,
		FunctionReference[] calldata dependencies
	) external;

	function uninstallPlugin(address plugin, bytes calldata config, bytes calldata pluginUninstallData) external;
}

interface IAccountLoupe {
	function getExecutionFunctionConfig(bytes4 selector) external view returns (ExecutionFunctionConfig memory);

	function getExecutionHooks(bytes4 selector) external view returns (ExecutionHooks[] memory);

	function getPreValidationHooks(bytes4 selector)
		external
		view
		returns (FunctionReference[] memory preUserOpValidationHooks, FunctionReference[] memory preRuntimeValidationHooks);

	function getInstalledPlugins() external view returns (address[] memory);
}
