import { hexToNumber, numberToHex, type Hex } from 'viem';
import { read, rpcRead } from './read';
import type { Rpc } from './rpc';

/** The times of blocks, in unix seconds, by block number; blocks that the node no longer has are left out. */
export async function blockTimes(rpc: Rpc, numbers: readonly bigint[]): Promise<Map<bigint, number>> {
	const unique = [...new Set(numbers)];
	const times = await read(
		rpc,
		unique.map((number) =>
			rpcRead('eth_getBlockByNumber', [numberToHex(number), false], (block: { timestamp: Hex } | null) =>
				block ? hexToNumber(block.timestamp) : undefined,
			),
		),
	);
	return new Map(unique.flatMap((number, index) => (times[index] === undefined ? [] : [[number, times[index]]])));
}
