// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Arbitrum's own system contract: there `block.number` is a height of Ethereum, not of the chain itself.
interface IArbSys {
	function arbBlockNumber() external view returns (uint256);
}

/// @title Remembers for each account which payment references it has claimed, for ever.
/// @notice An account claims a reference in the same operation that pays it: both succeed or fail together, so nothing is
/// paid twice under one reference, whatever key, nonce, bundler or endpoint sent it.
/// @dev Without owner, funds, upgrade or release. An account writes only what is its own. Each record and each head is one
/// storage slot of four numbers of 64 bits, the first named in the highest bits.
contract ReferenceRegistry {
	/// The account stands where UserOperationEvent has the sender, so that one filter finds both.
	/// @param index 1 for the account's first claim, then 2, 3 and so on without a gap
	/// @param previousBlock the newest block before this one in which the account claimed anything; 0 when there is none
	event Claimed(bytes32 indexed paymentReference, address indexed account, uint256 index, uint256 previousBlock);

	error AlreadyClaimed(bytes32 paymentReference, uint256 blockNumber);

	/// Block, time in seconds, previous block, index. 0 while the reference is not claimed.
	mapping(address account => mapping(bytes32 paymentReference => uint256)) private records;
	/// 0, block, previous block, count, of the newest claim.
	mapping(address account => uint256) private heads;

	/// Claims a reference for the calling account; reverts when that account has claimed it before.
	function claim(bytes32 paymentReference) external returns (uint256 index) {
		uint256 known = records[msg.sender][paymentReference];
		if (known != 0) revert AlreadyClaimed(paymentReference, known >> 192);
		uint256 head = heads[msg.sender];
		uint256 present = _blockNumber();
		uint256 previous = uint64(head >> 128);
		// Several claims in one block share what lies before it: a walk back never meets a block twice.
		if (previous == present) previous = uint64(head >> 64);
		unchecked {
			index = uint64(head) + 1;
		}
		heads[msg.sender] = (present << 128) | (previous << 64) | index;
		records[msg.sender][paymentReference] = (present << 192) | (block.timestamp << 128) | (previous << 64) | index;
		emit Claimed(paymentReference, msg.sender, index, previous);
	}

	/// What is known of a reference; all zero while the account has not claimed it.
	function recordOf(
		address account,
		bytes32 paymentReference
	) external view returns (uint64 blockNumber, uint64 time, uint64 previousBlock, uint64 index) {
		uint256 record = records[account][paymentReference];
		return (uint64(record >> 192), uint64(record >> 128), uint64(record >> 64), uint64(record));
	}

	/// Where the walk back over an account's claims begins; all zero while it has claimed nothing.
	function headOf(address account) external view returns (uint64 blockNumber, uint64 previousBlock, uint64 count) {
		uint256 head = heads[account];
		return (uint64(head >> 128), uint64(head >> 64), uint64(head));
	}

	function _blockNumber() private view returns (uint256) {
		// Arbitrum One and Arbitrum Sepolia.
		if (block.chainid == 42161 || block.chainid == 421614) return IArbSys(address(0x64)).arbBlockNumber();
		return block.number;
	}
}
