// SPDX-License-Identifier: MIT
// Stand-in for tests and the demo, written from ABI, ERCs and measured behaviour. Never for real funds.
pragma solidity ^0.8.22;

/// An amount that may be spent once, or again in each window of time. The small fields share a slot of storage.
struct SpendLimit {
	bool hasLimit;
	/// Seconds; 0: the limit is spent once.
	uint48 refreshInterval;
	/// When the current window began.
	uint48 lastUsedTime;
	uint256 limit;
	uint256 limitUsed;
}

/// A spend limit as views show it.
struct SpendLimitInfo {
	bool hasLimit;
	uint256 limit;
	uint256 limitUsed;
	uint48 refreshInterval;
	uint48 lastUsedTime;
}

library SpendLimits {
	/// As a limit this number means: no limit.
	uint256 internal constant NO_LIMIT = type(uint256).max;

	/// A new limit keeps what was used, and a new window begins.
	function set(SpendLimit storage self, uint256 limit, uint48 refreshInterval) internal {
		self.hasLimit = true;
		self.limit = limit;
		self.refreshInterval = refreshInterval;
		self.lastUsedTime = refreshInterval == 0 ? 0 : uint48(block.timestamp);
	}

	function info(SpendLimit storage self) internal view returns (SpendLimitInfo memory) {
		return SpendLimitInfo(self.hasLimit, self.limit, self.limitUsed, self.refreshInterval, self.lastUsedTime);
	}

	function fits(SpendLimit storage self, uint256 amount) internal view returns (bool) {
		return amount <= self.limit && self.limitUsed <= self.limit - amount;
	}

	/// Whether the amount could ever fit without an owner's help: in the window after this one.
	function fitsNextWindow(SpendLimit storage self, uint256 amount) internal view returns (bool) {
		return self.refreshInterval != 0 && amount <= self.limit;
	}

	function windowEnd(SpendLimit storage self) internal view returns (uint48) {
		return self.lastUsedTime + self.refreshInterval;
	}

	/// Counts the amount; false: it doesn't fit. A window that has passed ends here and not before, whatever the amount.
	function spend(SpendLimit storage self, uint256 amount) internal returns (bool) {
		if (self.refreshInterval == 0 || block.timestamp < windowEnd(self)) {
			if (!fits(self, amount)) return false;
			if (amount > 0) self.limitUsed += amount;
			return true;
		}
		if (amount > self.limit) return false;
		self.limitUsed = amount;
		self.lastUsedTime = uint48(block.timestamp);
		return true;
	}
}

using SpendLimits for SpendLimit global;
