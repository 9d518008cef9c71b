// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {Addresses} from "./libraries/Addresses.sol";
import {AccountProxy} from "./AccountProxy.sol";
import {IPlugin} from "./interfaces/IPlugin.sol";
import {UpgradeableModularAccount} from "./UpgradeableModularAccount.sol";

/// Creates accounts that belong to one or more owners. The same salt and owners always give the same address.
/// The original's staking and its own owner are left out: no bundler of a local chain asks for them.
contract MultiOwnerModularAccountFactory {
	address public constant ENTRYPOINT = Addresses.ENTRY_POINT;
	address public constant IMPL = Addresses.ACCOUNT_IMPLEMENTATION;
	address public constant MULTI_OWNER_PLUGIN = Addresses.MULTI_OWNER_PLUGIN;
	uint256 private constant MOST_OWNERS = 100;

	error InvalidOwner();
	error OwnersArrayEmpty();
	error OwnersLimitExceeded();

	/// Gives back the address of an account that exists already, as ERC-4337 asks of factories. How many owners there are
	/// is not looked at here: the owner plugin refuses an account without any.
	function createAccount(uint256 salt, address[] calldata owners) external returns (address account) {
		_checkOrder(owners);
		account = _addressOf(salt, owners);
		if (account.code.length > 0) return account;

		new AccountProxy{salt: _salt(salt, owners)}(IMPL);
		UpgradeableModularAccount(payable(account)).initialize(_plugins(), _pluginInitData(owners));
	}

	function getAddress(uint256 salt, address[] calldata owners) external view returns (address) {
		if (owners.length == 0) revert OwnersArrayEmpty();
		if (owners.length > MOST_OWNERS) revert OwnersLimitExceeded();
		_checkOrder(owners);
		return _addressOf(salt, owners);
	}

	function _addressOf(uint256 salt, address[] calldata owners) private view returns (address) {
		bytes32 codeHash = keccak256(abi.encodePacked(type(AccountProxy).creationCode, abi.encode(IMPL)));
		return address(
			uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), _salt(salt, owners), codeHash))))
		);
	}

	function _salt(uint256 salt, address[] calldata owners) private pure returns (bytes32) {
		return keccak256(abi.encode(salt, owners));
	}

	/// Ascending order leaves one way to write a set of owners, so one address for each set.
	function _checkOrder(address[] calldata owners) private pure {
		address previous;
		for (uint256 i = 0; i < owners.length; i++) {
			if (owners[i] <= previous) revert InvalidOwner();
			previous = owners[i];
		}
	}

	function _plugins() private pure returns (address[] memory plugins) {
		plugins = new address[](1);
		plugins[0] = MULTI_OWNER_PLUGIN;
	}

	function _pluginInitData(address[] calldata owners) private pure returns (bytes memory) {
		bytes32[] memory manifestHashes = new bytes32[](1);
		manifestHashes[0] = keccak256(abi.encode(IPlugin(MULTI_OWNER_PLUGIN).pluginManifest()));
		bytes[] memory initData = new bytes[](1);
		initData[0] = abi.encode(owners);
		return abi.encode(manifestHashes, initData);
	}
}
