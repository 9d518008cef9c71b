// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// A list of addresses, the newest first. Each entry points to the next one, so that taking one out costs the same
/// however long the list is; for that the caller names the entry before it, its predecessor.
library KeyList {
	struct List {
		mapping(bytes32 entry => bytes32) next;
	}

	/// Stands before the newest address.
	bytes32 internal constant HEAD = bytes32(uint256(1));

	function add(List storage list, address key) internal {
		list.next[_entry(key)] = list.next[HEAD];
		list.next[HEAD] = _entry(key);
	}

	/// False: the predecessor is not the one before the key.
	function remove(List storage list, address key, bytes32 predecessor) internal returns (bool) {
		if (list.next[predecessor] != _entry(key)) return false;
		list.next[predecessor] = list.next[_entry(key)];
		delete list.next[_entry(key)];
		return true;
	}

	/// 0 when the key is not in the list.
	function predecessorOf(List storage list, address key) internal view returns (bytes32 predecessor) {
		predecessor = HEAD;
		while (list.next[predecessor] != _entry(key)) {
			predecessor = list.next[predecessor];
			if (predecessor == 0) return 0;
		}
	}

	function all(List storage list) internal view returns (address[] memory keys) {
		uint256 count;
		for (bytes32 entry = list.next[HEAD]; entry != 0; entry = list.next[entry]) count++;
		keys = new address[](count);
		bytes32 current = HEAD;
		for (uint256 i = 0; i < count; i++) {
			current = list.next[current];
			keys[i] = address(bytes20(current));
		}
	}

	function _entry(address key) private pure returns (bytes32) {
		return bytes32(bytes20(key));
	}
}
