import type { Hex } from 'viem';
import { optional, read, rpcRead, type Read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import type { UserOperation } from './userOperation';

export interface Fees {
	maxFeePerGas: bigint;
	maxPriorityFeePerGas: bigint;
}

/** The newest block: where the chain stands, and its clock. `timestamp` in unix seconds. */
export interface Block {
	number: bigint;
	timestamp: number;
}

/** Height and time of the newest block. In a read with views of contracts it is the block that those are of. */
export function latestBlock(): Read<Block> {
	const asked = rpcRead(
		'eth_getBlockByNumber',
		['latest', false],
		({ number, timestamp }: { number: Hex; timestamp: Hex }): Block => ({
			number: BigInt(number),
			timestamp: Number(timestamp),
		}),
	);
	return { ...asked, onlyHeightAndTime: true };
}

const wei = (answer: Hex) => BigInt(answer);

/** What the network asks for now, in wei. */
export interface FeeAnswers {
	baseFee: bigint;
	/** Alchemy's own word; missing where the endpoint isn't Alchemy's. */
	rundler?: bigint;
}

/**
 * The reads for `presentFees`. A node's eth_call shows a base fee of 0 (geth: NoBaseFee), so the block itself is asked.
 */
export function feeReads() {
	return {
		baseFee: rpcRead('eth_getBlockByNumber', ['latest', false], ({ baseFeePerGas }: { baseFeePerGas?: Hex }) =>
			BigInt(baseFeePerGas ?? 0),
		),
		rundler: optional(rpcRead('rundler_maxPriorityFeePerGas', [], wei)),
	};
}

/**
 * The network's present fees. The bundler's own word on the priority fee counts; others than Alchemy's have none, and the
 * node's suggestion serves, and where that has none the priority fee is 0.
 *
 * @param answers to `feeReads`
 */
export async function presentFees(rpc: Rpc, { baseFee, rundler }: FeeAnswers): Promise<Fees> {
	return feesFrom(baseFee, rundler ?? (await suggestedByNode(rpc)) ?? 0n);
}

async function suggestedByNode(rpc: Rpc): Promise<bigint | undefined> {
	const { node } = await read(rpc, { node: optional(rpcRead('eth_maxPriorityFeePerGas', [], wei)) });
	return node;
}

/**
 * Fees that stay valid over some blocks: one and a half times base fee plus priority fee, as the SDK's
 * getDefaultUserOperationFeeOptions has it. Only the base fee at inclusion plus the priority fee is paid.
 */
export function feesFrom(baseFee: bigint, priority: bigint): Fees {
	const maxPriorityFeePerGas = raised(priority, 105n);
	return { maxPriorityFeePerGas, maxFeePerGas: raised(baseFee + maxPriorityFeePerGas, 150n) };
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
