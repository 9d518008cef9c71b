// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// Calls that hand a revert on as it is: who reads it must see the target's own error, or none when it had none.
library Calls {
	function call(address target, uint256 value, bytes memory data) internal returns (bytes memory) {
		(bool ok, bytes memory result) = target.call{value: value}(data);
		return _resultOrRevert(ok, result);
	}

	function delegate(address target, bytes memory data) internal returns (bytes memory) {
		(bool ok, bytes memory result) = target.delegatecall(data);
		return _resultOrRevert(ok, result);
	}

	function _resultOrRevert(bool ok, bytes memory result) private pure returns (bytes memory) {
		if (ok) return result;
		assembly {
			revert(add(result, 32), mload(result))
		}
	}
}
