import { gzipSync } from 'node:zlib';
import { numberToHex, type Hex } from 'viem';
import { STATE_BLOCK } from './heights';
import type { Request, RpcCall } from './rpc';

/** Blocks in which nothing happened, which the chain passed at once instead of mining them. */
export interface PassedBlocks {
	/** Lets so many pass, two seconds each, and resolves with the newest block's number. */
	pass(count: number): Promise<number>;
	/** A call that reads state among them reads that of the last block before. */
	toReal(call: RpcCall): RpcCall;
	/** The block that a call asks for, where it is one of them. */
	find(call: RpcCall): object | undefined;
}

/** As on Base and Optimism. */
const SECONDS = 2;

/** What the hashes of passed blocks begin with; they end with the number. */
const HASH_PREFIX = `0x${'e'.repeat(48)}`;

/** The fields that anvil takes of a header: those of eth_getBlockByNumber. */
const HEADER = [
	'sha3Uncles',
	'miner',
	'stateRoot',
	'difficulty',
	'gasLimit',
	'extraData',
	'mixHash',
	'nonce',
	'baseFeePerGas',
	'withdrawalsRoot',
	'blobGasUsed',
	'excessBlobGas',
	'parentBeaconBlockRoot',
	'requestsHash',
] as const;
const EMPTY_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
const NO_LOGS = `0x${'0'.repeat(512)}`;

type Block = Record<string, unknown> & { number: Hex; timestamp: Hex; hash: Hex };

/** From the block after `kept`, whose state can be read, to the one before `top`; `top` and the one after `kept` are mined. */
interface Gap {
	kept: number;
	top: number;
	/** The mined one after `kept`. */
	after: Block;
}

/**
 * Anvil mines some hundred blocks a second, so that a year would take it days. But it can load a state: one that says nothing
 * but "this is the newest block" moves it to any height, for contracts (block.number) and for callers alike. What it then lacks are
 * the blocks between, which are made up here.
 *
 * Going back over them with evm_revert is not supported.
 */
export function createPassedBlocks(chain: Request): PassedBlocks {
	const gaps: Gap[] = [];
	const gapAt = (height: number, first: (gap: Gap) => number) =>
		gaps.find((gap) => height >= first(gap) && height < gap.top);

	function blockAt(height: number): object | undefined {
		const gap = gapAt(height, ({ kept }) => kept + 2);
		if (!gap) return undefined;
		const { after, kept } = gap;
		return {
			...after,
			number: numberToHex(height),
			timestamp: numberToHex(Number(after.timestamp) + SECONDS * (height - kept - 1)),
			hash: hashOf(height),
			parentHash: height === kept + 2 ? after.hash : hashOf(height - 1),
		};
	}

	return {
		pass: async (count) => {
			if (count < 3) throw new Error('fewer than three blocks are mined, not passed');
			const newest = await readBlock(chain, 'latest');
			// Anvil keeps a block's state when it mines the next one.
			await chain('evm_mine');
			const after = await readBlock(chain, 'latest');
			const top = Number(newest.number) + count;
			const timestamp = Number(after.timestamp) + SECONDS * (count - 1);
			gaps.push({ kept: Number(newest.number), top, after });
			await chain('evm_increaseTime', [SECONDS * (count - 1)]);
			await chain('anvil_loadState', [stateWithBlock(after, top, timestamp)]);
			return top;
		},
		toReal: (call) => {
			const position = STATE_BLOCK[call.method];
			const tag = position === undefined ? undefined : call.params?.[position];
			if (position === undefined || typeof tag !== 'string' || !tag.startsWith('0x')) return call;
			const gap = gapAt(Number(tag), ({ kept }) => kept + 1);
			if (!gap) return call;
			const params = [...(call.params ?? [])];
			params[position] = numberToHex(gap.kept);
			return { ...call, params };
		},
		find: ({ method, params }) => {
			const asked = String(params?.[0]);
			const isPassed =
				(method === 'eth_getBlockByNumber' && asked.startsWith('0x')) ||
				(method === 'eth_getBlockByHash' && asked.startsWith(HASH_PREFIX));
			return isPassed ? blockAt(Number(asked.replace(HASH_PREFIX, '0x'))) : undefined;
		},
	};
}

function readBlock(chain: Request, tag: string): Promise<Block> {
	return chain<Block>('eth_getBlockByNumber', [tag, false]);
}

function hashOf(height: number): Hex {
	return `${HASH_PREFIX}${height.toString(16).padStart(16, '0')}` as Hex;
}

/** A saved state of anvil's with no account in it: what is there stays. */
function stateWithBlock(after: Block, top: number, timestamp: number): Hex {
	const header = {
		...Object.fromEntries(HEADER.flatMap((name) => (name in after ? [[name, after[name]]] : []))),
		parentHash: hashOf(top - 1),
		number: numberToHex(top),
		timestamp: numberToHex(timestamp),
		transactionsRoot: EMPTY_ROOT,
		receiptsRoot: EMPTY_ROOT,
		logsBloom: NO_LOGS,
		gasUsed: '0x0',
	};
	const state = {
		block: {
			number: header.number,
			timestamp: header.timestamp,
			beneficiary: after.miner,
			difficulty: after.difficulty,
			gas_limit: Number(after.gasLimit),
			basefee: Number(after.baseFeePerGas),
			prevrandao: after.mixHash,
			blob_excess_gas_and_price: { excess_blob_gas: 0, blob_gasprice: 1 },
			slot_num: 0,
		},
		accounts: {},
		best_block_number: top,
		blocks: [{ header, transactions: [], ommers: [] }],
		transactions: [],
		historical_states: null,
	};
	return `0x${gzipSync(JSON.stringify(state)).toString('hex')}`;
}
