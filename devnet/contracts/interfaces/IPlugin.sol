// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {UserOperation} from "./UserOperation.sol";

// The plugin interface and the manifest of ERC-6900, in the version that Modular Account v1 speaks.

enum ManifestFunctionType {
	NONE,
	SELF,
	DEPENDENCY,
	RUNTIME_VALIDATION_ALWAYS_ALLOW,
	PRE_HOOK_ALWAYS_DENY
}

struct ManifestFunction {
	ManifestFunctionType functionType;
	uint8 functionId;
	uint256 dependencyIndex;
}

struct ManifestAssociatedFunction {
	bytes4 executionSelector;
	ManifestFunction associatedFunction;
}

struct ManifestExecutionHook {
	bytes4 executionSelector;
	ManifestFunction preExecHook;
	ManifestFunction postExecHook;
}

struct ManifestExternalCallPermission {
	address externalAddress;
	bool permitAnySelector;
	bytes4[] selectors;
}

struct PluginManifest {
	bytes4[] interfaceIds;
	bytes4[] dependencyInterfaceIds;
	bytes4[] executionFunctions;
	bytes4[] permittedExecutionSelectors;
	bool permitAnyExternalAddress;
	bool canSpendNativeToken;
	ManifestExternalCallPermission[] permittedExternalCalls;
	ManifestAssociatedFunction[] userOpValidationFunctions;
	ManifestAssociatedFunction[] runtimeValidationFunctions;
	ManifestAssociatedFunction[] preUserOpValidationHooks;
	ManifestAssociatedFunction[] preRuntimeValidationHooks;
	ManifestExecutionHook[] executionHooks;
}

struct SelectorPermission {
	bytes4 functionSelector;
	string permissionDescription;
}

struct PluginMetadata {
	string name;
	string version;
	string author;
	SelectorPermission[] permissionDescriptors;
}

interface IPlugin {
	function onInstall(bytes calldata data) external;

	function onUninstall(bytes calldata data) external;

	function preUserOpValidationHook(uint8 functionId, UserOperation calldata userOp, bytes32 userOpHash)
		external
		returns (uint256);

	function userOpValidationFunction(uint8 functionId, UserOperation calldata userOp, bytes32 userOpHash)
		external
		returns (uint256);

	function preRuntimeValidationHook(uint8 functionId, address sender, uint256 value, bytes calldata data) external;

	function runtimeValidationFunction(uint8 functionId, address sender, uint256 value, bytes calldata data) external;

	function preExecutionHook(uint8 functionId, address sender, uint256 value, bytes calldata data)
		external
		returns (bytes memory);

	function postExecutionHook(uint8 functionId, bytes calldata preExecHookData) external;

	function pluginManifest() external pure returns (PluginManifest memory);

	function pluginMetadata() external pure returns (PluginMetadata memory);
}
