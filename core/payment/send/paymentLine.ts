import { getAddress, type Address } from 'viem';
import { formatAmount } from '../../amounts';
import { decodeTransfer, type Call } from '../../calls';
import { NATIVE_DECIMALS, type Network } from '../../networks';
import { nameOf } from '../../paymentRules/payees';
import type { PaymentRules } from '../../paymentRules/requireAllowedByRules';
import { decimalsSource, type DecimalsSource } from '../../contractInfo';

/** One call in a person's terms, safe for JSON. */
export interface PaymentLine {
	to: Address;
	/** Who that is by the credential's list of payees. */
	toName?: string;
	/** Exact decimal text in whole units of `token`. */
	amount: string;
	/** The token's symbol, or the chain's own money. */
	token: string;
	/** The ERC-20 contract; missing for the chain's own money. */
	tokenAddress?: Address;
	/** How many decimal places `amount` was read with, and who vouches for them: this package or the person, or the token. */
	decimals?: number;
	decimalsFrom?: DecimalsSource;
	/** What arrived, where the token moved less than `amount`. */
	moved?: string;
	/** The called function's selector, where the call is no transfer. */
	selector?: string;
}

/** What is needed of a token to write an amount. */
export type TokenNames = Readonly<Record<Address, { symbol: string; decimals: number; pinned?: number }>>;

/**
 * Says what a call does: a transfer of a token, or native money (with or without a function call).
 * The amount of an unknown token is in base units, and its symbol says so.
 *
 * @param moved base units that a transfer moved, where that is known
 */
export function describeCall(
	{ target, value, data }: Call,
	network: Network,
	tokens: TokenNames,
	moved?: bigint,
): PaymentLine {
	const contract = getAddress(target);
	const transfer = value === 0n ? decodeTransfer({ data }) : undefined;
	if (transfer) {
		const known = tokens[contract];
		const { symbol, decimals } = known ?? { symbol: 'base units', decimals: 0 };
		const line = {
			to: transfer.to,
			amount: formatAmount(transfer.amount, decimals),
			token: symbol,
			tokenAddress: contract,
			...(known && { decimals, decimalsFrom: decimalsSource(network, contract, known.pinned) }),
		};
		const isLess = moved !== undefined && moved < transfer.amount;
		return isLess ? { ...line, moved: formatAmount(moved, decimals) } : line;
	}
	const line = { to: contract, amount: formatAmount(value, NATIVE_DECIMALS), token: network.nativeSymbol };
	return data === '0x' ? line : { ...line, selector: data.slice(0, 10) };
}

/** The same line with the payee's name: empty text where the list hasn't got the address, none where there is no list. */
export function withName(line: PaymentLine, rules: Pick<PaymentRules, 'payees'> | undefined): PaymentLine {
	return rules?.payees.length ? { ...line, toName: nameOf(rules.payees, line.to) ?? '' } : line;
}
