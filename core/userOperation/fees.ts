import type { Hex } from 'viem';
import { optional, rpcRead } from '../rpc/read';
import type { UserOperation } from './userOperation';

export interface Fees {
	maxFeePerGas: bigint;
	maxPriorityFeePerGas: bigint;
}

/** The newest block, as far as it is needed. `timestamp` in unix seconds, fee in wei. */
export interface Block {
	number: bigint;
	timestamp: number;
	baseFeePerGas: bigint;
}

interface RpcBlock {
	number: Hex;
	timestamp: Hex;
	baseFeePerGas?: Hex;
}

/** The newest block: the chain's own clock and base fee. */
export function latestBlock() {
	return rpcRead(
		'eth_getBlockByNumber',
		['latest', false],
		(block: RpcBlock): Block => ({
			number: BigInt(block.number),
			timestamp: Number(block.timestamp),
			baseFeePerGas: BigInt(block.baseFeePerGas ?? 0),
		}),
	);
}

const wei = (answer: Hex) => BigInt(answer);

/**
 * The reads for `feesFrom`. rundler_maxPriorityFeePerGas is Alchemy's; pimlico_getUserOperationGasPrice names the
 * least that such a bundler takes; others have neither, and the node's own suggestion serves.
 */
export function feeReads() {
	return {
		rundler: optional(rpcRead('rundler_maxPriorityFeePerGas', [], wei)),
		node: optional(rpcRead('eth_maxPriorityFeePerGas', [], wei)),
	};
}

/**
 * Fees that stay valid over some blocks: one and a half times base fee plus priority fee, as the SDK's
 * getDefaultUserOperationFeeOptions has it. Only the base fee at inclusion plus the priority fee is paid.
 */
export function feesFrom(block: Block, priority: { rundler?: bigint; node?: bigint }): Fees {
	const suggested = priority.rundler ?? priority.node ?? 0n;
	const maxPriorityFeePerGas = raised(suggested, 105n);
	return { maxPriorityFeePerGas, maxFeePerGas: raised(block.baseFeePerGas + maxPriorityFeePerGas, 150n) };
}

/** `fee` times `percent` / 100, rounded up. */
export function raised(fee: bigint, percent: bigint): bigint {
	return (fee * percent + 99n) / 100n;
}

/** A replacement offers at most so many times the first operation's fees: beyond, waiting is cheaper than any hurry. */
const MOST_TIMES = 4n;

/**
 * Fees for an operation that takes the place of another under the same nonce; undefined where the one that waits offers
 * what the network asks for now: then more money would not help it. Bundlers want both fees raised by at least 10 %
 * (ERC-4337, "UserOperation replacement"); by 12 % they are safely above it after rounding.
 *
 * @param latest the one that waits
 * @param first the first one under this nonce
 * @param now the network's present fees, from `feesFrom`
 */
export function replacementFees(
	latest: Pick<UserOperation, keyof Fees>,
	first: Pick<UserOperation, keyof Fees>,
	now: Fees,
): Fees | undefined {
	const isOutbid =
		now.maxFeePerGas > latest.maxFeePerGas || now.maxPriorityFeePerGas > raised(latest.maxPriorityFeePerGas, 110n);
	if (!isOutbid) return undefined;
	const atLeast = (old: bigint, fresh: bigint) => (raised(old, 112n) > fresh ? raised(old, 112n) : fresh);
	const fees = {
		maxPriorityFeePerGas: atLeast(latest.maxPriorityFeePerGas, now.maxPriorityFeePerGas),
		maxFeePerGas: atLeast(latest.maxFeePerGas, now.maxFeePerGas),
	};
	return fees.maxFeePerGas > first.maxFeePerGas * MOST_TIMES ? undefined : fees;
}
