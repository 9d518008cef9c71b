// SPDX-License-Identifier: MIT
// Helper contracts of the scenarios: a paymaster that accepts everything, and a lens that reads many views in one call.
pragma solidity ^0.8.22;

struct UserOperation {
	address sender;
	uint256 nonce;
	bytes initCode;
	bytes callData;
	uint256 callGasLimit;
	uint256 verificationGasLimit;
	uint256 preVerificationGas;
	uint256 maxFeePerGas;
	uint256 maxPriorityFeePerGas;
	bytes paymasterAndData;
	bytes signature;
}

interface IEntryPointStake {
	function depositTo(address account) external payable;

	function addStake(uint32 unstakeDelaySec) external payable;
}

/// Pays for every operation.
contract LabPaymaster {
	IEntryPointStake public immutable entryPoint;

	constructor(IEntryPointStake entryPoint_) payable {
		entryPoint = entryPoint_;
		if (msg.value > 0) {
			entryPoint_.depositTo{value: msg.value / 2}(address(this));
			entryPoint_.addStake{value: msg.value / 2}(86400);
		}
	}

	function validatePaymasterUserOp(UserOperation calldata, bytes32, uint256)
		external
		view
		returns (bytes memory, uint256)
	{
		require(msg.sender == address(entryPoint), "not the entry point");
		return ("", 0);
	}

	function postOp(uint8, bytes calldata, uint256) external {}
}

/// Reads many views in one eth_call, at the time of the block that it is asked for.
contract LabLens {
	function read(address[] calldata targets, bytes[] calldata data)
		external
		view
		returns (uint256 time, bool[] memory ok, bytes[] memory results)
	{
		time = block.timestamp;
		ok = new bool[](targets.length);
		results = new bytes[](targets.length);
		for (uint256 i = 0; i < targets.length; i++) {
			(ok[i], results[i]) = targets[i].staticcall(data[i]);
		}
	}

	function balances(address[] calldata who) external view returns (uint256[] memory wei_) {
		wei_ = new uint256[](who.length);
		for (uint256 i = 0; i < who.length; i++) wei_[i] = who[i].balance;
	}
}
