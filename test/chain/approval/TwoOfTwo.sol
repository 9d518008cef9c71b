// SPDX-License-Identifier: MIT
pragma solidity ^0.8.22;

/// The smallest multisig: a signature of it is one of each of two people, one behind the other.
/// Without storage, so that an account may ask it while it validates (ERC-4337).
contract TwoOfTwo {
	address private immutable _first;
	address private immutable _second;

	constructor(address first, address second) {
		(_first, _second) = (first, second);
	}

	/// ERC-1271. Both sign the digest as wallets do (EIP-191).
	function isValidSignature(bytes32 digest, bytes calldata signatures) external view returns (bytes4) {
		bytes32 message = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", digest));
		bool both = signatures.length == 130 && _signer(message, signatures[:65]) == _first
			&& _signer(message, signatures[65:]) == _second;
		return both ? this.isValidSignature.selector : bytes4(0xffffffff);
	}

	function _signer(bytes32 message, bytes calldata signature) private pure returns (address) {
		return ecrecover(message, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
	}
}
