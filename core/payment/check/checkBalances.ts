import { getAddress, size, slice, type Address, type Hex } from 'viem';
import { formatAmount } from '../../amounts';
import { type Call, selectorOf, TRANSFER } from '../../calls';
import { NATIVE_DECIMALS } from '../../networks';
import { refuse, type Refusal } from '../../refusal/refusal';
import { prefundOfPlan, tokenUnit, type Spent } from './checkBudgets';
import type { PayingAccount, CheckState, GasPlan, TokenState } from './checkState';

/** What the payments leave of the account's money. */
export interface AfterBalances {
	account: PayingAccount;
	tokens: Record<Address, TokenState>;
}

/**
 * Whether the account holds what is paid, and what its gas may cost. It must hold it beforehand: whether an earlier call
 * of the same operation brings money in is not known, and no guess may become a yes.
 */
export function checkBalances(state: CheckState, calls: readonly Call[], gas?: GasPlan): Spent<AfterBalances> {
	const gasPart = payGas(state, gas);
	const native = payNative(state, gasPart.account, calls, gas);
	const tokens = payTokens(state, calls);
	return {
		refusals: [...gasPart.refusals, ...native.refusals, ...tokens.refusals],
		after: { account: native.after, tokens: tokens.after },
	};
}

/**
 * EntryPoint v0.6 wants the most that gas may cost: from the account's deposit first, the rest from its balance (AA21).
 * What isn't used goes back to the deposit; how much that is isn't known beforehand, so it is counted as spent.
 */
function payGas(state: CheckState, gas?: GasPlan): { refusals: Refusal[]; account: PayingAccount } {
	const { account, network } = state;
	if (!gas || gas.paymaster) return { refusals: [], account };
	const cost = prefundOfPlan(gas);
	const fromBalance = cost > account.deposit ? cost - account.deposit : 0n;
	if (fromBalance <= account.balance) {
		const deposit = account.deposit + fromBalance - cost;
		return { refusals: [], account: { ...account, balance: account.balance - fromBalance, deposit } };
	}
	const text = (amount: bigint) => formatAmount(amount, NATIVE_DECIMALS);
	const refusal = refuse('gasBalanceTooLow', {
		account: account.address,
		unit: network.nativeSymbol,
		balance: text(account.balance),
		deposit: text(account.deposit),
		needed: text(cost),
		missing: text(fromBalance - account.balance),
	});
	return { refusals: [refusal], account };
}

/** The values of the calls, from what the gas leaves. */
function payNative(
	state: CheckState,
	afterGas: PayingAccount,
	calls: readonly Call[],
	gas?: GasPlan,
): Spent<PayingAccount> {
	const { account, network } = state;
	const sum = calls.reduce((total, { value }) => total + value, 0n);
	if (sum <= afterGas.balance) return { refusals: [], after: { ...afterGas, balance: afterGas.balance - sum } };
	const text = (amount: bigint) => formatAmount(amount, NATIVE_DECIMALS);
	const fromBalance = account.balance - afterGas.balance;
	const refusal = refuse('nativeBalanceTooLow', {
		account: account.address,
		unit: network.nativeSymbol,
		balance: text(account.balance),
		needed: text(sum),
		gas: text(gas ? fromBalance : 0n),
		missing: text(sum - afterGas.balance),
	});
	return { refusals: [refusal], after: account };
}

/** The transfers of each token, from what the account holds of it. */
function payTokens(state: CheckState, calls: readonly Call[]): Spent<Record<Address, TokenState>> {
	const refusals: Refusal[] = [];
	const after = { ...state.tokens };
	for (const [address, token] of Object.entries(state.tokens) as [Address, TokenState][]) {
		const transfers = calls.filter(({ target, data }) => getAddress(target) === address && isTransfer(data));
		const sum = transfers.reduce((total, { data }) => total + leaving(data, state.account.address), 0n);
		if (sum <= token.balance) after[address] = { ...token, balance: token.balance - sum };
		else refusals.push(tokenTooLow(state, address, token, sum));
	}
	return { refusals, after };
}

function tokenTooLow(state: CheckState, contract: Address, token: TokenState, sum: bigint): Refusal {
	const { unit, decimals } = tokenUnit(state, contract);
	return refuse('tokenBalanceTooLow', {
		account: state.account.address,
		contract,
		unit,
		balance: formatAmount(token.balance, decimals),
		needed: formatAmount(sum, decimals),
		missing: formatAmount(sum - token.balance, decimals),
	});
}

function isTransfer(data: Hex): boolean {
	return size(data) >= 68 && selectorOf(data) === TRANSFER;
}

/** What a transfer takes away from the account: nothing when the account pays itself. */
function leaving(data: Hex, account: Address): bigint {
	return getAddress(slice(data, 16, 36)) === getAddress(account) ? 0n : BigInt(slice(data, 36, 68));
}
