import {
	decodeFunctionData,
	encodeFunctionResult,
	getAddress,
	numberToHex,
	toFunctionSelector,
	type Address,
	type Hex,
} from 'viem';
import { CHANGE_REGISTRY, referenceRegistryAbi } from '../../../../contracts/referenceRegistry';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../../../../core/contracts';
import { parseTag } from '../../../../core/input/tag';
import { hashChange } from '../../../../core/registry/changeRegistry';
import { createRpc, type Rpc, type RpcCall } from '../../../../core/rpc/rpc';
import { recordsOf, toKeyEvents } from '../../../../core/plugin/keyEvents';
import type { PermissionUpdate } from '../../../../core/plugin/permissionUpdates';
import { findKey, gapOf, readKeyIndex } from '../../../../core/sessionKey/read/readKeys';
import { aggregated, viewsIn, type ViewAnswer } from '../../../support/multicall';
import { ACCOUNT, added, removed, rotated, toRpcLog, updated, type FakeLog } from '../keyLogs';

const [A, B, C] = [0xa, 0xb, 0xc].map((n) => getAddress(numberToHex(n, { size: 20 }))) as [Address, Address, Address];
const NATIVE: PermissionUpdate = { kind: 'nativeLimit', limit: 7n, refreshInterval: 0 };
const ENTRY: PermissionUpdate = { kind: 'contractEntry', contract: C, onList: true, checkSelectors: false };

type Refusal = { code: number; message: string } | undefined;

interface Provider {
	newest: number;
	logs: FakeLog[];
	/** The blocks of the changes that are recorded, in order; left out: the registry doesn't stand. */
	recorded?: number[];
	/** What it says to a range that it doesn't serve. */
	refuse?: (from: number, to: number) => Refusal;
	/** Whether it has past state. */
	archive?: boolean;
	/** Keys that are there, and that no log tells of. */
	untold?: Address[];
}

const TEN: Provider['refuse'] = (from, to) =>
	to - from >= 10 ? { code: -32600, message: 'up to a 10 block range on the free tier' } : undefined;
const NO_LOGS: Provider['refuse'] = () => ({ code: -32601, message: 'the method eth_getLogs does not exist' });

const word = (n: number): ViewAnswer => ({ result: numberToHex(n, { size: 32 }) });
/** Height and time, as Multicall3 tells them; nothing stands where Arbitrum tells its own. */
const BLOCK_VIEWS: Record<Hex, ((newest: number) => ViewAnswer) | undefined> = {
	[toFunctionSelector('arbBlockNumber()')]: () => ({ result: '0x' }),
	[toFunctionSelector('getBlockNumber()')]: word,
	[toFunctionSelector('getCurrentBlockTimestamp()')]: (newest) => word(newest * 2),
};

/** A chain with these events, behind a provider: what was asked of it, too. */
function connect({ newest, logs, recorded, refuse, archive = true, untold = [] }: Provider) {
	const ranges: [number, number][] = [];
	let requests = 0;
	const keysAt = (height: number): Address[] => {
		const events = toKeyEvents(logs.filter(({ block }) => block <= height).map(toRpcLog));
		return [...recordsOf(events).keys(), ...untold];
	};
	const call = (asked: Pick<RpcCall, 'method' | 'params'>): ViewAnswer => {
		const views = viewsIn(asked);
		if (views) return aggregated(views.map(call));
		const view = BLOCK_VIEWS[(asked.params[0] as { data: Hex }).data];
		if (view) return view(newest);
		const [{ to, data }, tag] = asked.params as [{ to: Address; data: Hex }, string];
		if (getAddress(to) === SESSION_KEY_PLUGIN) {
			const isPast = tag !== 'latest' && Number(tag) < newest - 128;
			if (isPast && !archive) return { error: { code: -32000, message: 'missing trie node' } };
			const result = keysAt(tag === 'latest' ? newest : Number(tag));
			return { result: encodeFunctionResult({ abi: sessionKeyPluginAbi, functionName: 'sessionKeysOf', result }) };
		}
		expect(getAddress(to)).toBe(CHANGE_REGISTRY);
		if (!recorded) return { result: '0x' };
		const { functionName, args } = decodeFunctionData({ abi: referenceRegistryAbi, data });
		if (functionName === 'headOf') {
			const head = [BigInt(recorded.at(-1) ?? 0), 0n, BigInt(recorded.length)] as const;
			return { result: encodeFunctionResult({ abi: referenceRegistryAbi, functionName: 'headOf', result: head }) };
		}
		const n = recorded.findIndex((_, index) => hashChange(index + 1) === args[1]);
		const block = BigInt(recorded[n] ?? 0);
		const result = [block, block * 2n, 0n, BigInt(n + 1)] as const;
		return { result: encodeFunctionResult({ abi: referenceRegistryAbi, functionName: 'recordOf', result }) };
	};
	const answer = ({ id, method, params }: { id: number; method: string; params: unknown[] }): unknown => {
		if (method === 'eth_call') return { id, ...call({ method, params }) };
		expect(method).toBe('eth_getLogs');
		const filter = params[0] as { fromBlock: Hex; toBlock: Hex; address: Address };
		expect(filter.address).toBe(SESSION_KEY_PLUGIN);
		const [from, to] = [Number(filter.fromBlock), Number(filter.toBlock)];
		ranges.push([from, to]);
		const error = refuse?.(from, to);
		if (error) return { id, error };
		return {
			id,
			result: logs.map(toRpcLog).filter((log) => Number(log.blockNumber) >= from && Number(log.blockNumber) <= to),
		};
	};
	const post = async (_: string, body: unknown) => {
		requests++;
		const answered = Array.isArray(body) ? body.map(answer) : answer(body as never);
		return { status: 200, headers: {}, body: answered };
	};
	const rpc: Rpc = createRpc({ chainUrl: 'http://chain.example', post, sleep: async () => undefined });
	return { rpc, ranges, requests: () => requests };
}

const tagged = (index: Awaited<ReturnType<typeof readKeyIndex>>, key: Address) => index.records.get(key)?.added?.tag;

describe('the whole chain at once', () => {
	it('is one request where the provider allows it, and tells everything', async () => {
		const logs = [added(4, A), updated(4, A, [NATIVE]), added(9, B)];
		const { rpc, ranges, requests } = connect({ newest: 5_000_000, logs, recorded: [4, 9] });
		const index = await readKeyIndex(rpc, ACCOUNT);
		expect(ranges).toEqual([[0, 5_000_000]]);
		expect(requests()).toBe(2);
		expect(index.gap).toBeUndefined();
		expect(index.keys.map((key) => [index.whole.has(key), gapOf(index, key)])).toEqual([
			[true, undefined],
			[true, undefined],
		]);
		expect(index.records.get(A)?.updates).toEqual([NATIVE]);
	});

	it('is not asked for where there is no key, nor for a key that is none', async () => {
		const { rpc, ranges } = connect({ newest: 1000, logs: [added(4, A), removed(9, A)] });
		expect(await readKeyIndex(rpc, ACCOUNT)).toMatchObject({ keys: [], gap: undefined });
		const other = connect({ newest: 1000, logs: [added(4, A)] });
		const index = await readKeyIndex(other.rpc, ACCOUNT, [B]);
		expect(index).toMatchObject({ keys: [A], gap: undefined });
		expect(gapOf(index, B)).toBeUndefined();
		expect([...ranges, ...other.ranges]).toEqual([]);
	});

	it('is not believed where a key that is there is not told of', async () => {
		const { rpc } = connect({ newest: 1000, logs: [added(4, A)], untold: [B], archive: false });
		const index = await readKeyIndex(rpc, ACCOUNT);
		expect(gapOf(index, A)).toBeUndefined();
		expect(gapOf(index, B)).toContain('do not tell when every key was added');
	});

	it('is refused once for a connection, however often keys are read', async () => {
		const { rpc, ranges } = connect({ newest: 1_000_000, logs: [added(9, A)], recorded: [9], refuse: TEN });
		await readKeyIndex(rpc, ACCOUNT);
		await readKeyIndex(rpc, ACCOUNT);
		expect(ranges.filter(([from, to]) => to - from >= 10)).toHaveLength(1);
	});
});

describe('with ten blocks of logs at a time', () => {
	it('a key with twenty recorded changes takes a handful of requests, and its update by others is told to be missing', async () => {
		const blocks = Array.from({ length: 20 }, (_, index) => 1_000 + index * 50_000);
		const logs = [added(1_000, A), ...blocks.slice(1).map((block) => updated(block, A, [NATIVE]))];
		const { rpc, ranges, requests } = connect({ newest: 30_000_000, logs, recorded: blocks, refuse: TEN });
		const index = await readKeyIndex(rpc, ACCOUNT);
		expect(requests()).toBe(5);
		expect(ranges).toHaveLength(22);
		expect(index.records.get(A)?.updates).toHaveLength(19);
		expect(index.times.get(1_000n)).toBe(2_000);
		expect(gapOf(index, A)).toContain('What other software set besides is not');
		expect(gapOf(index, A)).toContain('up to a 10 block range');
	});

	it('blocks near each other are asked for together', async () => {
		const logs = [added(100, A), updated(104, A, [NATIVE]), updated(109, A, [ENTRY]), updated(110, A, [NATIVE])];
		const { rpc, ranges } = connect({ newest: 30_000_000, logs, recorded: [100, 104, 109, 110], refuse: TEN });
		const index = await readKeyIndex(rpc, ACCOUNT);
		expect(index.records.get(A)?.updates).toEqual([NATIVE, ENTRY, NATIVE]);
		expect(ranges.slice(2)).toEqual([
			[100, 109],
			[110, 110],
		]);
	});

	it('a key that was added within the newest blocks is told in full', async () => {
		const logs = [added(100, A), added(992, B), updated(999, B, [ENTRY])];
		const { rpc } = connect({ newest: 1000, logs, recorded: [100], refuse: TEN });
		const index = await readKeyIndex(rpc, ACCOUNT);
		expect(gapOf(index, B)).toBeUndefined();
		expect(gapOf(index, A)).toBeDefined();
		expect(index.records.get(B)?.updates).toEqual([ENTRY]);
		const only = connect({ newest: 1000, logs, recorded: [100], refuse: TEN });
		await readKeyIndex(only.rpc, ACCOUNT, [B]);
		expect(only.requests()).toBe(3);
	});

	it('a rotated key is followed back to where its forerunner was added', async () => {
		const logs = [added(100, A, 'payroll'), updated(100, A, [NATIVE]), rotated(900, A, B)];
		const { rpc } = connect({ newest: 30_000_000, logs, recorded: [100, 900], refuse: TEN });
		const { records } = await readKeyIndex(rpc, ACCOUNT);
		expect(records.get(B)).toMatchObject({ added: { blockNumber: 100n }, rotated: { from: A }, updates: [NATIVE] });
	});

	it('only as many records are read as the keys that are there need', async () => {
		const blocks = Array.from({ length: 120 }, (_, index) => 1_000 + index * 1_000);
		const logs = [added(1_000, A), added(119_000, B)];
		const young = connect({ newest: 30_000_000, logs, recorded: blocks, refuse: TEN });
		await readKeyIndex(young.rpc, ACCOUNT, [B]);
		expect(young.ranges).toHaveLength(2 + 50);
		const old = connect({ newest: 30_000_000, logs, recorded: blocks, refuse: TEN });
		const index = await readKeyIndex(old.rpc, ACCOUNT);
		expect(index.records.get(A)?.added).toMatchObject({ blockNumber: 1_000n });
		expect(old.ranges).toHaveLength(2 + 120);
	});

	it('a key that other software added is found in past state, with its tag and first permissions', async () => {
		const logs = [added(12_345, A, 'theirs'), updated(12_345, A, [ENTRY]), updated(20_000_000, A, [NATIVE])];
		const { rpc, requests } = connect({ newest: 30_000_000, logs, refuse: TEN });
		const index = await readKeyIndex(rpc, ACCOUNT);
		expect(index.records.get(A)).toMatchObject({ added: { blockNumber: 12_345n }, updates: [ENTRY] });
		expect(gapOf(index, A)).toContain('What other software set besides is not');
		expect(requests()).toBeLessThanOrEqual(12);
	});

	it('a key of other software that was removed and added again is told as it was added last', async () => {
		const logs = [added(100, A, 'old'), removed(20_000_000, A), added(29_000_000, A, 'new')];
		const { rpc } = connect({ newest: 30_000_000, logs, refuse: TEN });
		const { records } = await readKeyIndex(rpc, ACCOUNT);
		expect(records.get(A)?.added).toMatchObject({ blockNumber: 29_000_000n, tag: parseTag('new') });
	});

	it('without past state it is simply not known, and nothing fails', async () => {
		const logs = [added(100, A, 'ours'), added(12_345, B, 'theirs')];
		const { rpc } = connect({ newest: 30_000_000, logs, recorded: [100], refuse: TEN, archive: false });
		const index = await readKeyIndex(rpc, ACCOUNT);
		expect(tagged(index, A)).toBeDefined();
		expect(tagged(index, B)).toBeUndefined();
		expect(gapOf(index, B)).toContain('Only what concerns the tokens that are known on this network is known');
	});

	it('a tag is taken for one key only where the tags of all are known', async () => {
		const logs = [added(100, A, 'payroll'), added(12_345, B, 'payroll')];
		const where = { newest: 30_000_000, logs, recorded: [100], refuse: TEN };
		const index = await readKeyIndex(connect({ ...where, archive: false }).rpc, ACCOUNT);
		expect(() => findKey(index, 'payroll')).toThrow(/may be that of another key as well/);
		expect(findKey(index, A)).toBe(A);
		const known = await readKeyIndex(connect(where).rpc, ACCOUNT);
		expect(() => findKey(known, 'payroll')).toThrow('2 session keys have the tag "payroll"');
	});
});

it.each([
	['and no registry', undefined],
	['and records', [100]],
])('a provider without any logs %s tells no story, which is no fault', async (_, recorded) => {
	const { rpc } = connect({ newest: 30_000_000, logs: [added(100, A)], recorded, refuse: NO_LOGS });
	const index = await readKeyIndex(rpc, ACCOUNT);
	expect(index.records.size).toBe(0);
	expect(gapOf(index, A)).toContain('the method eth_getLogs does not exist');
});

it('a range that a refusal does not name leaves single blocks', async () => {
	const refuse: Provider['refuse'] = (from, to) => (to > from ? { code: -32000, message: 'too much' } : undefined);
	const logs = [added(100, A), updated(101, A, [NATIVE])];
	const { rpc } = connect({ newest: 30_000_000, logs, recorded: [100, 101], refuse });
	const { records } = await readKeyIndex(rpc, ACCOUNT);
	expect(records.get(A)?.updates).toEqual([NATIVE]);
});
