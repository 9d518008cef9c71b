import { encodeAbiParameters, erc20Abi, getAddress, numberToHex, type Address, type Hex } from 'viem';
import fc from 'fast-check';
import { RpcError } from '../../../core/rpc/errors';
import { contractRead, orElse, read, rpcRead, type Read } from '../../../core/rpc/read';
import type { RpcCall, RpcResult } from '../../../core/rpc/rpc';
import { MULTICALL3 } from '../../../contracts/multicall3';
import { latestBlock } from '../../../core/userOperation/fees';
import { aggregated, isDeployless, viewsIn, type ViewAnswer } from '../../support/multicall';
import { answering, methodsIn, reply, scripted, type Asked, type Endpoint } from './scripted';

const TOKEN: Address = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';
const SILENT = getAddress('0x000000000000000000000000000000000000511e');
const ARB_SYS = '0x0000000000000000000000000000000000000064';
const ETH_BALANCE = '0x4d2301cc';
const uint = (value: bigint) => encodeAbiParameters([{ type: 'uint256' }], [value]);

interface Chain {
	/** How Multicall3 can be reached. */
	multicall?: 'stands' | 'deployless' | 'no way';
	/** Height by ArbSys; left out: nothing stands there. */
	arbitrum?: bigint | 'fails';
}

/** What a chain answers to a single call: token balances are the holder's address, `SILENT` reverts without a word. */
function answerOf({ method, params }: Pick<RpcCall, 'method' | 'params'>, { arbitrum }: Chain): RpcResult {
	if (method === 'eth_chainId') return { result: '0x7a69' };
	if (method === 'eth_getBalance') return { result: numberToHex(BigInt(params[0] as Hex) % 1000n) };
	if (method === 'eth_getBlockByNumber')
		return { result: { number: '0x20', timestamp: '0x65000000', baseFeePerGas: '0x7' } };
	if (method !== 'eth_call') return { result: method };
	const { to, data } = params[0] as { to: Address; data: Hex };
	if (to === SILENT) return { error: new RpcError('eth_call', 3, 'execution reverted', '0x') };
	if (to === ARB_SYS) {
		if (arbitrum === 'fails') return { error: new RpcError('eth_call', -32000, 'invalid opcode', '0x') };
		return { result: arbitrum === undefined ? '0x' : uint(arbitrum) };
	}
	const own: Record<string, bigint> = { '0x42cbb15c': 0x20n, '0x0f28c97d': 0x65000000n, '0x3408e470': 31337n };
	const isOwn = to === MULTICALL3 || [...Object.keys(own), ETH_BALANCE].includes(data.slice(0, 10));
	if (!isOwn) return { result: params[1] === 'latest' ? uint(BigInt(`0x${data.slice(-4)}`)) : uint(1n) };
	return { result: uint(own[data.slice(0, 10)] ?? BigInt(`0x${data.slice(-40)}`) % 1000n) };
}

function chain(given: Chain = {}): Endpoint {
	return answering((call) => {
		const { multicall = 'stands' } = given;
		const views = viewsIn(call);
		if (views && multicall !== (isDeployless(call) ? 'deployless' : 'stands')) return { result: '0x' };
		const answer: ViewAnswer = views ? aggregated(views.map((one) => answerOf(one, given))) : answerOf(call, given);
		return (answer.error ? { error: { code: 3, message: 'execution reverted', data: '0x' } } : answer) as {
			result: unknown;
		};
	}) as Endpoint;
}

const balanceOf = (holder: Address, token = TOKEN, block?: bigint) =>
	contractRead(erc20Abi, token, 'balanceOf', [holder], block);
const chainId = () => rpcRead('eth_chainId', [], Number);
const ether = (of: Address) => rpcRead('eth_getBalance', [of, 'latest'], (wei: Hex) => BigInt(wei));
const callsIn = (requests: readonly { calls: readonly Asked[] }[]) => requests.map(({ calls }) => calls.length);

describe('a read of what contracts can tell', () => {
	test('is one call, of one block', async () => {
		const { rpc, requests } = scripted(chain());
		const answers = await read(rpc, {
			block: latestBlock(),
			id: chainId(),
			wei: ether(TOKEN),
			token: balanceOf(TOKEN),
		});
		expect(answers).toEqual({
			block: { number: 32n, timestamp: 0x65000000 },
			id: 31337,
			wei: BigInt(TOKEN) % 1000n,
			token: 0xcf7en,
		});
		expect(methodsIn(requests)).toEqual([['eth_call']]);
	});

	test('takes what only a node can tell along in the same request', async () => {
		const { rpc, requests } = scripted(chain());
		const code = rpcRead('eth_getCode', [TOKEN, 'latest'], () => 'code');
		const sent = rpcRead('eth_x', [], String);
		expect(await read(rpc, [sent, balanceOf(TOKEN), code, chainId()]).catch(String)).toMatch(/eth_getCode/);
		expect(methodsIn(requests)).toEqual([['eth_call', 'eth_x', 'eth_getCode']]);
	});

	test('is asked for each height by itself, and a single view plainly', async () => {
		const { rpc, requests } = scripted(chain());
		const past = [1n, 1n, 2n].map((block) => balanceOf(TOKEN, TOKEN, block));
		expect(await read(rpc, past)).toEqual([1n, 1n, 1n]);
		const [first, second] = requests[0]?.calls ?? [];
		expect([first, second].map((call) => [(call?.params[0] as { to: Address }).to, call?.params[1]])).toEqual([
			[MULTICALL3, '0x1'],
			[TOKEN, '0x2'],
		]);
	});

	test('keeps a call as it is that names its sender', async () => {
		const { rpc, requests } = scripted(chain());
		const asked = { from: TOKEN, to: TOKEN, data: '0x70a08231' };
		const simulated = rpcRead('eth_call', [asked, 'latest'], (hex: Hex) => hex);
		await read(rpc, [simulated, balanceOf(TOKEN), balanceOf(SILENT)]);
		expect(requests[0]?.calls.map(({ params }) => params[0])).toContainEqual(asked);
	});

	test('answers as if each had been asked for itself', async () => {
		const address = fc.constantFrom<Address>(TOKEN, SILENT, MULTICALL3);
		const one = fc.oneof(
			fc.tuple(address, fc.constantFrom(undefined, 5n)).map(([to, block]) => balanceOf(TOKEN, to, block)),
			address.map(ether),
			fc.constant(chainId()),
			fc.constant(latestBlock()),
			fc.constant(rpcRead('eth_x', [], String)),
		);
		await fc.assert(
			fc.asyncProperty(fc.array(one, { maxLength: 12 }), async (questions) => {
				const shape = questions.map((question) => orElse(question as Read<unknown>, (error) => error.message));
				const together = await read(scripted(chain()).rpc, shape);
				for (const multicall of ['deployless', 'no way'] as const) {
					expect(await read(scripted(chain({ multicall })).rpc, shape)).toEqual(together);
				}
			}),
		);
	});
});

describe('where Multicall3 can not tell', () => {
	const shape = [balanceOf(TOKEN), chainId(), ether(TOKEN), latestBlock()];
	const block = { number: 32n, timestamp: 0x65000000 };

	test('it is brought along where it does not stand, and over this connection from then on', async () => {
		const { rpc, requests } = scripted(chain({ multicall: 'deployless' }));
		for (let reads = 0; reads < 2; reads++) {
			expect(await read(rpc, shape)).toEqual([0xcf7en, 31337, BigInt(TOKEN) % 1000n, block]);
		}
		expect(methodsIn(requests)).toEqual([['eth_call'], ['eth_call'], ['eth_call']]);
	});

	test('brought along it takes fewer views in one call, all in one request: the answer counts as code', async () => {
		const { rpc, requests } = scripted(chain({ multicall: 'deployless' }));
		const many = Array.from({ length: 150 }, () => balanceOf(TOKEN));
		expect(await read(rpc, many)).toEqual(many.map(() => 0xcf7en));
		expect(callsIn(requests)).toEqual([1, 3]);
	});

	test('there is no way: each is asked for itself, and no way is tried again over this connection', async () => {
		const { rpc, requests } = scripted(chain({ multicall: 'no way' }));
		expect(await read(rpc, shape)).toEqual([0xcf7en, 31337, BigInt(TOKEN) % 1000n, block]);
		await read(rpc, shape);
		expect(callsIn(requests)).toEqual([1, 1, 4, 4]);
	});

	test.each([
		['runs out of gas', { code: -32000, message: 'out of gas' }],
		['is refused', { code: -32602, message: 'data too long' }],
		['reverts', { code: 3, message: 'execution reverted', data: '0x' }],
	])('the call %s: each is asked for itself', async (_, error) => {
		const { rpc, requests } = scripted(
			answering((call) => (viewsIn(call) ? { error } : (answerOf(call, {}) as { result: unknown }))) as Endpoint,
		);
		expect(await read(rpc, [balanceOf(TOKEN), chainId()])).toEqual([0xcf7en, 31337]);
		expect(callsIn(requests)).toEqual([1, 1, 2]);
	});

	test('a view that fails without a reason is asked for itself: another may have used up its gas', async () => {
		const starved = answering((call) => {
			const views = viewsIn(call);
			if (!views) return answerOf(call, {}) as { result: unknown };
			return aggregated(views.map(() => ({ error: { data: '0x' } })));
		});
		const { rpc, requests } = scripted(starved);
		expect(await read(rpc, [balanceOf(TOKEN), balanceOf(MULTICALL3)])).toEqual([0xcf7en, 0xca11n]);
		expect(callsIn(requests)).toEqual([1, 2]);
	});

	test('too many requests is no answer to any of them, and no reason to ask more', async () => {
		const { rpc, requests } = scripted(() =>
			reply({ jsonrpc: '2.0', id: 1, error: { code: 429, message: 'too many' } }, 429),
		);
		await expect(read(rpc, [balanceOf(TOKEN), chainId()])).rejects.toThrow(/too many/);
		expect(callsIn(requests).every((count) => count === 1 || count === 2)).toBe(true);
	});
});

describe('the height', () => {
	const heightOn = async (given: Chain) =>
		(await read(scripted(chain(given)).rpc, [latestBlock(), chainId()]))[0].number;

	test('of Arbitrum is its own, not Ethereum’s', async () => {
		expect(await heightOn({ arbitrum: 300_000_000n })).toBe(300_000_000n);
	});

	test('is asked of the node where Arbitrum’s contract fails, as on a fork of it', async () => {
		const { rpc, requests } = scripted(chain({ arbitrum: 'fails' }));
		expect((await read(rpc, [latestBlock(), chainId()]))[0].number).toBe(32n);
		expect(methodsIn(requests)).toEqual([['eth_call'], ['eth_getBlockByNumber']]);
	});
});
