import fc from 'fast-check';
import { EndpointError } from '../../../core/rpc/errors';
import { firstBlockWhere, getLogs, HistoryUnavailableError, type RpcLog } from '../../../core/rpc/logs';
import { answering, reply, scripted, type Asked } from './scripted';

const FILTER = { address: '0x036CbD53842c5426634e7929541eC2318f3dCF7e', topics: [] } as const;

function logAt(block: bigint): RpcLog {
	const hash = `0x${block.toString(16).padStart(64, '0')}` as const;
	return {
		address: FILTER.address,
		topics: [hash],
		data: '0x',
		blockNumber: `0x${block.toString(16)}`,
		blockHash: hash,
		transactionHash: hash,
		logIndex: '0x0',
	};
}

interface Limits {
	/** So many blocks may a range have. */
	blocks?: bigint;
	/** So many logs may an answer hold. */
	logs?: number;
}

/** A provider that has a log in each of these blocks. */
function provider(blocksWithLogs: readonly bigint[], { blocks, logs = Infinity }: Limits) {
	return scripted(
		answering(({ params }: Asked) => {
			const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
			const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
			const found = blocksWithLogs.filter((block) => block >= from && block <= to);
			const isTooMuch = (blocks !== undefined && to - from + 1n > blocks) || found.length > logs;
			if (isTooMuch) return { error: { code: -32600, message: 'up to so many blocks' } };
			return { result: found.map(logAt) };
		}),
	);
}

const block = fc.bigInt({ min: 0n, max: 5000n });

describe('getLogs', () => {
	it('asks once where the provider has no limit', async () => {
		const { rpc, requests } = provider([3n, 1_000_000n], {});
		expect(await getLogs(rpc, FILTER, 0n, 20_000_000n)).toEqual([3n, 1_000_000n].map(logAt));
		expect(requests).toHaveLength(1);
	});

	it('gives every log of the range once and in order, however few blocks the provider allows', async () => {
		const limit = fc.bigInt({ min: 30n, max: 6000n });
		const blocks = fc.uniqueArray(block, { maxLength: 30 });
		await fc.assert(
			fc.asyncProperty(blocks, block, block, limit, async (withLogs, a, b, mostBlocks) => {
				const [from, to] = a < b ? [a, b] : [b, a];
				const sorted = [...withLogs].sort((x, y) => Number(x - y));
				const { rpc } = provider(sorted, { blocks: mostBlocks });
				const expected = sorted.filter((one) => one >= from && one <= to).map(logAt);
				expect(await getLogs(rpc, FILTER, from, to)).toEqual(expected);
			}),
		);
	});

	it('gives every log where the provider limits the size of an answer', async () => {
		const blocks = Array.from({ length: 60 }, (_, index) => BigInt(index) * 50n);
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 2, max: 60 }), async (logs) => {
				const { rpc } = provider(blocks, { logs });
				expect(await getLogs(rpc, FILTER, 0n, 3000n)).toEqual(blocks.map(logAt));
			}),
		);
	});

	it('leaves out logs of blocks that were reorganised away', async () => {
		const { rpc } = scripted(answering(() => ({ result: [{ ...logAt(1n), removed: true }, logAt(2n)] })));
		expect(await getLogs(rpc, FILTER, 0n, 9n)).toEqual([logAt(2n)]);
	});

	it('gives up early where the limit is too small for the range, and never says "no logs" instead', async () => {
		const { rpc, requests } = provider([5n], { blocks: 10n });
		await expect(getLogs(rpc, FILTER, 0n, 20_000_000n)).rejects.toThrow(HistoryUnavailableError);
		expect(requests.length).toBeLessThan(20);
	});

	it('gives up where the provider has no logs at all', async () => {
		const { rpc, requests } = provider([5n], { blocks: 0n });
		await expect(getLogs(rpc, FILTER, 0n, 100n)).rejects.toThrow(HistoryUnavailableError);
		expect(requests.length).toBeLessThan(20);
	});

	it('does not take an endpoint out of order for one without logs', async () => {
		const { rpc } = scripted(() => reply('', 503));
		await expect(getLogs(rpc, FILTER, 0n, 100n)).rejects.toThrow(EndpointError);
	});
});

describe('firstBlockWhere', () => {
	it('finds the first height at which something became true', async () => {
		const height = fc.bigInt({ min: 0n, max: 100_000_000n });
		await fc.assert(
			fc.asyncProperty(height, height, height, async (a, b, c) => {
				const [from, first, to] = [a, b, c].sort((x, y) => Number(x - y)) as [bigint, bigint, bigint];
				const isTrueAt = async (heights: readonly bigint[]) => heights.map((one) => one >= first);
				expect(await firstBlockWhere(isTrueAt, from, to)).toBe(first);
			}),
		);
	});

	it.each([
		[2, 5n],
		[3, 100n],
		[4, 1_000n],
		[6, 100_000n],
		[7, 10_000_000n],
		[7, 29_999_999n],
	])('needs at most %i batches of few heights for what is %i of 30 million blocks back', async (most, back) => {
		const newest = 30_000_000n;
		const batches: (readonly bigint[])[] = [];
		const isTrueAt = async (heights: readonly bigint[]) => {
			batches.push(heights);
			return heights.map((one) => one >= newest - back);
		};
		expect(await firstBlockWhere(isTrueAt, 0n, newest)).toBe(newest - back);
		expect(batches.length).toBeLessThanOrEqual(most);
		for (const heights of batches) expect(heights.length).toBeLessThanOrEqual(16);
		for (const height of batches.flat()) expect(height >= 0n && height <= newest).toBe(true);
	});
});
