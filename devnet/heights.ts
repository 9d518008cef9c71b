import type { RpcCall } from './rpc';

/** Reads the number of the newest block. */
export type LatestBlock = () => Promise<bigint>;

/** Where each method that reads state has its block. */
export const STATE_BLOCK: Readonly<Record<string, number>> = {
	eth_call: 1,
	eth_getBalance: 1,
	eth_getCode: 1,
	eth_getTransactionCount: 1,
	eth_estimateGas: 1,
	eth_getStorageAt: 2,
	eth_getProof: 2,
};

/** First and last block that a call asks logs of; undefined for every other method, and for a block named by its hash. */
export async function logRange(
	{ method, params }: RpcCall,
	latestBlock: LatestBlock,
): Promise<{ from: bigint; to: bigint } | undefined> {
	const filter = (params?.[0] ?? {}) as { fromBlock?: string; toBlock?: string; blockHash?: string };
	if (method !== 'eth_getLogs' || filter.blockHash) return undefined;
	const [from, to] = await Promise.all([filter.fromBlock, filter.toBlock].map((tag) => heightOf(tag, latestBlock)));
	return from === undefined || to === undefined ? undefined : { from, to };
}

/** How many blocks back from the newest a call reads state; undefined where it names none. Below 0: above the newest. */
export async function stateAge(
	{ method, params }: RpcCall,
	latestBlock: LatestBlock,
): Promise<{ block: bigint; age: bigint } | undefined> {
	const position = STATE_BLOCK[method];
	const tag = position === undefined ? undefined : params?.[position];
	if (tag === undefined || tag === null) return undefined;
	const block = await heightOf(tag, latestBlock);
	return block === undefined ? undefined : { block, age: (await latestBlock()) - block };
}

/** The number of a block as a call names it; unknown when named by its hash. */
async function heightOf(tag: unknown, latestBlock: LatestBlock): Promise<bigint | undefined> {
	if (typeof tag === 'object' && tag !== null)
		return heightOf((tag as { blockNumber?: string }).blockNumber ?? '', latestBlock);
	if (tag === 'earliest') return 0n;
	if (typeof tag === 'string' && tag.startsWith('0x')) return BigInt(tag);
	return tag === '' ? undefined : latestBlock();
}

/** As geth words it when it has pruned the state: https://github.com/ethereum/go-ethereum/issues/27075. */
export function missingState(block: bigint): { code: number; message: string } {
	const root = block.toString(16).padStart(64, '0');
	return { code: -32000, message: `missing trie node ${root} (path ) state 0x${root} is not available, not found` };
}
