// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {ExecutionHooks} from "../interfaces/IModularAccount.sol";
import {FunctionReference} from "../interfaces/FunctionReference.sol";

struct InstalledPlugin {
	/// 0: not installed.
	bytes32 manifestHash;
	bool mayCallAnyAddress;
	bool maySpendNativeToken;
	/// How many functions of other plugins rest on this one.
	uint256 dependents;
	FunctionReference[] dependencies;
	mapping(bytes4 selector => bool) mayExecute;
	mapping(address target => ExternalCalls) externalCalls;
}

struct ExternalCalls {
	bool anySelector;
	mapping(bytes4 selector => bool) selectors;
}

/// All that is set for one function of the account.
struct AccountFunction {
	/// 0 for the account's own functions.
	address plugin;
	FunctionReference userOpValidation;
	FunctionReference runtimeValidation;
	FunctionReference[] preUserOpValidationHooks;
	FunctionReference[] preRuntimeValidationHooks;
	ExecutionHooks[] executionHooks;
}

struct AccountStorage {
	bool isInitialized;
	address[] plugins;
	mapping(address plugin => InstalledPlugin) installed;
	mapping(bytes4 selector => AccountFunction) functions;
	/// How many plugins declare the interface.
	mapping(bytes4 interfaceId => uint256) interfaces;
}
