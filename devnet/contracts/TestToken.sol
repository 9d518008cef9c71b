// SPDX-License-Identifier: MIT
pragma solidity ^0.8.22;

/// A plain ERC-20 for tests that anyone may mint. Like many tokens in use it also has increaseAllowance, and it
/// refuses in their words.
contract TestToken {
	string public name;
	string public symbol;
	uint8 public decimals;
	uint256 public totalSupply;
	mapping(address owner => uint256) public balanceOf;
	mapping(address owner => mapping(address spender => uint256)) public allowance;

	event Transfer(address indexed from, address indexed to, uint256 value);
	event Approval(address indexed owner, address indexed spender, uint256 value);

	constructor(string memory name_, string memory symbol_, uint8 decimals_) {
		initialize(name_, symbol_, decimals_);
	}

	/// For code that was placed without a constructor. Anyone may call it: it is a test token.
	function initialize(string memory name_, string memory symbol_, uint8 decimals_) public {
		(name, symbol, decimals) = (name_, symbol_, decimals_);
	}

	function mint(address to, uint256 value) external {
		totalSupply += value;
		balanceOf[to] += value;
		emit Transfer(address(0), to, value);
	}

	function transfer(address to, uint256 value) external returns (bool) {
		_move(msg.sender, to, value);
		return true;
	}

	function transferFrom(address from, address to, uint256 value) external returns (bool) {
		uint256 allowed = allowance[from][msg.sender];
		require(allowed >= value, "ERC20: insufficient allowance");
		if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
		_move(from, to, value);
		return true;
	}

	function approve(address spender, uint256 value) external returns (bool) {
		_approve(spender, value);
		return true;
	}

	function increaseAllowance(address spender, uint256 addedValue) external returns (bool) {
		_approve(spender, allowance[msg.sender][spender] + addedValue);
		return true;
	}

	function decreaseAllowance(address spender, uint256 subtractedValue) external returns (bool) {
		uint256 allowed = allowance[msg.sender][spender];
		require(allowed >= subtractedValue, "ERC20: decreased allowance below zero");
		_approve(spender, allowed - subtractedValue);
		return true;
	}

	function _approve(address spender, uint256 value) private {
		allowance[msg.sender][spender] = value;
		emit Approval(msg.sender, spender, value);
	}

	function _move(address from, address to, uint256 value) private {
		require(to != address(0), "ERC20: transfer to the zero address");
		require(balanceOf[from] >= value, "ERC20: transfer amount exceeds balance");
		balanceOf[from] -= value;
		balanceOf[to] += value;
		emit Transfer(from, to, value);
	}
}
