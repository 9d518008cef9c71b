// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

import {IERC1271} from "../interfaces/IERC1271.sol";

/// The two kinds of signatures: of a private key, and of a contract (ERC-1271).
library Signatures {
	/// The larger half of s would be a second valid signature for the same message.
	uint256 private constant HIGHEST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

	/// What personal_sign (EIP-191) signs.
	function personalMessage(bytes32 hash) internal pure returns (bytes32) {
		return keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash));
	}

	/// The address of the key that signed; 0 when the bytes are no signature at all.
	function signerOf(bytes32 digest, bytes calldata signature) internal pure returns (address) {
		if (signature.length != 65) return address(0);
		uint256 s = uint256(bytes32(signature[32:64]));
		if (s > HIGHEST_S) return address(0);
		return ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(s));
	}

	/// Whether a contract accepts the signature as its own.
	function isAcceptedBy(address contract_, bytes32 digest, bytes calldata signature) internal view returns (bool) {
		(bool ok, bytes memory answer) =
			contract_.staticcall(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
		return ok && answer.length >= 32 && bytes4(answer) == IERC1271.isValidSignature.selector;
	}
}
