// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// A list of addresses, the newest first. Each entry points to the next one, so that taking one out costs the same
/// however long the list is; for that the caller names the entry before it, its predecessor.
library KeyList {
	struct List {
		/// The next address, left-aligned; behind it, for an entry MARK, for HEAD how many ids were given out.
		mapping(bytes32 entry => bytes32) next;
	}

	/// Stands before the newest address.
	bytes32 internal constant HEAD = bytes32(uint256(1));
	/// Behind the next address of every entry, the last one too.
	bytes32 private constant MARK = bytes32(uint256(1));

	/// A number that this list never gave before.
	function newId(List storage list) internal returns (uint96 id) {
		bytes32 head = list.next[HEAD];
		id = uint96(uint256(head)) + 1;
		list.next[HEAD] = _address(head) | bytes32(uint256(id));
	}

	function add(List storage list, address key) internal {
		bytes32 head = list.next[HEAD];
		list.next[_entry(key)] = _address(head) | MARK;
		list.next[HEAD] = _entry(key) | _rest(head);
	}

	/// False: the predecessor is not the one before the key.
	function remove(List storage list, address key, bytes32 predecessor) internal returns (bool) {
		bytes32 before = list.next[predecessor];
		if (_address(before) != _entry(key)) return false;
		list.next[predecessor] = _address(list.next[_entry(key)]) | _rest(before);
		delete list.next[_entry(key)];
		return true;
	}

	/// 0 when the key is not in the list.
	function predecessorOf(List storage list, address key) internal view returns (bytes32 predecessor) {
		predecessor = HEAD;
		bytes32 next = _address(list.next[HEAD]);
		while (next != _entry(key)) {
			if (next == 0) return 0;
			predecessor = next;
			next = _address(list.next[next]);
		}
	}

	function all(List storage list) internal view returns (address[] memory keys) {
		uint256 count;
		for (bytes32 entry = _address(list.next[HEAD]); entry != 0; entry = _address(list.next[entry])) count++;
		keys = new address[](count);
		bytes32 current = HEAD;
		for (uint256 i = 0; i < count; i++) {
			current = _address(list.next[current]);
			keys[i] = address(bytes20(current));
		}
	}

	function _entry(address key) private pure returns (bytes32) {
		return bytes32(bytes20(key));
	}

	function _address(bytes32 slot) private pure returns (bytes32) {
		return bytes32(bytes20(slot));
	}

	function _rest(bytes32 slot) private pure returns (bytes32) {
		return bytes32(uint256(uint96(uint256(slot))));
	}
}
