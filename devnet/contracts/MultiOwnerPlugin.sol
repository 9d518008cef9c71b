// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {BasePlugin} from "./BasePlugin.sol";
import {IERC1271} from "./interfaces/IERC1271.sol";
import {IPluginManager, IStandardExecutor} from "./interfaces/IModularAccount.sol";
import {
	ManifestAssociatedFunction,
	ManifestFunction,
	ManifestFunctionType,
	PluginManifest,
	PluginMetadata
} from "./interfaces/IPlugin.sol";
import {UserOperation} from "./interfaces/UserOperation.sol";
import {IUpgradeable} from "./interfaces/IUpgradeable.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {ValidationData} from "./libraries/ValidationData.sol";

/// Owners of an account, each with full power: they sign its user operations, its transactions and its messages.
contract MultiOwnerPlugin is BasePlugin, IERC1271 {
	enum FunctionId {
		RUNTIME_VALIDATION_OWNER_OR_SELF,
		USER_OP_VALIDATION_OWNER
	}

	string private constant NAME = "Multi Owner Plugin";
	string private constant VERSION = "1.0.0";
	bytes32 private constant DOMAIN_TYPEHASH = keccak256(
		"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
	);
	bytes32 private constant MESSAGE_TYPEHASH = keccak256("AlchemyModularAccountMessage(bytes message)");
	bytes4 private constant NO_VALID_SIGNATURE = 0xffffffff;

	mapping(address account => address[]) private _owners;
	/// Position in the list, counted from 1; 0: no owner. By owner first: the last key decides which storage
	/// an account may read while it validates (ERC-4337 calls it associated storage).
	mapping(address owner => mapping(address account => uint256)) private _position;

	event OwnerUpdated(address indexed account, address[] addedOwners, address[] removedOwners);

	error EmptyOwnersNotAllowed();
	error InvalidOwner(address owner);
	error NotAuthorized();
	error OwnerDoesNotExist(address owner);

	// ---------------------------------------------------------------- the account calls, for its owners

	function updateOwners(address[] calldata ownersToAdd, address[] calldata ownersToRemove) external {
		for (uint256 i = 0; i < ownersToRemove.length; i++) _remove(msg.sender, ownersToRemove[i]);
		_add(msg.sender, ownersToAdd);
		if (_owners[msg.sender].length == 0) revert EmptyOwnersNotAllowed();
		emit OwnerUpdated(msg.sender, ownersToAdd, ownersToRemove);
	}

	/// Whether an owner of the calling account signed the digest, wrapped so that it counts for this account alone.
	function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
		bytes32 wrapped = getMessageHash(msg.sender, abi.encode(digest));
		return
			_isSignedByOwner(msg.sender, wrapped, signature) ? IERC1271.isValidSignature.selector : NO_VALID_SIGNATURE;
	}

	/// The domain of the calling account (ERC-5267): all fields, the plugin as the salt.
	function eip712Domain()
		external
		view
		returns (
			bytes1 fields,
			string memory name,
			string memory version,
			uint256 chainId,
			address verifyingContract,
			bytes32 salt,
			uint256[] memory extensions
		)
	{
		return (0x1f, NAME, VERSION, block.chainid, msg.sender, _domainSalt(), new uint256[](0));
	}

	// ---------------------------------------------------------------- views

	function ownersOf(address account) external view returns (address[] memory) {
		return _owners[account];
	}

	function isOwnerOf(address account, address ownerToCheck) public view returns (bool) {
		return _position[ownerToCheck][account] != 0;
	}

	function getMessageHash(address account, bytes memory message) public view returns (bytes32) {
		return keccak256(encodeMessageData(account, message));
	}

	function encodeMessageData(address account, bytes memory message) public view returns (bytes memory) {
		bytes32 domain = keccak256(
			abi.encode(
				DOMAIN_TYPEHASH,
				keccak256(bytes(NAME)),
				keccak256(bytes(VERSION)),
				block.chainid,
				account,
				_domainSalt()
			)
		);
		return abi.encodePacked(hex"1901", domain, keccak256(abi.encode(MESSAGE_TYPEHASH, keccak256(message))));
	}

	// ---------------------------------------------------------------- plugin

	function onInstall(bytes calldata data) external onlyContract {
		if (_owners[msg.sender].length > 0) revert AlreadyInitialized();
		address[] memory owners = abi.decode(data, (address[]));
		if (owners.length == 0) revert EmptyOwnersNotAllowed();
		_add(msg.sender, owners);
		emit OwnerUpdated(msg.sender, owners, new address[](0));
	}

	function onUninstall(bytes calldata) external {
		address[] memory owners = _owners[msg.sender];
		for (uint256 i = 0; i < owners.length; i++) delete _position[owners[i]][msg.sender];
		delete _owners[msg.sender];
		emit OwnerUpdated(msg.sender, new address[](0), owners);
	}

	function userOpValidationFunction(uint8 functionId, UserOperation calldata userOp, bytes32 userOpHash)
		external
		view
		override
		returns (uint256)
	{
		if (functionId != uint8(FunctionId.USER_OP_VALIDATION_OWNER)) revert NotImplemented(msg.sig, functionId);
		// People sign the hash as wallets do (EIP-191); contracts are asked about the hash itself.
		bool signed = isOwnerOf(msg.sender, Signatures.signerOf(Signatures.personalMessage(userOpHash), userOp.signature))
			|| _isAcceptedByOwner(msg.sender, userOpHash, userOp.signature);
		return ValidationData.pack({signatureFailed: !signed, validAfter: 0, validUntil: 0});
	}

	/// The account itself may call too: so a batch of an owner can manage plugins and keys.
	function runtimeValidationFunction(uint8 functionId, address sender, uint256, bytes calldata)
		external
		view
		override
	{
		if (functionId != uint8(FunctionId.RUNTIME_VALIDATION_OWNER_OR_SELF)) {
			revert NotImplemented(msg.sig, functionId);
		}
		if (sender != msg.sender && !isOwnerOf(msg.sender, sender)) revert NotAuthorized();
	}

	function pluginManifest() external pure returns (PluginManifest memory manifest) {
		manifest.executionFunctions = new bytes4[](3);
		manifest.executionFunctions[0] = this.updateOwners.selector;
		manifest.executionFunctions[1] = this.eip712Domain.selector;
		manifest.executionFunctions[2] = this.isValidSignature.selector;

		bytes4[6] memory ownersOnly = [
			this.updateOwners.selector,
			IStandardExecutor.execute.selector,
			IStandardExecutor.executeBatch.selector,
			IPluginManager.installPlugin.selector,
			IPluginManager.uninstallPlugin.selector,
			IUpgradeable.upgradeToAndCall.selector
		];
		ManifestFunction memory ownerSigned = _own(FunctionId.USER_OP_VALIDATION_OWNER);
		ManifestFunction memory ownerOrSelf = _own(FunctionId.RUNTIME_VALIDATION_OWNER_OR_SELF);
		manifest.userOpValidationFunctions = new ManifestAssociatedFunction[](6);
		manifest.runtimeValidationFunctions = new ManifestAssociatedFunction[](8);
		for (uint256 i = 0; i < 6; i++) {
			manifest.userOpValidationFunctions[i] = ManifestAssociatedFunction(ownersOnly[i], ownerSigned);
			manifest.runtimeValidationFunctions[i] = ManifestAssociatedFunction(ownersOnly[i], ownerOrSelf);
		}

		ManifestFunction memory anyone = ManifestFunction(ManifestFunctionType.RUNTIME_VALIDATION_ALWAYS_ALLOW, 0, 0);
		manifest.runtimeValidationFunctions[6] = ManifestAssociatedFunction(this.eip712Domain.selector, anyone);
		manifest.runtimeValidationFunctions[7] = ManifestAssociatedFunction(this.isValidSignature.selector, anyone);
	}

	function pluginMetadata() external pure returns (PluginMetadata memory metadata) {
		metadata.name = NAME;
		metadata.version = VERSION;
		metadata.author = "stand-in";
	}

	// ---------------------------------------------------------------- inside

	function _own(FunctionId id) private pure returns (ManifestFunction memory) {
		return ManifestFunction(ManifestFunctionType.SELF, uint8(id), 0);
	}

	function _domainSalt() private view returns (bytes32) {
		return bytes32(bytes20(address(this)));
	}

	/// An owner may be a contract with a signature rule of its own (ERC-1271): only then the bytes are not its key's.
	function _isSignedByOwner(address account, bytes32 digest, bytes calldata signature) private view returns (bool) {
		return isOwnerOf(account, Signatures.signerOf(digest, signature)) || _isAcceptedByOwner(account, digest, signature);
	}

	function _isAcceptedByOwner(address account, bytes32 digest, bytes calldata signature) private view returns (bool) {
		address[] memory owners = _owners[account];
		for (uint256 i = 0; i < owners.length; i++) {
			if (owners[i].code.length > 0 && Signatures.isAcceptedBy(owners[i], digest, signature)) return true;
		}
		return false;
	}

	function _add(address account, address[] memory owners) private {
		for (uint256 i = 0; i < owners.length; i++) {
			address owner = owners[i];
			if (owner == address(0) || owner == account || isOwnerOf(account, owner)) revert InvalidOwner(owner);
			_owners[account].push(owner);
			_position[owner][account] = _owners[account].length;
		}
	}

	/// The last owner takes the place of the removed one.
	function _remove(address account, address owner) private {
		uint256 position = _position[owner][account];
		if (position == 0) revert OwnerDoesNotExist(owner);
		address[] storage owners = _owners[account];
		address last = owners[owners.length - 1];
		owners[position - 1] = last;
		_position[last][account] = position;
		owners.pop();
		delete _position[owner][account];
	}
}
