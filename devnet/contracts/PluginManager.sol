// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {IERC165} from "./interfaces/IERC165.sol";
import {
	ExecutionFunctionConfig,
	ExecutionHooks,
	IAccount,
	IAccountLoupe,
	IPluginExecutor,
	IPluginManager,
	IStandardExecutor
} from "./interfaces/IModularAccount.sol";
import {IUpgradeable} from "./interfaces/IUpgradeable.sol";
import {
	FunctionReference,
	FunctionReferences,
	NO_FUNCTION,
	PRE_HOOK_ALWAYS_DENY,
	RUNTIME_VALIDATION_ALWAYS_ALLOW
} from "./interfaces/FunctionReference.sol";
import {
	IPlugin,
	ManifestAssociatedFunction,
	ManifestExecutionHook,
	ManifestExternalCallPermission,
	ManifestFunction,
	ManifestFunctionType,
	PluginManifest
} from "./interfaces/IPlugin.sol";
import {AccountFunction, AccountStorage, InstalledPlugin} from "./libraries/AccountStorage.sol";
import {Interfaces} from "./libraries/Interfaces.sol";

/// Installs and uninstalls plugins as their manifests say, and tells what is installed.
abstract contract PluginManager is IAccountLoupe {
	/// ERC-165: the interface that nobody has.
	bytes4 private constant INVALID_INTERFACE = 0xffffffff;

	AccountStorage internal _account;

	error ExecutionFunctionAlreadySet(bytes4 selector);
	error InterfaceNotAllowed();
	error InvalidDependenciesProvided();
	error InvalidPluginManifest();
	error IPluginFunctionNotAllowed(bytes4 selector);
	error MissingPluginDependency(address dependency);
	error NativeFunctionNotAllowed(bytes4 selector);
	error NullFunctionReference();
	error PluginAlreadyInstalled(address plugin);
	error PluginDependencyViolation(address plugin);
	error PluginInstallCallbackFailed(address plugin, bytes revertReason);
	error PluginInterfaceNotSupported(address plugin);
	error PluginNotInstalled(address plugin);
	error RuntimeValidationFunctionAlreadySet(bytes4 selector, FunctionReference validationFunction);
	error UserOpValidationFunctionAlreadySet(bytes4 selector, FunctionReference validationFunction);

	// ---------------------------------------------------------------- loupe

	function getExecutionFunctionConfig(bytes4 selector) external view returns (ExecutionFunctionConfig memory config) {
		AccountFunction storage function_ = _account.functions[selector];
		config.plugin = _isNative(selector) ? address(this) : function_.plugin;
		config.userOpValidationFunction = function_.userOpValidation;
		config.runtimeValidationFunction = function_.runtimeValidation;
	}

	function getExecutionHooks(bytes4 selector) external view returns (ExecutionHooks[] memory) {
		return _account.functions[selector].executionHooks;
	}

	function getPreValidationHooks(bytes4 selector)
		external
		view
		returns (FunctionReference[] memory preUserOpValidationHooks, FunctionReference[] memory preRuntimeValidationHooks)
	{
		AccountFunction storage function_ = _account.functions[selector];
		return (function_.preUserOpValidationHooks, function_.preRuntimeValidationHooks);
	}

	/// The newest first.
	function getInstalledPlugins() external view returns (address[] memory plugins) {
		uint256 count = _account.plugins.length;
		plugins = new address[](count);
		for (uint256 i = 0; i < count; i++) plugins[i] = _account.plugins[count - 1 - i];
	}

	// ---------------------------------------------------------------- install

	function _install(
		address plugin,
		bytes32 manifestHash,
		bytes memory pluginInstallData,
		FunctionReference[] memory dependencies
	) internal {
		InstalledPlugin storage installed = _account.installed[plugin];
		if (installed.manifestHash != 0) revert PluginAlreadyInstalled(plugin);
		if (!Interfaces.isPlugin(plugin)) revert PluginInterfaceNotSupported(plugin);
		PluginManifest memory manifest = IPlugin(plugin).pluginManifest();
		if (manifestHash != keccak256(abi.encode(manifest))) revert InvalidPluginManifest();

		// Before it counts as installed: a plugin cannot rest on itself.
		_addDependencies(installed, manifest.dependencyInterfaceIds, dependencies);
		installed.manifestHash = manifestHash;
		_account.plugins.push(plugin);
		_addPermissions(installed, manifest);
		_addFunctions(plugin, manifest, dependencies);
		_addHooks(plugin, manifest);
		_addInterfaces(manifest.interfaceIds);

		try IPlugin(plugin).onInstall(pluginInstallData) {}
		catch (bytes memory reason) {
			revert PluginInstallCallbackFailed(plugin, reason);
		}
		emit IPluginManager.PluginInstalled(plugin, manifestHash, dependencies);
	}

	function _addDependencies(
		InstalledPlugin storage installed,
		bytes4[] memory interfaceIds,
		FunctionReference[] memory dependencies
	) private {
		if (interfaceIds.length != dependencies.length) revert InvalidDependenciesProvided();
		for (uint256 i = 0; i < dependencies.length; i++) {
			address dependency = dependencies[i].plugin();
			InstalledPlugin storage other = _account.installed[dependency];
			if (other.manifestHash == 0 || !Interfaces.declares(dependency, interfaceIds[i])) {
				revert MissingPluginDependency(dependency);
			}
			other.dependents++;
			installed.dependencies.push(dependencies[i]);
		}
	}

	function _addPermissions(InstalledPlugin storage installed, PluginManifest memory manifest) private {
		installed.mayCallAnyAddress = manifest.permitAnyExternalAddress;
		installed.maySpendNativeToken = manifest.canSpendNativeToken;
		_setExecutionPermissions(installed, manifest, true);
	}

	function _addFunctions(address plugin, PluginManifest memory manifest, FunctionReference[] memory dependencies)
		private
	{
		for (uint256 i = 0; i < manifest.executionFunctions.length; i++) {
			bytes4 selector = manifest.executionFunctions[i];
			if (_isNative(selector)) revert NativeFunctionNotAllowed(selector);
			if (_isPluginFunction(selector)) revert IPluginFunctionNotAllowed(selector);
			if (_account.functions[selector].plugin != address(0)) revert ExecutionFunctionAlreadySet(selector);
			_account.functions[selector].plugin = plugin;
		}

		for (uint256 i = 0; i < manifest.userOpValidationFunctions.length; i++) {
			ManifestAssociatedFunction memory entry = manifest.userOpValidationFunctions[i];
			AccountFunction storage function_ = _account.functions[entry.executionSelector];
			if (!function_.userOpValidation.isSame(NO_FUNCTION)) {
				revert UserOpValidationFunctionAlreadySet(entry.executionSelector, function_.userOpValidation);
			}
			function_.userOpValidation = _resolve(entry.associatedFunction, plugin, dependencies);
		}

		for (uint256 i = 0; i < manifest.runtimeValidationFunctions.length; i++) {
			ManifestAssociatedFunction memory entry = manifest.runtimeValidationFunctions[i];
			AccountFunction storage function_ = _account.functions[entry.executionSelector];
			if (!function_.runtimeValidation.isSame(NO_FUNCTION)) {
				revert RuntimeValidationFunctionAlreadySet(entry.executionSelector, function_.runtimeValidation);
			}
			function_.runtimeValidation = _resolve(entry.associatedFunction, plugin, dependencies);
		}
	}

	function _addHooks(address plugin, PluginManifest memory manifest) private {
		for (uint256 i = 0; i < manifest.preUserOpValidationHooks.length; i++) {
			ManifestAssociatedFunction memory hook = manifest.preUserOpValidationHooks[i];
			_account.functions[hook.executionSelector].preUserOpValidationHooks.push(
				_resolveHook(hook.associatedFunction, plugin)
			);
		}
		for (uint256 i = 0; i < manifest.preRuntimeValidationHooks.length; i++) {
			ManifestAssociatedFunction memory hook = manifest.preRuntimeValidationHooks[i];
			_account.functions[hook.executionSelector].preRuntimeValidationHooks.push(
				_resolveHook(hook.associatedFunction, plugin)
			);
		}
		for (uint256 i = 0; i < manifest.executionHooks.length; i++) {
			ManifestExecutionHook memory hook = manifest.executionHooks[i];
			_account.functions[hook.executionSelector].executionHooks.push(
				ExecutionHooks(_resolveOptional(hook.preExecHook, plugin), _resolveOptional(hook.postExecHook, plugin))
			);
		}
	}

	function _addInterfaces(bytes4[] memory interfaceIds) private {
		for (uint256 i = 0; i < interfaceIds.length; i++) {
			if (interfaceIds[i] == INVALID_INTERFACE) revert InterfaceNotAllowed();
			_account.interfaces[interfaceIds[i]]++;
		}
	}

	// ---------------------------------------------------------------- uninstall

	/// config: empty, or the manifest as it was at install, for a plugin that now answers with another one. The manifest
	/// comes first: an address that is no plugin at all reverts with nothing.
	function _uninstall(address plugin, bytes memory config, bytes memory pluginUninstallData) internal {
		PluginManifest memory manifest =
			config.length > 0 ? abi.decode(config, (PluginManifest)) : IPlugin(plugin).pluginManifest();
		InstalledPlugin storage installed = _account.installed[plugin];
		if (installed.manifestHash == 0) revert PluginNotInstalled(plugin);
		if (installed.dependents > 0) revert PluginDependencyViolation(plugin);
		if (installed.manifestHash != keccak256(abi.encode(manifest))) revert InvalidPluginManifest();

		for (uint256 i = 0; i < manifest.interfaceIds.length; i++) _account.interfaces[manifest.interfaceIds[i]]--;
		_removeHooks(plugin, manifest);
		_removeFunctions(manifest);
		_setExecutionPermissions(installed, manifest, false);
		for (uint256 i = 0; i < installed.dependencies.length; i++) {
			_account.installed[installed.dependencies[i].plugin()].dependents--;
		}
		delete _account.installed[plugin];
		_removeFromList(plugin);

		// Whatever the plugin answers: nobody must be kept from getting rid of it.
		bool succeeded = true;
		try IPlugin(plugin).onUninstall(pluginUninstallData) {}
		catch {
			succeeded = false;
		}
		emit IPluginManager.PluginUninstalled(plugin, succeeded);
	}

	function _removeFunctions(PluginManifest memory manifest) private {
		for (uint256 i = 0; i < manifest.executionFunctions.length; i++) {
			delete _account.functions[manifest.executionFunctions[i]].plugin;
		}
		for (uint256 i = 0; i < manifest.userOpValidationFunctions.length; i++) {
			_account.functions[manifest.userOpValidationFunctions[i].executionSelector].userOpValidation = NO_FUNCTION;
		}
		for (uint256 i = 0; i < manifest.runtimeValidationFunctions.length; i++) {
			_account.functions[manifest.runtimeValidationFunctions[i].executionSelector].runtimeValidation = NO_FUNCTION;
		}
	}

	function _removeHooks(address plugin, PluginManifest memory manifest) private {
		for (uint256 i = 0; i < manifest.preUserOpValidationHooks.length; i++) {
			ManifestAssociatedFunction memory hook = manifest.preUserOpValidationHooks[i];
			_removeHook(
				_account.functions[hook.executionSelector].preUserOpValidationHooks,
				_resolveHook(hook.associatedFunction, plugin)
			);
		}
		for (uint256 i = 0; i < manifest.preRuntimeValidationHooks.length; i++) {
			ManifestAssociatedFunction memory hook = manifest.preRuntimeValidationHooks[i];
			_removeHook(
				_account.functions[hook.executionSelector].preRuntimeValidationHooks,
				_resolveHook(hook.associatedFunction, plugin)
			);
		}
		for (uint256 i = 0; i < manifest.executionHooks.length; i++) {
			ManifestExecutionHook memory hook = manifest.executionHooks[i];
			_removeExecutionHook(
				_account.functions[hook.executionSelector].executionHooks,
				ExecutionHooks(_resolveOptional(hook.preExecHook, plugin), _resolveOptional(hook.postExecHook, plugin))
			);
		}
	}

	function _removeHook(FunctionReference[] storage hooks, FunctionReference hook) private {
		for (uint256 i = 0; i < hooks.length; i++) {
			if (!hooks[i].isSame(hook)) continue;
			hooks[i] = hooks[hooks.length - 1];
			hooks.pop();
			return;
		}
	}

	function _removeExecutionHook(ExecutionHooks[] storage hooks, ExecutionHooks memory hook) private {
		for (uint256 i = 0; i < hooks.length; i++) {
			if (!hooks[i].preExecHook.isSame(hook.preExecHook)) continue;
			if (!hooks[i].postExecHook.isSame(hook.postExecHook)) continue;
			hooks[i] = hooks[hooks.length - 1];
			hooks.pop();
			return;
		}
	}

	function _removeFromList(address plugin) private {
		address[] storage plugins = _account.plugins;
		for (uint256 i = 0; i < plugins.length; i++) {
			if (plugins[i] != plugin) continue;
			for (uint256 j = i + 1; j < plugins.length; j++) plugins[j - 1] = plugins[j];
			plugins.pop();
			return;
		}
	}

	// ---------------------------------------------------------------- both

	function _setExecutionPermissions(InstalledPlugin storage installed, PluginManifest memory manifest, bool permitted)
		private
	{
		for (uint256 i = 0; i < manifest.permittedExecutionSelectors.length; i++) {
			installed.mayExecute[manifest.permittedExecutionSelectors[i]] = permitted;
		}
		for (uint256 i = 0; i < manifest.permittedExternalCalls.length; i++) {
			ManifestExternalCallPermission memory calls = manifest.permittedExternalCalls[i];
			if (calls.permitAnySelector) installed.externalCalls[calls.externalAddress].anySelector = permitted;
			for (uint256 j = 0; j < calls.selectors.length; j++) {
				installed.externalCalls[calls.externalAddress].selectors[calls.selectors[j]] = permitted;
			}
		}
	}

	function _resolve(ManifestFunction memory function_, address plugin, FunctionReference[] memory dependencies)
		private
		pure
		returns (FunctionReference)
	{
		if (function_.functionType == ManifestFunctionType.DEPENDENCY) {
			if (function_.dependencyIndex >= dependencies.length) revert InvalidPluginManifest();
			return dependencies[function_.dependencyIndex];
		}
		if (function_.functionType == ManifestFunctionType.RUNTIME_VALIDATION_ALWAYS_ALLOW) {
			return RUNTIME_VALIDATION_ALWAYS_ALLOW;
		}
		return _resolveHook(function_, plugin);
	}

	/// Hooks are the plugin's own (ERC-6900): another plugin's hook could be meant for another check.
	function _resolveHook(ManifestFunction memory function_, address plugin) private pure returns (FunctionReference) {
		if (function_.functionType == ManifestFunctionType.PRE_HOOK_ALWAYS_DENY) return PRE_HOOK_ALWAYS_DENY;
		if (function_.functionType == ManifestFunctionType.NONE) revert NullFunctionReference();
		if (function_.functionType != ManifestFunctionType.SELF) revert InvalidPluginManifest();
		return FunctionReferences.to(plugin, function_.functionId);
	}

	/// An execution hook may have only one of its two halves.
	function _resolveOptional(ManifestFunction memory function_, address plugin)
		private
		pure
		returns (FunctionReference)
	{
		if (function_.functionType == ManifestFunctionType.NONE) return NO_FUNCTION;
		return _resolveHook(function_, plugin);
	}

	function _isNative(bytes4 selector) internal pure returns (bool) {
		return selector == IStandardExecutor.execute.selector || selector == IStandardExecutor.executeBatch.selector
			|| selector == IPluginExecutor.executeFromPlugin.selector
			|| selector == IPluginExecutor.executeFromPluginExternal.selector
			|| selector == IPluginManager.installPlugin.selector || selector == IPluginManager.uninstallPlugin.selector
			|| selector == IUpgradeable.upgradeToAndCall.selector || selector == IAccount.validateUserOp.selector
			|| selector == IERC165.supportsInterface.selector || selector == this.getExecutionFunctionConfig.selector
			|| selector == this.getExecutionHooks.selector || selector == this.getPreValidationHooks.selector
			|| selector == this.getInstalledPlugins.selector;
	}

	function _isPluginFunction(bytes4 selector) private pure returns (bool) {
		return selector == IPlugin.onInstall.selector || selector == IPlugin.onUninstall.selector
			|| selector == IPlugin.preUserOpValidationHook.selector
			|| selector == IPlugin.userOpValidationFunction.selector
			|| selector == IPlugin.preRuntimeValidationHook.selector
			|| selector == IPlugin.runtimeValidationFunction.selector || selector == IPlugin.preExecutionHook.selector
			|| selector == IPlugin.postExecutionHook.selector || selector == IPlugin.pluginManifest.selector
			|| selector == IPlugin.pluginMetadata.selector;
	}
}
