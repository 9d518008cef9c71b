// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {IERC165} from "../interfaces/IERC165.sol";
import {IPlugin} from "../interfaces/IPlugin.sol";

/// Asks a contract what it is, as in ERC-165.
library Interfaces {
	uint256 private constant GAS = 30_000;

	function declares(address target, bytes4 interfaceId) internal view returns (bool) {
		if (target.code.length == 0) return false;
		(bool ok, bytes memory answer) =
			target.staticcall{gas: GAS}(abi.encodeCall(IERC165.supportsInterface, (interfaceId)));
		return ok && answer.length >= 32 && abi.decode(answer, (uint256)) == 1;
	}

	function isPlugin(address target) internal view returns (bool) {
		return declares(target, type(IPlugin).interfaceId);
	}
}
