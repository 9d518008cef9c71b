// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {PluginManager} from "./PluginManager.sol";
import {IEntryPoint} from "./interfaces/IEntryPoint.sol";
import {IERC165} from "./interfaces/IERC165.sol";
import {
	FunctionReference,
	NO_FUNCTION,
	PRE_HOOK_ALWAYS_DENY,
	RUNTIME_VALIDATION_ALWAYS_ALLOW
} from "./interfaces/FunctionReference.sol";
import {
	Call,
	ExecutionHooks,
	IAccount,
	IAccountLoupe,
	IPluginExecutor,
	IPluginManager,
	IStandardExecutor
} from "./interfaces/IModularAccount.sol";
import {IPlugin} from "./interfaces/IPlugin.sol";
import {IUpgradeable} from "./interfaces/IUpgradeable.sol";
import {UserOperation} from "./interfaces/UserOperation.sol";
import {AccountFunction, ExternalCalls, InstalledPlugin} from "./libraries/AccountStorage.sol";
import {Addresses} from "./libraries/Addresses.sol";
import {Calls} from "./libraries/Calls.sol";
import {Interfaces} from "./libraries/Interfaces.sol";
import {ValidationData} from "./libraries/ValidationData.sol";

/// A smart account whose rules are plugins (ERC-6900): who may sign, what may be executed, what is checked around it.
contract UpgradeableModularAccount is
	PluginManager,
	IAccount,
	IERC165,
	IPluginExecutor,
	IPluginManager,
	IStandardExecutor,
	IUpgradeable
{
	/// keccak256("eip1967.proxy.implementation") - 1
	bytes32 private constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

	bytes4 private constant ERC721_RECEIVER = 0x150b7a02;
	bytes4 private constant ERC1155_RECEIVER = 0x4e2312e0;

	/// A post execution hook that is due, with what its other half found before.
	struct PostExecHook {
		FunctionReference hook;
		bytes preExecHookData;
	}

	event ModularAccountInitialized(address indexed entryPoint);
	event Upgraded(address indexed implementation);

	error AlreadyInitialized();
	error AlwaysDenyRule();
	error ArrayLengthMismatch();
	error ExecFromPluginExternalNotPermitted(address plugin, address target, uint256 value, bytes data);
	error ExecFromPluginNotPermitted(address plugin, bytes4 selector);
	error NativeTokenSpendingNotPermitted(address plugin);
	error PluginCallDenied(address plugin);
	error PostExecHookReverted(address plugin, uint8 functionId, bytes revertReason);
	error PreExecHookReverted(address plugin, uint8 functionId, bytes revertReason);
	error PreRuntimeValidationHookFailed(address plugin, uint8 functionId, bytes revertReason);
	error RuntimeValidationFunctionMissing(bytes4 selector);
	error RuntimeValidationFunctionReverted(address plugin, uint8 functionId, bytes revertReason);
	error UnauthorizedCallContext();
	error UnexpectedAggregator(address plugin, uint8 functionId, address aggregator);
	error UnrecognizedFunction(bytes4 selector);
	error UpgradeFailed();
	error UserOpNotFromEntryPoint();
	error UserOpValidationFunctionMissing(bytes4 selector);

	/// Around every function that changes something: who may call it before, the plugins' execution hooks on both sides.
	modifier guarded() {
		_validateRuntime();
		PostExecHook[] memory due = _runPreExecHooks(msg.sig, msg.data);
		_;
		_runPostExecHooks(due);
	}

	function initialize(address[] calldata plugins, bytes calldata pluginInitData) external {
		if (_account.isInitialized) revert AlreadyInitialized();
		_account.isInitialized = true;
		(bytes32[] memory manifestHashes, bytes[] memory initData) = abi.decode(pluginInitData, (bytes32[], bytes[]));
		if (plugins.length != manifestHashes.length || plugins.length != initData.length) revert ArrayLengthMismatch();
		for (uint256 i = 0; i < plugins.length; i++) {
			_install(plugins[i], manifestHashes[i], initData[i], new FunctionReference[](0));
		}
		emit ModularAccountInitialized(Addresses.ENTRY_POINT);
	}

	receive() external payable {}

	/// The functions that plugins bring. A plain call of a function that nobody brought has nobody who allows it either.
	fallback(bytes calldata data) external payable guarded returns (bytes memory result) {
		address plugin = _account.functions[msg.sig].plugin;
		if (plugin == address(0)) revert UnrecognizedFunction(msg.sig);
		return Calls.call(plugin, 0, data);
	}

	// ---------------------------------------------------------------- validation

	function validateUserOp(UserOperation calldata userOp, bytes32 userOpHash, uint256 missingAccountFunds)
		external
		returns (uint256 validationData)
	{
		if (msg.sender != Addresses.ENTRY_POINT) revert UserOpNotFromEntryPoint();
		if (userOp.callData.length < 4) revert UnrecognizedFunction(bytes4(userOp.callData));
		bytes4 selector = bytes4(userOp.callData);
		AccountFunction storage function_ = _account.functions[selector];
		FunctionReference validation = function_.userOpValidation;
		if (validation.isSame(NO_FUNCTION)) revert UserOpValidationFunctionMissing(selector);

		FunctionReference[] memory hooks = function_.preUserOpValidationHooks;
		for (uint256 i = 0; i < hooks.length; i++) {
			validationData = ValidationData.intersection(
				validationData, _runPreUserOpValidationHook(hooks[i], userOp, userOpHash)
			);
		}
		uint256 own =
			IPlugin(validation.plugin()).userOpValidationFunction(validation.functionId(), userOp, userOpHash);
		validationData = hooks.length == 0 ? own : ValidationData.intersection(validationData, own);

		// The EntryPoint looks at its deposit itself: whether this succeeds doesn't matter here.
		if (missingAccountFunds > 0) {
			(bool paid,) = payable(msg.sender).call{value: missingAccountFunds}("");
			paid;
		}
	}

	function _runPreUserOpValidationHook(FunctionReference hook, UserOperation calldata userOp, bytes32 userOpHash)
		private
		returns (uint256 data)
	{
		if (hook.isSame(PRE_HOOK_ALWAYS_DENY)) revert AlwaysDenyRule();
		data = IPlugin(hook.plugin()).preUserOpValidationHook(hook.functionId(), userOp, userOpHash);
		address aggregator = ValidationData.authorizer(data);
		if (uint160(aggregator) > 1) revert UnexpectedAggregator(hook.plugin(), hook.functionId(), aggregator);
	}

	/// For plain calls. The EntryPoint has validated already.
	function _validateRuntime() private {
		if (msg.sender == Addresses.ENTRY_POINT) return;
		AccountFunction storage function_ = _account.functions[msg.sig];

		FunctionReference[] memory hooks = function_.preRuntimeValidationHooks;
		for (uint256 i = 0; i < hooks.length; i++) {
			FunctionReference hook = hooks[i];
			if (hook.isSame(PRE_HOOK_ALWAYS_DENY)) revert AlwaysDenyRule();
			try IPlugin(hook.plugin()).preRuntimeValidationHook(hook.functionId(), msg.sender, msg.value, msg.data) {}
			catch (bytes memory reason) {
				revert PreRuntimeValidationHookFailed(hook.plugin(), hook.functionId(), reason);
			}
		}

		FunctionReference validation = function_.runtimeValidation;
		if (validation.isSame(RUNTIME_VALIDATION_ALWAYS_ALLOW)) return;
		if (validation.isSame(NO_FUNCTION)) revert RuntimeValidationFunctionMissing(msg.sig);
		try IPlugin(validation.plugin()).runtimeValidationFunction(
			validation.functionId(), msg.sender, msg.value, msg.data
		) {} catch (bytes memory reason) {
			revert RuntimeValidationFunctionReverted(validation.plugin(), validation.functionId(), reason);
		}
	}

	// ---------------------------------------------------------------- execution

	function execute(address target, uint256 value, bytes calldata data)
		external
		payable
		guarded
		returns (bytes memory result)
	{
		return _execute(target, value, data);
	}

	function executeBatch(Call[] calldata calls) external payable guarded returns (bytes[] memory results) {
		results = new bytes[](calls.length);
		for (uint256 i = 0; i < calls.length; i++) {
			results[i] = _execute(calls[i].target, calls[i].value, calls[i].data);
		}
	}

	/// Plugins know an account by its calls: a call that anyone else causes must not reach them.
	function _execute(address target, uint256 value, bytes calldata data) private returns (bytes memory) {
		if (Interfaces.isPlugin(target)) revert PluginCallDenied(target);
		return Calls.call(target, value, data);
	}

	/// A plugin calls another plugin's function, as far as its manifest permits.
	function executeFromPlugin(bytes calldata data) external payable returns (bytes memory result) {
		bytes4 selector = bytes4(data);
		if (!_account.installed[msg.sender].mayExecute[selector]) {
			revert ExecFromPluginNotPermitted(msg.sender, selector);
		}
		address plugin = _account.functions[selector].plugin;
		if (plugin == address(0)) revert UnrecognizedFunction(selector);
		PostExecHook[] memory due = _runPreExecHooks(selector, data);
		result = Calls.call(plugin, 0, data);
		_runPostExecHooks(due);
	}

	/// A plugin makes the account call some other contract, as far as its manifest permits.
	function executeFromPluginExternal(address target, uint256 value, bytes calldata data)
		external
		payable
		returns (bytes memory result)
	{
		InstalledPlugin storage caller = _account.installed[msg.sender];
		if (target == address(this) || !_mayCall(caller, target, data)) {
			revert ExecFromPluginExternalNotPermitted(msg.sender, target, value, data);
		}
		if (value > msg.value && !caller.maySpendNativeToken) revert NativeTokenSpendingNotPermitted(msg.sender);
		PostExecHook[] memory due = _runPreExecHooks(msg.sig, msg.data);
		result = _execute(target, value, data);
		_runPostExecHooks(due);
	}

	function _mayCall(InstalledPlugin storage caller, address target, bytes calldata data) private view returns (bool) {
		if (caller.mayCallAnyAddress) return true;
		ExternalCalls storage permitted = caller.externalCalls[target];
		return permitted.anySelector || permitted.selectors[bytes4(data)];
	}

	function _runPreExecHooks(bytes4 selector, bytes calldata data) private returns (PostExecHook[] memory due) {
		ExecutionHooks[] memory hooks = _account.functions[selector].executionHooks;
		due = new PostExecHook[](hooks.length);
		for (uint256 i = 0; i < hooks.length; i++) {
			due[i].hook = hooks[i].postExecHook;
			FunctionReference hook = hooks[i].preExecHook;
			if (hook.isSame(NO_FUNCTION)) continue;
			if (hook.isSame(PRE_HOOK_ALWAYS_DENY)) revert AlwaysDenyRule();
			try IPlugin(hook.plugin()).preExecutionHook(hook.functionId(), msg.sender, msg.value, data) returns (
				bytes memory preExecHookData
			) {
				due[i].preExecHookData = preExecHookData;
			} catch (bytes memory reason) {
				revert PreExecHookReverted(hook.plugin(), hook.functionId(), reason);
			}
		}
	}

	/// The last one first, so that hooks stand inside each other like brackets.
	function _runPostExecHooks(PostExecHook[] memory due) private {
		for (uint256 i = due.length; i > 0; i--) {
			FunctionReference hook = due[i - 1].hook;
			if (hook.isSame(NO_FUNCTION)) continue;
			try IPlugin(hook.plugin()).postExecutionHook(hook.functionId(), due[i - 1].preExecHookData) {}
			catch (bytes memory reason) {
				revert PostExecHookReverted(hook.plugin(), hook.functionId(), reason);
			}
		}
	}

	// ---------------------------------------------------------------- management

	function installPlugin(
		address plugin,
		bytes32 manifestHash,
		bytes calldata pluginInstallData,
		FunctionReference[] calldata dependencies
	) external guarded {
		_install(plugin, manifestHash, pluginInstallData, dependencies);
	}

	function uninstallPlugin(address plugin, bytes calldata config, bytes calldata pluginUninstallData)
		external
		guarded
	{
		_uninstall(plugin, config, pluginUninstallData);
	}

	function upgradeToAndCall(address newImplementation, bytes calldata data) external payable guarded {
		try UpgradeableModularAccount(payable(newImplementation)).proxiableUUID() returns (bytes32 slot) {
			if (slot != IMPLEMENTATION_SLOT) revert UpgradeFailed();
		} catch {
			revert UpgradeFailed();
		}
		assembly {
			sstore(IMPLEMENTATION_SLOT, newImplementation)
		}
		emit Upgraded(newImplementation);
		if (data.length > 0) Calls.delegate(newImplementation, data);
	}

	/// Only the implementation itself answers (ERC-1822): an account that took another account for its implementation
	/// would be lost.
	function proxiableUUID() external view returns (bytes32) {
		if (address(this) != Addresses.ACCOUNT_IMPLEMENTATION) revert UnauthorizedCallContext();
		return IMPLEMENTATION_SLOT;
	}

	// ---------------------------------------------------------------- views

	function entryPoint() external pure returns (address) {
		return Addresses.ENTRY_POINT;
	}

	function getNonce() external view returns (uint256) {
		return IEntryPoint(Addresses.ENTRY_POINT).getNonce(address(this), 0);
	}

	function supportsInterface(bytes4 interfaceId) external view returns (bool) {
		return interfaceId == type(IERC165).interfaceId
			|| interfaceId == type(IAccountLoupe).interfaceId || interfaceId == type(IPluginManager).interfaceId
			|| interfaceId == type(IStandardExecutor).interfaceId || interfaceId == type(IPluginExecutor).interfaceId
			|| interfaceId == ERC721_RECEIVER || interfaceId == ERC1155_RECEIVER
			|| _account.interfaces[interfaceId] > 0;
	}

	// ---------------------------------------------------------------- tokens ask before they come

	function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
		return this.onERC721Received.selector;
	}

	function onERC1155Received(address, address, uint256, uint256, bytes calldata) external pure returns (bytes4) {
		return this.onERC1155Received.selector;
	}

	function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
		external
		pure
		returns (bytes4)
	{
		return this.onERC1155BatchReceived.selector;
	}

	/// ERC-777
	function tokensReceived(address, address, address, uint256, bytes calldata, bytes calldata) external pure {}
}
