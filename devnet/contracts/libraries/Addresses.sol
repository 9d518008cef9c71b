// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// The usual addresses, the same on every chain. Constants, because the code is placed there without a constructor.
library Addresses {
	address internal constant ENTRY_POINT = 0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789;
	address internal constant ACCOUNT_IMPLEMENTATION = 0x0046000000000151008789797b54fdb500E2a61e;
	address internal constant MULTI_OWNER_PLUGIN = 0xcE0000007B008F50d762D155002600004cD6c647;
}
