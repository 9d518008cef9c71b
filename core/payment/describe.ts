import { decodeFunctionData, getAddress, type Address } from 'viem';
import { formatAmount } from '../amounts';
import type { Call } from '../calls';
import { erc20Abi } from '../contracts';
import { NATIVE_DECIMALS, type Network } from '../networks';

/** One call in a person's terms, safe for JSON. */
export interface PaymentLine {
	to: Address;
	/** Exact decimal text in whole units of `token`. */
	amount: string;
	/** The token's symbol, or the chain's own money. */
	token: string;
	/** The ERC-20 contract; missing for the chain's own money. */
	tokenAddress?: Address;
	/** The called function's selector, where the call is no transfer. */
	selector?: string;
}

/** What is needed of a token to write an amount. */
export type TokenNames = Readonly<Record<Address, { symbol: string; decimals: number }>>;

/**
 * Says what a call does: a transfer of a token, or native money (with or without a function call).
 * The amount of an unknown token is in base units, and its symbol says so.
 */
export function describeCall({ target, value, data }: Call, network: Network, tokens: TokenNames): PaymentLine {
	const contract = getAddress(target);
	const transfer = value === 0n ? decodeTransfer(data) : undefined;
	if (transfer) {
		const { symbol, decimals } = tokens[contract] ?? { symbol: 'base units', decimals: 0 };
		return { to: transfer.to, amount: formatAmount(transfer.amount, decimals), token: symbol, tokenAddress: contract };
	}
	const line = { to: contract, amount: formatAmount(value, NATIVE_DECIMALS), token: network.nativeSymbol };
	return data === '0x' ? line : { ...line, selector: data.slice(0, 10) };
}

function decodeTransfer(data: Call['data']): { to: Address; amount: bigint } | undefined {
	if (!data.startsWith('0xa9059cbb')) return undefined;
	try {
		const { args } = decodeFunctionData({ abi: erc20Abi, data });
		const [to, amount] = args as readonly [Address, bigint];
		return { to, amount };
	} catch {
		return undefined;
	}
}
