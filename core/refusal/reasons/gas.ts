import { parseUnits, type Address, type Hex } from 'viem';
import { formatAmount } from '../../amounts';
import { NATIVE_DECIMALS } from '../../networks';
import { about, grouped, twoDigits, withUnit } from '../../text/format';
import { ALCHEMY, named, reason, UPDATE, type BalanceData, type Words } from './reason';

/** What is missing for a payment and its gas: of the gas alone the figure is rounded. */
function missingWithGas({ missing, gas }: { missing: string; gas: string }): string {
	const wei = (text: string) => parseUnits(text, NATIVE_DECIMALS);
	return formatAmount(wei(missing) - wei(gas) + wei(twoDigits(gas, 'up')), NATIVE_DECIMALS);
}

/** Refusals: gas and who pays it. */
export const GAS = {
	wrongNonceKey: reason<{ key: Address; nonceKey: Hex; nonceKeyNeeded: Hex }>({
		cause: 'A key with a gas limit must use its own address as the nonce key, and another one was used.',
		message: ({ nonceKeyNeeded }) =>
			`This key has a gas limit, so its payments go one after the other under the nonce key ${nonceKeyNeeded}; another nonce key was given.`,
		remedy: () => 'Leave the choice of the nonce key to the node.',
	}),
	paymasterRequired: reason<{ paymaster: Address }>({
		cause: 'The key may pay only when a certain paymaster pays the gas, and none was used.',
		message: ({ paymaster }) =>
			`This key may pay only when the paymaster ${paymaster} pays the gas, and none was used.`,
		remedy: () =>
			`Enter the Gas Manager policy ID in the credential "${ALCHEMY}". The owner can change the rule with ${UPDATE}.`,
	}),
	paymasterWrong: reason<{ paymaster: Address; given: Address }>({
		cause: 'The key may pay only when a certain paymaster pays the gas, and another one was used.',
		message: ({ paymaster, given }) =>
			`This key may pay only when the paymaster ${paymaster} pays the gas; ${given} was used instead.`,
		remedy: () => `Use the gas policy that belongs to that paymaster. The owner can change the rule with ${UPDATE}.`,
	}),
	paymasterMissing: reason<Record<string, never>>({
		cause: 'A gas policy is set, and the gas manager answered without a paymaster: the account would pay the gas.',
		message: () =>
			'A gas policy is to pay the gas, but the answer of the gas manager names no paymaster: the smart account would have paid. Nothing was signed.',
		remedy: () =>
			`Run it again. If this persists, check the policy in the Gas Manager dashboard. The account can pay the gas itself when the policy ID in the credential "${ALCHEMY}" is empty.`,
	}),
	gasCostAboveMost: reason<{ cost: string; most: string; unit: string; network: string }>({
		cause: 'The operation could cost more gas than one operation may cost on this network.',
		message: ({ cost, most, unit, network }) =>
			`This could cost up to ${about(cost, 'up')} ${unit} in gas. On ${network} one operation may cost at most ${withUnit(most, unit)}, so nothing was signed.`,
		remedy: ({ cost }) =>
			`Fees are unusually high, or the endpoint asks for too much: wait, or split a large batch. If you want to pay that, set "Maximum Gas Cost" under Options to at least ${twoDigits(cost, 'up')}.`,
	}),
	paymasterNotAccepted: reason<{ paymaster: Address }>({
		cause:
			"The key may pay only when a certain paymaster pays the gas, and the account's checks refused an operation without it.",
		message: ({ paymaster }) =>
			`This key may pay only when the paymaster ${paymaster} pays the gas. The operation was refused: none was used, or another one.`,
		remedy: () =>
			`Enter the ID of the gas policy that belongs to that paymaster in the credential "${ALCHEMY}". The owner can change the rule with ${UPDATE}.`,
	}),
	paymasterExpected: reason<Words>({
		cause: 'The bundler accepts only operations whose gas a paymaster pays.',
		message: ({ words }) => `The bundler wants a paymaster to pay the gas, and none was used. It said: ${words}`,
		remedy: () =>
			`Enter a "Gas Policy ID" in the credential "${ALCHEMY}", or use a bundler URL that accepts operations for which the account pays.`,
	}),
	nativeBalanceTooLow: reason<BalanceData & { gas: string }>({
		cause: 'The account does not hold the native currency that is paid, with the gas that it pays itself.',
		message: ({ unit, balance, needed, gas, missing }) =>
			`The smart account holds ${withUnit(balance, unit)}, and this payment needs ${grouped(needed)}${gas === '0' ? '' : ` and up to ${about(gas, 'up')} more for gas`}: ${withUnit(missingWithGas({ missing, gas }), unit)} too little.`,
		remedy: ({ account, missing, gas, unit }) =>
			`Send at least ${withUnit(missingWithGas({ missing, gas }), unit)} to the smart account ${account}.`,
	}),
	gasBalanceTooLow: reason<BalanceData & { deposit: string }>({
		cause: 'The account does not hold what the gas may cost; its deposit at the EntryPoint is counted.',
		message: ({ unit, balance, deposit, needed, missing }) =>
			`The gas may cost up to ${about(needed, 'up')} ${unit}; the smart account holds ${about(balance, 'down')} and has a gas deposit of ${about(deposit, 'down')}: ${about(missing, 'up')} ${unit} too little.`,
		remedy: ({ account, missing, unit }) =>
			`Send at least ${withUnit(twoDigits(missing, 'up'), unit)} to the smart account ${account}, or let a Gas Manager policy pay the gas.`,
	}),
	tokenBalanceTooLow: reason<BalanceData & { contract: Address }>({
		cause: 'The account does not hold enough of the token.',
		message: ({ unit, balance, needed, missing }) =>
			`The smart account holds ${withUnit(balance, unit)}, and this payment needs ${grouped(needed)}: ${withUnit(missing, unit)} too little.`,
		remedy: ({ account, missing, unit }) => `Send at least ${withUnit(missing, unit)} to the smart account ${account}.`,
	}),
	payerFundsTooLow: reason<Words & { account?: Address }>({
		cause:
			'The bundler or the EntryPoint says that the account cannot pay the gas (AA21, AA51); the figures are not known.',
		message: ({ account }) => `${named('The smart account', account)} does not hold enough for the gas.`,
		remedy: ({ account }) =>
			`Send native currency to ${named('the smart account', account)}, or let a Gas Manager policy pay the gas.`,
	}),
	paymasterDepositTooLow: reason<Words>({
		cause: "The paymaster's deposit at the EntryPoint does not cover the gas (AA31).",
		message: () => "The paymaster's deposit does not cover the gas.",
		remedy: () =>
			`Whoever runs the paymaster must add to its deposit. Until then the account can pay the gas itself: leave the policy ID empty in the credential "${ALCHEMY}".`,
	}),
	paymasterExpired: reason<Words>({
		cause: "The paymaster's promise to pay has run out, or has not begun (AA32).",
		message: () => "The paymaster's promise to pay for this gas has run out.",
		remedy: () => 'Run it again: a new promise is requested each time.',
	}),
	paymasterRefused: reason<Words>({
		cause: 'The paymaster does not pay for this operation (AA30, AA33, AA34, -32501).',
		message: ({ words }) => `The paymaster does not pay for this gas. It said: ${words}`,
		remedy: () =>
			`Check the gas policy. The account can pay the gas itself when the policy ID in the credential "${ALCHEMY}" is empty.`,
	}),
	policyUnknown: reason<Words>({
		cause:
			'The gas manager does not know the policy, or the policy belongs to another app or network, or is not active.',
		message: () =>
			'The gas manager does not know this policy ID, or the policy does not belong to this API key and network, or it is not active.',
		remedy: () =>
			`Compare policy ID, API key and network of the credential "${ALCHEMY}" with the Gas Manager dashboard.`,
	}),
	policyUsedUp: reason<Words>({
		cause: 'A limit of the gas policy is reached.',
		message: ({ words }) => `The gas policy has reached one of its own limits. The gas manager said: ${words}`,
		remedy: () =>
			`Raise the limit in the Gas Manager dashboard. The account can pay the gas itself when the policy ID in the credential "${ALCHEMY}" is empty.`,
	}),
	policyRefused: reason<Words>({
		cause: 'The gas policy does not pay for this account, or not at this time.',
		message: ({ words }) => `The gas policy does not pay for this operation. The gas manager said: ${words}`,
		remedy: () =>
			`Check the policy's lists and dates in the Gas Manager dashboard. The account can pay the gas itself when the policy ID in the credential "${ALCHEMY}" is empty.`,
	}),
	feeTooLow: reason<Words>({
		cause: 'The fee offered is below what the bundler accepts at the moment.',
		message: ({ words }) => `The gas price offered is below what the bundler accepts now. It said: ${words}`,
		remedy: () => 'Run it again: the price is read again each time. Raise the highest gas price if one is set.',
	}),
	gasTooLow: reason<Words>({
		cause: 'A gas limit of the operation is below what it needs (AA26, AA40, AA41, AA51, AA95).',
		message: () => 'The gas set aside for this operation is too little, so the chain stopped it.',
		remedy: () => 'Run it again: gas is estimated again each time. A large batch may have to be split.',
	}),
	verificationGasTooLow: reason<Words>({
		cause: "The account's own checks ran out of gas (AA23 although no rule of the key is broken).",
		message: () => 'The gas set aside for the checks of the smart account is too little; no rule of the key is broken.',
		remedy: () => 'Run it again: gas is estimated again each time.',
	}),
	tooLarge: reason<Words>({
		cause: 'The operation is larger than the bundler accepts.',
		message: ({ words }) => `This operation is larger than the bundler accepts at once. It said: ${words}`,
		remedy: () => 'Split it into smaller batches.',
	}),
};
