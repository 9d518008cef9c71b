// SPDX-License-Identifier: MIT
// Contracts of the registry's tests: an account that claims as it is told, and a token that does its worst while it is paid.
pragma solidity ^0.8.22;

interface IRegistry {
	function claim(bytes32 paymentReference) external returns (uint256 index);
}

/// Claims several references in one transaction, and may undo all of it.
contract Claimer {
	error Undone();

	function claimAll(IRegistry registry, bytes32[] calldata references, bool undo) external {
		for (uint256 i = 0; i < references.length; i++) registry.claim(references[i]);
		if (undo) revert Undone();
	}

	/// Goes on after a claim that was refused.
	function claimEach(IRegistry registry, bytes32[] calldata references) external {
		for (uint256 i = 0; i < references.length; i++) try registry.claim(references[i]) {} catch {}
	}

	/// Runs the registry's code in this contract's own storage.
	function claimByDelegation(address registry, bytes32 paymentReference) external {
		(bool success, ) = registry.delegatecall(abi.encodeCall(IRegistry.claim, (paymentReference)));
		require(success, "refused");
	}
}

/// A token that makes calls of its own while it is being transferred, or called for anything it doesn't know.
contract HostileToken {
	enum Answer {
		True,
		False,
		Nothing,
		Revert
	}

	struct Attack {
		address target;
		bytes data;
	}

	Attack[] private attacks;
	Answer private answer;
	/// Of each attack in the newest round, whether it went through.
	bool[] private outcomes;
	/// How often it was called by somebody who pays.
	uint256 public rounds;
	mapping(address owner => uint256) public balanceOf;

	event Transfer(address indexed from, address indexed to, uint256 value);

	function decimals() external pure returns (uint8) {
		return 6;
	}

	function symbol() external pure returns (string memory) {
		return "HOST";
	}

	function mint(address to, uint256 value) external {
		balanceOf[to] += value;
	}

	function prepare(Attack[] calldata planned, Answer answer_) external {
		delete attacks;
		for (uint256 i = 0; i < planned.length; i++) attacks.push(planned[i]);
		answer = answer_;
	}

	function lastOutcomes() external view returns (bool[] memory) {
		return outcomes;
	}

	function transfer(address to, uint256 value) external {
		_attack();
		if (answer == Answer.Revert) revert("no");
		if (answer != Answer.False) {
			balanceOf[msg.sender] -= value;
			balanceOf[to] += value;
			emit Transfer(msg.sender, to, value);
		}
		if (answer == Answer.Nothing) return;
		bool said = answer == Answer.True;
		assembly {
			mstore(0, said)
			return(0, 32)
		}
	}

	fallback() external payable {
		_attack();
	}

	receive() external payable {
		_attack();
	}

	function _attack() private {
		rounds++;
		delete outcomes;
		for (uint256 i = 0; i < attacks.length; i++) {
			// Enough for a payment; one that burns all it gets leaves the others theirs.
			(bool success, ) = attacks[i].target.call{ gas: 900_000 }(attacks[i].data);
			outcomes.push(success);
		}
	}
}
