// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {BasePlugin} from "./BasePlugin.sol";
import {Call, IPluginExecutor} from "./interfaces/IModularAccount.sol";
import {AccessListType} from "./interfaces/IPermissionUpdates.sol";
import {
	IPlugin,
	ManifestAssociatedFunction,
	ManifestFunction,
	ManifestFunctionType,
	PluginManifest,
	PluginMetadata
} from "./interfaces/IPlugin.sol";
import {UserOperation} from "./interfaces/UserOperation.sol";
import {Calls} from "./libraries/Calls.sol";
import {KeyList} from "./libraries/KeyList.sol";
import {ContractPermissions, Permissions} from "./libraries/Permissions.sol";
import {PermissionChecks} from "./libraries/PermissionChecks.sol";
import {PermissionUpdates} from "./libraries/PermissionUpdates.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {SpendLimitInfo} from "./libraries/SpendLimits.sol";
import {Spending} from "./libraries/Spending.sol";
import {ValidationData} from "./libraries/ValidationData.sol";

/// Keys that may act for an account within permissions that its owners set.
contract SessionKeyPlugin is BasePlugin {
	using KeyList for KeyList.List;
	using PermissionChecks for Permissions;
	using PermissionUpdates for Permissions;
	using Spending for Permissions;

	enum FunctionId {
		USER_OP_VALIDATION_SESSION_KEY
	}

	/// The owner plugin's functions, in the order in which the account is given them at install.
	uint256 private constant DEPENDENCY_OWNER_RUNTIME_VALIDATION = 0;
	uint256 private constant DEPENDENCY_OWNER_USER_OP_VALIDATION = 1;

	mapping(address account => KeyList.List) private _keys;
	/// Where a key's permissions are; 0: the key is unknown. A number of its own, so that rotating a key moves nothing,
	/// and a key that is added again finds untouched storage.
	mapping(address sessionKey => mapping(address account => uint256)) private _idOf;
	mapping(uint256 id => mapping(address account => Permissions)) private _permissions;

	event SessionKeyAdded(address indexed account, address indexed sessionKey, bytes32 indexed tag);
	event SessionKeyRemoved(address indexed account, address indexed sessionKey);
	event SessionKeyRotated(address indexed account, address indexed oldSessionKey, address indexed newSessionKey);
	event PermissionsUpdated(address indexed account, address indexed sessionKey, bytes[] updates);

	error ERC20SpendLimitExceeded(address account, address sessionKey, address token);
	error InvalidSessionKey(address sessionKey);
	error InvalidSignature(address sessionKey);
	error LengthMismatch();
	error NativeTokenSpendLimitExceeded(address account, address sessionKey);
	error PermissionsCheckFailed();
	error SessionKeyNotFound(address sessionKey);

	// ---------------------------------------------------------------- the account calls, for a key

	function executeWithSessionKey(Call[] calldata calls, address sessionKey) external returns (bytes[] memory results) {
		// No look at whether the key is known: validation has seen to that, and an unknown one may spend nothing.
		Permissions storage permissions = _permissions[_idOf[sessionKey][msg.sender]][msg.sender];
		for (uint256 i = 0; i < calls.length; i++) {
			if (!permissions.spendToken(calls[i])) {
				revert ERC20SpendLimitExceeded(msg.sender, sessionKey, calls[i].target);
			}
		}
		if (!permissions.spendNative(calls)) revert NativeTokenSpendLimitExceeded(msg.sender, sessionKey);
		permissions.confirmGasWindow();

		results = new bytes[](calls.length);
		for (uint256 i = 0; i < calls.length; i++) {
			Call calldata call = calls[i];
			results[i] = IPluginExecutor(msg.sender).executeFromPluginExternal(call.target, call.value, call.data);
		}
	}

	/// Refuses in this order: bytes that are no signature, what the key may not do, a signature of somebody else.
	function userOpValidationFunction(uint8 functionId, UserOperation calldata userOp, bytes32 userOpHash)
		external
		override
		returns (uint256)
	{
		if (functionId != uint8(FunctionId.USER_OP_VALIDATION_SESSION_KEY)) revert NotImplemented(msg.sig, functionId);
		(Call[] memory calls, address sessionKey) = abi.decode(userOp.callData[4:], (Call[], address));

		address signer = Signatures.signerOf(Signatures.personalMessage(userOpHash), userOp.signature);
		if (signer == address(0)) revert InvalidSignature(sessionKey);

		uint256 id = _idOf[sessionKey][msg.sender];
		if (id == 0) revert PermissionsCheckFailed();
		Permissions storage permissions = _permissions[id][msg.sender];
		(bool allowed, uint48 validAfter) = permissions.check(userOp, calls, sessionKey);
		if (!allowed) revert PermissionsCheckFailed();

		return ValidationData.pack(signer != sessionKey, validAfter, permissions.validUntil);
	}

	// ---------------------------------------------------------------- the account calls, for its owners

	function addSessionKey(address sessionKey, bytes32 tag, bytes[] calldata permissionUpdates) external {
		_register(sessionKey, _keys[msg.sender].newId());
		emit SessionKeyAdded(msg.sender, sessionKey, tag);
		if (permissionUpdates.length > 0) _update(sessionKey, permissionUpdates);
	}

	function removeSessionKey(address sessionKey, bytes32 predecessor) external {
		_unregister(sessionKey, predecessor);
		emit SessionKeyRemoved(msg.sender, sessionKey);
	}

	/// The new key takes over what the old one may do and what it has used.
	function rotateSessionKey(address oldSessionKey, bytes32 predecessor, address newSessionKey) external {
		uint256 id = _unregister(oldSessionKey, predecessor);
		_register(newSessionKey, id);
		emit SessionKeyRotated(msg.sender, oldSessionKey, newSessionKey);
	}

	function updateKeyPermissions(address sessionKey, bytes[] calldata updates) external {
		_update(sessionKey, updates);
	}

	// ---------------------------------------------------------------- anyone

	/// The way out of a gas limit that is stuck: the first operation of a new window failed and the rest of the window
	/// is too small. A whole new interval begins, so anyone may call it.
	function resetSessionKeyGasLimitTimestamp(address account, address sessionKey) external {
		_known(account, sessionKey).confirmGasWindow();
	}

	function sessionKeysOf(address account) external view returns (address[] memory) {
		return _keys[account].all();
	}

	function isSessionKeyOf(address account, address sessionKey) external view returns (bool) {
		return _idOf[sessionKey][account] != 0;
	}

	function findPredecessor(address account, address sessionKey) external view returns (bytes32) {
		if (_idOf[sessionKey][account] == 0) revert SessionKeyNotFound(sessionKey);
		return _keys[account].predecessorOf(sessionKey);
	}

	function getAccessControlType(address account, address sessionKey) external view returns (AccessListType) {
		return _known(account, sessionKey).listType;
	}

	function getAccessControlEntry(address account, address sessionKey, address contractAddress)
		external
		view
		returns (bool isOnList, bool checkSelectors)
	{
		ContractPermissions storage entry = _known(account, sessionKey).contracts[contractAddress];
		return (entry.isOnList, entry.checkSelectors);
	}

	function isSelectorOnAccessControlList(
		address account,
		address sessionKey,
		address contractAddress,
		bytes4 selector
	) external view returns (bool isOnList) {
		return _known(account, sessionKey).contracts[contractAddress].isFunctionOnList[selector];
	}

	function getKeyTimeRange(address account, address sessionKey)
		external
		view
		returns (uint48 validAfter, uint48 validUntil)
	{
		Permissions storage permissions = _known(account, sessionKey);
		return (permissions.validAfter, permissions.validUntil);
	}

	function getNativeTokenSpendLimitInfo(address account, address sessionKey)
		external
		view
		returns (SpendLimitInfo memory info)
	{
		Permissions storage permissions = _known(account, sessionKey);
		info = permissions.native.info();
		info.hasLimit = !permissions.isNativeUnlimited;
	}

	function getERC20SpendLimitInfo(address account, address sessionKey, address token)
		external
		view
		returns (SpendLimitInfo memory)
	{
		return _known(account, sessionKey).contracts[token].token.info();
	}

	function getGasSpendLimit(address account, address sessionKey)
		external
		view
		returns (SpendLimitInfo memory info, bool shouldReset)
	{
		Permissions storage permissions = _known(account, sessionKey);
		return (permissions.gas.info(), permissions.isGasWindowOpen);
	}

	function getRequiredPaymaster(address account, address sessionKey) external view returns (address) {
		return _known(account, sessionKey).requiredPaymaster;
	}

	// ---------------------------------------------------------------- plugin

	function onInstall(bytes calldata data) external onlyContract {
		if (_keys[msg.sender].all().length > 0) revert AlreadyInitialized();
		(address[] memory keys, bytes32[] memory tags, bytes[][] memory permissions) =
			abi.decode(data, (address[], bytes32[], bytes[][]));
		if (keys.length != tags.length || keys.length != permissions.length) revert LengthMismatch();
		for (uint256 i = 0; i < keys.length; i++) {
			// As if the account had called: a delegate call to itself keeps the caller.
			bytes memory add = abi.encodeCall(this.addSessionKey, (keys[i], tags[i], permissions[i]));
			Calls.delegate(address(this), add);
		}
	}

	function onUninstall(bytes calldata) external {
		address[] memory keys = _keys[msg.sender].all();
		for (uint256 i = 0; i < keys.length; i++) {
			_unregister(keys[i], KeyList.HEAD);
			emit SessionKeyRemoved(msg.sender, keys[i]);
		}
	}

	function pluginManifest() external pure returns (PluginManifest memory manifest) {
		manifest.dependencyInterfaceIds = new bytes4[](2);
		manifest.dependencyInterfaceIds[DEPENDENCY_OWNER_RUNTIME_VALIDATION] = type(IPlugin).interfaceId;
		manifest.dependencyInterfaceIds[DEPENDENCY_OWNER_USER_OP_VALIDATION] = type(IPlugin).interfaceId;
		manifest.permitAnyExternalAddress = true;
		manifest.canSpendNativeToken = true;

		manifest.executionFunctions = new bytes4[](5);
		manifest.userOpValidationFunctions = new ManifestAssociatedFunction[](5);
		manifest.runtimeValidationFunctions = new ManifestAssociatedFunction[](4);
		bytes4[4] memory ownersOnly = [
			this.addSessionKey.selector,
			this.removeSessionKey.selector,
			this.rotateSessionKey.selector,
			this.updateKeyPermissions.selector
		];
		for (uint256 i = 0; i < 4; i++) {
			manifest.executionFunctions[i] = ownersOnly[i];
			manifest.userOpValidationFunctions[i] =
				ManifestAssociatedFunction(ownersOnly[i], _dependency(DEPENDENCY_OWNER_USER_OP_VALIDATION));
			manifest.runtimeValidationFunctions[i] =
				ManifestAssociatedFunction(ownersOnly[i], _dependency(DEPENDENCY_OWNER_RUNTIME_VALIDATION));
		}

		// Only user operations carry what the rules ask for: a key's signature, gas limits, a paymaster.
		bytes4 keyOnly = this.executeWithSessionKey.selector;
		manifest.executionFunctions[4] = keyOnly;
		manifest.userOpValidationFunctions[4] = ManifestAssociatedFunction(
			keyOnly,
			ManifestFunction(ManifestFunctionType.SELF, uint8(FunctionId.USER_OP_VALIDATION_SESSION_KEY), 0)
		);
		manifest.preRuntimeValidationHooks = new ManifestAssociatedFunction[](1);
		manifest.preRuntimeValidationHooks[0] = ManifestAssociatedFunction(
			keyOnly, ManifestFunction(ManifestFunctionType.PRE_HOOK_ALWAYS_DENY, 0, 0)
		);
	}

	function pluginMetadata() external pure returns (PluginMetadata memory metadata) {
		metadata.name = "Session Key Plugin";
		metadata.version = "1.0.1";
		metadata.author = "stand-in";
	}

	// ---------------------------------------------------------------- inside

	function _dependency(uint256 index) private pure returns (ManifestFunction memory) {
		return ManifestFunction(ManifestFunctionType.DEPENDENCY, 0, index);
	}

	function _known(address account, address sessionKey) private view returns (Permissions storage) {
		uint256 id = _idOf[sessionKey][account];
		if (id == 0) revert InvalidSessionKey(sessionKey);
		return _permissions[id][account];
	}

	function _register(address sessionKey, uint256 id) private {
		if (sessionKey == address(0) || _idOf[sessionKey][msg.sender] != 0) revert InvalidSessionKey(sessionKey);
		_idOf[sessionKey][msg.sender] = id;
		_keys[msg.sender].add(sessionKey);
	}

	function _unregister(address sessionKey, bytes32 predecessor) private returns (uint256 id) {
		id = _idOf[sessionKey][msg.sender];
		if (id == 0 || !_keys[msg.sender].remove(sessionKey, predecessor)) revert InvalidSessionKey(sessionKey);
		delete _idOf[sessionKey][msg.sender];
	}

	function _update(address sessionKey, bytes[] calldata updates) private {
		Permissions storage permissions = _known(msg.sender, sessionKey);
		for (uint256 i = 0; i < updates.length; i++) permissions.applyUpdate(updates[i]);
		emit PermissionsUpdated(msg.sender, sessionKey, updates);
	}
}
