import fc from 'fast-check';
import { EndpointError } from '../../../core/rpc/errors';
import { firstBlockWhere, getLogs, HistoryUnavailableError, parseLogs, type RpcLog } from '../../../core/rpc/logs';
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

	it.each([
		[
			10n,
			'You can make eth_getLogs requests with up to a 10 block range. Based on your parameters, this block range should work: [0x1, 0x2]',
		],
		[2000n, 'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range'],
		[5n, 'eth_getLogs is limited to a 5 range'],
		[100n, 'range 1000 exceeds limit of 100'],
		[500n, 'block range is larger than max block range, block range = 1000, max block range = 500'],
		[500n, 'exceed maximum block range: 500'],
		[50n, 'block range is too wide (maximum 50)'],
		[1000n, 'eth_getLogs and eth_newFilter are limited to a 1,000 blocks range'],
		[250n, 'logs are limited to 250 blocks'],
		[100n, '100 block range limit'],
	])('asks in parts of %i after %p, and from then on at once', async (most, message) => {
		const sizes: bigint[] = [];
		const { rpc } = scripted(
			answering(({ params }) => {
				const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
				const size = BigInt(toBlock) - BigInt(fromBlock) + 1n;
				sizes.push(size);
				return size > most ? { error: { code: -32005, message } } : { result: [] };
			}),
		);
		const range = most * 4n;
		await getLogs(rpc, FILTER, 1n, range);
		expect(sizes).toEqual([range, most, most, most, most]);
		await getLogs(rpc, FILTER, 1n, range);
		expect(sizes.slice(5)).toEqual([most, most, most, most]);
	});

	it('takes a number of results for no range', async () => {
		const withLogs = Array.from({ length: 40 }, (_, index) => BigInt(index));
		const sizes: number[] = [];
		const { rpc } = scripted(
			answering(({ params }) => {
				const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
				const found = withLogs.filter((one) => one >= BigInt(fromBlock) && one <= BigInt(toBlock));
				sizes.push(found.length);
				return found.length > 10
					? { error: { code: -32005, message: 'query returned more than 10 results' } }
					: { result: found.map(logAt) };
			}),
		);
		expect(await getLogs(rpc, FILTER, 0n, 39n)).toHaveLength(40);
		expect(sizes.slice(0, 3)).toEqual([40, 20, 10]);
	});

	it.each([
		['too many requests', { code: -32005, message: 'rate limit exceeded' }],
		['too many requests by its plan', { code: 429, message: 'exceeded its monthly capacity' }],
		['a node that is behind', { code: -32000, message: 'header not found' }],
	])('tells %s as that, and never as missing history', async (_, error) => {
		const { rpc, requests } = scripted(answering(() => ({ error })));
		await expect(getLogs(rpc, FILTER, 0n, 1000n)).rejects.toMatchObject({ name: 'RpcError', code: error.code });
		expect(requests.length).toBeLessThanOrEqual(4);
	});

	it('asks for less where an answer is too large', async () => {
		const { rpc } = scripted((request, attempt) => {
			const { fromBlock, toBlock } = request.calls[0]?.params[0] as { fromBlock: string; toBlock: string };
			const isTooMuch = BigInt(toBlock) - BigInt(fromBlock) >= 100n;
			return isTooMuch ? reply('Payload Too Large', 413) : answering(() => ({ result: [] }))(request, attempt);
		});
		expect(await getLogs(rpc, FILTER, 0n, 999n)).toEqual([]);
	});

	it('heeds the range that HTTP 413 names, at once and from then on', async () => {
		const message = 'eth_getLogs is limited to a 5 range, upgrade from discover plan to increase the limit';
		const { rpc, requests } = scripted((request, attempt) => {
			const { fromBlock, toBlock } = request.calls[0]?.params[0] as { fromBlock: string; toBlock: string };
			const isTooMuch = BigInt(toBlock) - BigInt(fromBlock) >= 5n;
			const refusal = { jsonrpc: '2.0', id: 1, error: { code: -32615, message } };
			return isTooMuch ? reply(refusal, 413) : answering(() => ({ result: [] }))(request, attempt);
		});
		await getLogs(rpc, FILTER, 0n, 29n);
		expect(requests).toHaveLength(7);
		await getLogs(rpc, FILTER, 0n, 29n);
		expect(requests).toHaveLength(13);
	});

	it('takes null for an empty list', async () => {
		const { rpc } = scripted(answering(() => ({ result: null })));
		expect(await getLogs(rpc, FILTER, 0n, 9n)).toEqual([]);
	});

	it.each([['[]'], [{}], [[null]], [[{ ...logAt(1n), blockNumber: null }]]])(
		'says of %j that it is no answer, rather than leave a log out',
		async (result) => {
			const { rpc } = scripted(answering(() => ({ result })));
			await expect(getLogs(rpc, FILTER, 0n, 9n)).rejects.toThrow(EndpointError);
		},
	);

	it('does not take an endpoint out of order for one without logs', async () => {
		const { rpc } = scripted(() => reply('', 503));
		await expect(getLogs(rpc, FILTER, 0n, 100n)).rejects.toThrow(EndpointError);
	});
});

describe('parseLogs', () => {
	it('reads a list, JSON text, and texts in a list', () => {
		const logs = [logAt(1n), logAt(2n)];
		expect(parseLogs(logs)).toEqual(logs);
		expect(parseLogs(JSON.stringify(logs))).toEqual(logs);
		expect(parseLogs(logs.map((log) => JSON.stringify(log)))).toEqual(logs);
	});

	it('reads numbers as hex, and keeps what was removed apart', () => {
		const log = { ...logAt(258n), blockNumber: 258, logIndex: 0, removed: true };
		expect(parseLogs([log])).toEqual([{ ...logAt(258n), removed: true }]);
		expect(parseLogs([{ ...logAt(1n), removed: false }])).toEqual([logAt(1n)]);
	});

	it('leaves out what is no log in a block', () => {
		const fields = ['address', 'topics', 'blockNumber', 'blockHash', 'transactionHash', 'logIndex'] as const;
		const broken = fields.flatMap((field) =>
			[undefined, null, '', 'x', {}, -1, 0.5].map((value) => ({ ...logAt(1n), [field]: value })),
		);
		const others = [null, undefined, 1, 'x', [], {}, { ...logAt(1n), data: '0x1' }, { ...logAt(1n), topics: [] }];
		expect(parseLogs([...broken, ...others, logAt(3n)])).toEqual([logAt(3n)]);
	});

	it('never throws, whatever it is given', () => {
		const anything = fc.oneof(fc.anything(), fc.json(), fc.array(fc.oneof(fc.anything(), fc.json())));
		fc.assert(fc.property(anything, (given) => expect(Array.isArray(parseLogs(given))).toBe(true)));
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
