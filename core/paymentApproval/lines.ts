import { concat, encodeAbiParameters, getAddress, keccak256, zeroAddress, type Address, type Hex } from 'viem';
import { formatAmount } from '../amounts';
import { parseAmount } from '../input/amount';
import { pinnedDecimals, type Network } from '../networks';
import { withUnit } from '../text/format';

/** One payment that is approved: what it is for, to whom, what and how much. In the words of every payment's item. */
export interface ApprovalLine {
	reference: string;
	to: Address;
	/** Exact decimal text in whole units of `token`. */
	amount: string;
	/** The token's symbol, or the chain's own money. */
	token: string;
	/** The ERC-20 contract; missing for the chain's own money. */
	tokenAddress?: Address;
	/** What `amount` is read with. */
	decimals: number;
}

/** The amount of a line in base units. */
export function unitsOf({ amount, decimals }: ApprovalLine): bigint {
	return parseAmount(amount, decimals);
}

const LINE = [
	{ name: 'reference', type: 'string' },
	{ name: 'recipient', type: 'address' },
	{ name: 'token', type: 'address' },
	{ name: 'amount', type: 'uint256' },
] as const;

/**
 * The hash over every line, whatever their order: keccak256 of the lines' own hashes, sorted and put one after the other.
 * A line's hash is keccak256 of its ABI encoding (string reference, address recipient, address token, uint256 amount in
 * base units); the chain's own money is the zero address, which is no token.
 */
export function hashLines(lines: readonly ApprovalLine[]): Hex {
	return keccak256(concat(lines.map(hashLine).sort()));
}

function hashLine(line: ApprovalLine): Hex {
	const { reference, to, tokenAddress = zeroAddress } = line;
	return keccak256(encodeAbiParameters(LINE, [reference, to, tokenAddress, unitsOf(line)]));
}

/** What lines come to in one token. */
export interface Total {
	token: string;
	tokenAddress?: Address;
	/** Exact decimal text. */
	amount: string;
}

/** The sums by token, in the order in which they first appear. */
export function totalsOfLines(lines: readonly ApprovalLine[]): Total[] {
	const sums = new Map<string, { line: ApprovalLine; units: bigint }>();
	for (const line of lines) {
		// Two lines that tell a token in different ways are never one sum: neither can be believed.
		const key = [line.tokenAddress?.toLowerCase(), line.token, line.decimals].join(' ');
		sums.set(key, { line, units: (sums.get(key)?.units ?? 0n) + unitsOf(line) });
	}
	return [...sums.values()].map(({ line: { token, tokenAddress, decimals }, units }) => ({
		token,
		...(tokenAddress && { tokenAddress }),
		amount: formatAmount(units, decimals),
	}));
}

/**
 * The sums as a wallet shows them: "3,200 USDC and 0.1 ETH". A token calls itself as it likes: one that isn't known by its
 * address here has it in brackets.
 */
export function totalWords(lines: readonly ApprovalLine[], network: Network): string {
	const sums = totalsOfLines(lines)
		.map(({ amount, token, tokenAddress }) => {
			const isKnown = !tokenAddress || pinnedDecimals(network, tokenAddress) !== undefined;
			return withUnit(amount, isKnown ? token : `${token} (${getAddress(tokenAddress)})`);
		})
		.sort();
	const last = sums.pop() ?? 'nothing';
	return sums.length > 0 ? `${sums.join(', ')} and ${last}` : last;
}
