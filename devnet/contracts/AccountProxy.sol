// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// An account: its own storage and balance, the code of an implementation that it can replace (ERC-1967).
contract AccountProxy {
	/// keccak256("eip1967.proxy.implementation") - 1
	bytes32 private constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

	event Upgraded(address indexed implementation);

	constructor(address implementation) {
		assembly {
			sstore(IMPLEMENTATION_SLOT, implementation)
		}
		emit Upgraded(implementation);
	}

	/// Everything goes to the implementation and comes back as it is. In assembly, for it stands before every call.
	fallback() external payable {
		assembly {
			calldatacopy(0, 0, calldatasize())
			let ok := delegatecall(gas(), sload(IMPLEMENTATION_SLOT), 0, calldatasize(), 0, 0)
			returndatacopy(0, 0, returndatasize())
			if iszero(ok) {
				revert(0, returndatasize())
			}
			return(0, returndatasize())
		}
	}

	receive() external payable {}
}
