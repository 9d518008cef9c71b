import { encodeAbiParameters, encodeEventTopics, getAddress, numberToHex, padHex, type Address, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../../../core/contracts';
import { RpcError } from '../../../core/rpc/errors';
import { createRpc, type Rpc } from '../../../core/rpc/rpc';
import { parseTag } from '../../../core/input/tag';
import { readHistory, recordsOf, showTag, smallerSize } from '../../../core/sessionKey/history';
import { encodePermissionUpdates, type PermissionUpdate } from '../../../core/sessionKey/permissionUpdates';

const [ACCOUNT, A, B, C] = [0xacc, 0xa, 0xb, 0xc].map((n) => getAddress(numberToHex(n, { size: 20 }))) as Address[] as [
	Address,
	Address,
	Address,
	Address,
];

interface FakeLog {
	block: number;
	topics: Hex[];
	data: Hex;
}

const topic = (address: Address) => padHex(address, { size: 32 });
const eventTopic = (eventName: never) => encodeEventTopics({ abi: sessionKeyPluginAbi, eventName })[0] as Hex;
const added = (block: number, key: Address, tag = 'pay'): FakeLog => ({
	block,
	topics: [eventTopic('SessionKeyAdded' as never), topic(ACCOUNT), topic(key), parseTag(tag)],
	data: '0x',
});
const removed = (block: number, key: Address): FakeLog => ({
	block,
	topics: [eventTopic('SessionKeyRemoved' as never), topic(ACCOUNT), topic(key)],
	data: '0x',
});
const rotated = (block: number, from: Address, to: Address): FakeLog => ({
	block,
	topics: [eventTopic('SessionKeyRotated' as never), topic(ACCOUNT), topic(from), topic(to)],
	data: '0x',
});
const updated = (block: number, key: Address, updates: PermissionUpdate[]): FakeLog => ({
	block,
	topics: [eventTopic('PermissionsUpdated' as never), topic(ACCOUNT), topic(key)],
	data: encodeAbiParameters([{ type: 'bytes[]' }], [encodePermissionUpdates(updates)]),
});

interface Provider {
	newest: number;
	logs: FakeLog[];
	/** What it says to a range that it doesn't serve; undefined: it serves it. */
	refuse?: (from: number, to: number) => { code: number; message: string } | undefined;
}

/** Answers eth_getLogs as a provider with limits does; `ranges` are those that were asked for. */
function connect({ newest, logs, refuse }: Provider): { rpc: Rpc; ranges: [number, number][] } {
	const ranges: [number, number][] = [];
	const answer = ({ id, method, params }: { id: number; method: string; params: unknown[] }) => {
		if (method === 'eth_blockNumber') return { id, result: numberToHex(newest) };
		const filter = params[0] as { fromBlock: Hex; toBlock: Hex; address: Address; topics: [Hex[], Hex] };
		expect(filter.address).toBe(SESSION_KEY_PLUGIN);
		const [from, to] = [Number(filter.fromBlock), Number(filter.toBlock)];
		ranges.push([from, to]);
		const error = refuse?.(from, to);
		if (error) return { id, error };
		const found = logs
			.map((log, index) => ({ ...log, index }))
			.filter((log) => log.block >= from && log.block <= to && log.topics[1] === filter.topics[1]);
		const result = found.map(({ block, topics, data, index }) => ({
			topics,
			data,
			blockNumber: numberToHex(block),
			transactionHash: padHex(numberToHex(block), { size: 32 }),
			logIndex: numberToHex(index),
		}));
		return { id, result };
	};
	const post = async (_: string, body: unknown) => ({
		status: 200,
		headers: {},
		body: Array.isArray(body) ? body.map(answer) : answer(body as never),
	});
	return { rpc: createRpc({ chainUrl: 'http://chain.example', post, sleep: async () => undefined }), ranges };
}

const NATIVE: PermissionUpdate = { kind: 'nativeLimit', limit: 7n, refreshInterval: 0 };
const ENTRY: PermissionUpdate = { kind: 'contractEntry', contract: C, onList: true, checkSelectors: false };

describe('history', () => {
	it('is read in one request where the provider allows it', async () => {
		const { rpc, ranges } = connect({ newest: 5_000_000, logs: [added(4, A), updated(4, A, [NATIVE])] });
		const history = await readHistory(rpc, ACCOUNT, [A]);
		expect(ranges).toEqual([[0, 5_000_000]]);
		expect(history.gap).toBeUndefined();
		expect(history.events.map(({ kind }) => kind)).toEqual(['added', 'updated']);
	});

	it('learns the range from the refusal, and stops where the key was added', async () => {
		const message =
			'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size';
		const { rpc, ranges } = connect({
			newest: 100_000,
			logs: [added(80_500, A), updated(99_999, A, [ENTRY])],
			refuse: (from, to) => (to - from + 1 > 2000 ? { code: -32602, message } : undefined),
		});
		const history = await readHistory(rpc, ACCOUNT, [A]);
		expect(history.gap).toBeUndefined();
		expect(history.events).toHaveLength(2);
		expect(ranges.slice(1).every(([from, to]) => to - from + 1 <= 2000)).toBe(true);
		expect(Math.min(...ranges.slice(1).map(([from]) => from))).toBeGreaterThan(60_000);
	});

	it('halves where the refusal names no range', async () => {
		const { rpc } = connect({
			newest: 1000,
			logs: [added(3, A), added(700, B)],
			refuse: (from, to) => (to - from + 1 > 70 ? { code: -32000, message: 'too much' } : undefined),
		});
		const history = await readHistory(rpc, ACCOUNT, [A, B]);
		expect(history.gap).toBeUndefined();
		expect(history.events.map((event) => event.kind === 'added' && event.key)).toEqual([A, B]);
	});

	it('follows a rotated key back to where its forerunner was added', async () => {
		const { rpc } = connect({
			newest: 1000,
			logs: [added(100, A), rotated(900, A, B)],
			refuse: (from, to) => (to - from + 1 > 50 ? { code: -32000, message: 'block range limit of 50' } : undefined),
		});
		const history = await readHistory(rpc, ACCOUNT, [B]);
		expect(history.gap).toBeUndefined();
		expect(recordsOf(history.events).get(B)?.added?.blockNumber).toBe(100n);
	});

	it.each([
		['at once', undefined],
		['in pieces', (from: number, to: number) => (to - from > 500 ? { code: -32000, message: 'too much' } : undefined)],
	])('is not taken for whole where a key that is there is not told of, read %s', async (_, refuse) => {
		const { rpc } = connect({ newest: 1000, logs: [added(4, A)], refuse });
		const { gap, fromBlock } = await readHistory(rpc, ACCOUNT, [A, B]);
		expect(fromBlock).toBe(0n);
		expect(gap).toContain('do not tell when every key was added');
	});

	it('says plainly when there is no history', async () => {
		const { rpc } = connect({
			newest: 1000,
			logs: [],
			refuse: () => ({ code: -32601, message: 'the method eth_getLogs does not exist' }),
		});
		expect(await readHistory(rpc, ACCOUNT, [A])).toEqual({
			events: [],
			fromBlock: 1001n,
			gap: 'the method eth_getLogs does not exist',
		});
	});

	it('gives up after so many requests, and tells how far it came', async () => {
		const { rpc, ranges } = connect({
			newest: 30_000_000,
			logs: [added(1, A)],
			refuse: (from, to) =>
				to - from + 1 > 10 ? { code: -32600, message: 'up to a 10 block range on the free tier' } : undefined,
		});
		const history = await readHistory(rpc, ACCOUNT, [A]);
		expect(ranges.length).toBeLessThanOrEqual(401);
		expect(history.gap).toContain('10 block range');
		expect(history.fromBlock).toBeGreaterThan(29_990_000n);
	});

	it('stops at history that was thrown away, keeping the newer part', async () => {
		const { rpc } = connect({
			newest: 1000,
			logs: [added(2, A), updated(990, A, [ENTRY])],
			refuse: (from) => (from < 500 ? { code: 4444, message: 'pruned history unavailable' } : undefined),
		});
		const history = await readHistory(rpc, ACCOUNT, [A]);
		expect(history.gap).toBe('pruned history unavailable');
		expect(history.events.map(({ kind }) => kind)).toEqual(['updated']);
	});

	it.each([
		['this block range should work: [0x0, 0x63]', 100],
		['up to a 2K block range and no limit', 2000],
		['exceed maximum block range: 50000', 50_000],
		['block range limit of 10,000 reached', 10_000],
		['query is limited to 500 blocks', 500],
		['range is too large, max is 1k blocks', 1000],
		['query returned more than 10000 results. Try with this block range [0x64, 0xC7].', 100],
		['something else', 500_000],
	])('understands "%s"', (message, size) => {
		expect(smallerSize(1_000_000, new RpcError('eth_getLogs', -32000, message))).toBe(size);
	});
});

describe('records', () => {
	async function recordsFrom(logs: FakeLog[]) {
		const { rpc } = connect({ newest: 100, logs });
		return recordsOf((await readHistory(rpc, ACCOUNT, [])).events);
	}

	it('keep permissions and tag through rotation', async () => {
		const records = await recordsFrom([added(1, A, 'payroll'), updated(1, A, [NATIVE]), rotated(5, A, B)]);
		expect([...records.keys()]).toEqual([B]);
		const record = records.get(B);
		expect(record?.updates).toEqual([NATIVE]);
		expect(showTag(record?.added?.tag as Hex)).toBe('payroll');
		expect(record?.rotated).toMatchObject({ from: A, blockNumber: 5n });
	});

	it('end with removal: added again, a key starts from nothing', async () => {
		const records = await recordsFrom([added(1, A), updated(1, A, [NATIVE]), removed(2, A), added(3, A, 'new')]);
		expect(records.get(A)?.updates).toEqual([]);
		expect(records.get(A)?.added?.blockNumber).toBe(3n);
	});

	it('keep a key that is rotated to itself', async () => {
		const records = await recordsFrom([added(1, A), updated(1, A, [NATIVE]), rotated(2, A, A)]);
		expect(records.get(A)?.updates).toEqual([NATIVE]);
	});
});

describe('tags', () => {
	it('are text of up to 32 bytes', () => {
		expect(showTag(parseTag('Löhne'))).toBe('Löhne');
		expect(showTag(parseTag('x'.repeat(32)))).toBe('x'.repeat(32));
		expect(() => parseTag('ö'.repeat(17))).toThrow('room for 32');
	});

	it('show as they were typed, whatever they end with', () => {
		const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index));
		for (const last of [...printable.filter((letter) => letter !== ' '), 'à', 'Р', '€', '名']) {
			for (const tag of [`Team ${last}`, last]) expect(showTag(parseTag(tag))).toBe(tag);
		}
	});

	it('show as hex where they are no text, and not at all when empty', () => {
		const bytes = `0x${'ff'.repeat(32)}` as Hex;
		expect(showTag(bytes)).toBe(bytes);
		expect(parseTag(bytes)).toBe(bytes);
		expect(showTag(parseTag(''))).toBeUndefined();
	});
});
