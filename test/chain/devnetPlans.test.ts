import { numberToHex, zeroAddress, type Hex } from 'viem';
import type { Devnet, PlanName } from '../../devnet';
import { post, RpcError, rpcClient, type RpcResponse } from '../../devnet/rpc';
import {
	connect,
	executeWithSessionKey,
	fundedAccount,
	signOperation,
	startOwnDevnet,
	tokenBudget,
	type DevnetClient,
	type SmartAccount,
} from './support/devnet';

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.plan.set('unlimited'));

const call = <T>(method: string, params: unknown[] = []) => rpcClient(devnet.url)<T>(method, params);
const batchOf = (...methods: string[]) =>
	methods.map((method, id) => ({
		jsonrpc: '2.0',
		id,
		method,
		params: method === 'eth_call' ? [{ to: zeroAddress }] : [],
	}));
const logsOf = (fromBlock: number, toBlock: number | 'latest') => [
	{ fromBlock: numberToHex(fromBlock), toBlock: toBlock === 'latest' ? toBlock : numberToHex(toBlock) },
];

async function raw(body: unknown): Promise<{ status: number; retryAfter: string | null; body: RpcResponse }> {
	const reply = await fetch(devnet.url, { method: 'POST', body: JSON.stringify(body) });
	return {
		status: reply.status,
		retryAfter: reply.headers.get('retry-after'),
		body: (await reply.json()) as RpcResponse,
	};
}

describe('logs', () => {
	it.each([
		[
			'alchemy-free',
			10,
			400,
			-32600,
			'Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on your ' +
				'parameters, this block range should work: [0x1, 0xa]. Upgrade to PAYG for expanded block range.',
		],
		['quicknode-free', 5, 413, -32615, expect.stringContaining('eth_getLogs is limited to a 5 range')],
		['no-archive', 10_000, 200, -32602, 'range 10001 exceeds limit of 10000'],
	] as const)('of %s are of at most %i blocks', async (plan, blocks, status, code, message) => {
		await devnet.plan.set(plan);
		await expect(call('eth_getLogs', logsOf(1, blocks))).resolves.toBeInstanceOf(Array);
		const refused = await raw({ jsonrpc: '2.0', id: 7, method: 'eth_getLogs', params: logsOf(1, blocks + 1) });
		expect(refused).toMatchObject({ status, body: { id: 7, error: { code, message } } });
		expect(await devnet.plan.usage()).toMatchObject({ requests: 2, calls: 2, units: 120, refused: { range: 1 } });
	});

	it('of one call in a batch leave the others alone, and one block by its hash is no range', async () => {
		await devnet.plan.set('alchemy-free-quick');
		const { hash: blockHash } = await call<{ hash: Hex }>('eth_getBlockByNumber', ['latest', false]);
		const asked = [logsOf(0, 100), logsOf(1, 2), [{ blockHash }]];
		const batch = asked.map((params, id) => ({ jsonrpc: '2.0', id, method: 'eth_getLogs', params }));
		const answers = (await post(devnet.url, batch)) as RpcResponse[];
		expect(answers.map(({ error, result }) => error?.code ?? Array.isArray(result))).toEqual([-32600, true, true]);
	});

	it.each(['payg', 'unlimited'] as const)('of %s are of any range', async (plan) => {
		await devnet.plan.set(plan);
		await expect(call('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest', address: zeroAddress }])).resolves.toEqual(
			[],
		);
	});
});

describe('throughput', () => {
	it('is counted call by call inside a batch', async () => {
		await devnet.plan.set('alchemy-free-strict');
		// 500 CU: nineteen calls of 26.
		const answers = (await post(devnet.url, batchOf(...Array<string>(25).fill('eth_call')))) as RpcResponse[];
		expect(answers.map(({ error }) => error?.code)).toEqual([
			...Array<undefined>(19).fill(undefined),
			...Array<number>(6).fill(429),
		]);
		expect(await devnet.plan.usage()).toMatchObject({
			requests: 1,
			calls: 25,
			units: 19 * 26,
			refused: { throughput: 6 },
		});

		const refused = await raw({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockReceipts', params: ['latest'] });
		expect(refused).toMatchObject({ status: 429, retryAfter: '1', body: { id: 1, error: { code: 429 } } });
		// What the helper asks is on no plan.
		await expect(devnet.request('eth_getBlockReceipts', ['latest'])).resolves.toBeInstanceOf(Array);
	});

	it('may be saved up for ten seconds', async () => {
		await devnet.plan.set('alchemy-free');
		const answers = (await post(devnet.url, batchOf(...Array<string>(200).fill('eth_call')))) as RpcResponse[];
		expect(answers.filter(({ error }) => !error)).toHaveLength(Math.floor(5000 / 26));
	});

	it('may be one of HTTP requests, whatever is in them', async () => {
		await devnet.plan.set('quicknode-free');
		const replies = await Promise.all(Array.from({ length: 60 }, () => raw(batchOf('eth_call', 'eth_chainId'))));
		const refused = replies.filter(({ status }) => status === 429);
		expect(replies.length - refused.length).toBeGreaterThanOrEqual(15);
		expect(refused[0]?.body).toMatchObject({ id: null, error: { code: -32007 } });
		expect(await devnet.plan.usage()).toMatchObject({ requests: 60, refused: { throughput: 2 * refused.length } });
	});
});

it('a batch holds so many calls, and not every method', async () => {
	await devnet.plan.set('payg');
	const tooLong = await raw(batchOf(...Array<string>(1001).fill('eth_chainId')));
	expect(tooLong).toMatchObject({ status: 400, body: { id: null, error: { code: -32600 } } });
	const answers = (await post(devnet.url, batchOf('eth_chainId', 'alchemy_getAssetTransfers'))) as RpcResponse[];
	expect(answers.map(({ error }) => error?.message)).toEqual([
		undefined,
		'alchemy_getAssetTransfers can not be called in a batch',
	]);
});

it('each API key has a plan and an account of its own; one that does not exist is named', async () => {
	await devnet.plan.set('payg');
	const other = devnet.withKey('other-plan');
	await other.plan.set('alchemy-free-quick');
	await rpcClient(other.url)('eth_sendUserOperation', [{}]).catch(() => undefined);
	expect(await other.plan.usage()).toMatchObject({ calls: 1, units: 1000, methods: { eth_sendUserOperation: 1 } });
	expect(await devnet.plan.usage()).toMatchObject({ calls: 0, units: 0 });
	await expect(devnet.plan.set('alchemy' as PlanName)).rejects.toThrow(
		'no plan alchemy: there are unlimited, alchemy-free',
	);
});

describe('on a chain of its own', () => {
	let own: Devnet;
	let account: SmartAccount;

	beforeAll(async () => {
		own = await startOwnDevnet({ plan: 'no-archive' });
		account = await fundedAccount(own, { keys: [{ permissions: tokenBudget(own.tokens.usd6, 10n) }] });
	});

	afterAll(() => own.close());

	it('state is kept for 128 blocks without an archive, and there is none above the newest', async () => {
		await own.request('anvil_mine', ['0x100']);
		const newest = Number(await own.request<Hex>('eth_blockNumber'));
		const balance = (block: number) => rpcClient(own.url)('eth_getBalance', [zeroAddress, numberToHex(block)]);
		await expect(balance(newest - 128)).resolves.toBeDefined();
		await expect(balance(newest - 129)).rejects.toThrow(/^missing trie node/);
		await expect(balance(newest + 1)).rejects.toThrow('header not found');
		await own.plan.set('payg');
		await expect(balance(newest - 129)).resolves.toBeDefined();
	});

	it('the bundler holds four operations of an account, and a replacement is no fifth', async () => {
		await own.plan.set('alchemy-free-quick');
		const rpc = rpcClient(own.url);
		await own.request('debug_bundler_setBundlingMode', ['manual']);
		const send = async (nonceKey: bigint, fee = 2_000_000_000n) => {
			const operation = await signOperation(own, {
				sender: account.address,
				callData: executeWithSessionKey(
					[{ target: own.tokens.usd6.address, value: 0n, data: `0xa9059cbb${'0'.repeat(126)}01` }],
					account.keys[0]!.address,
				),
				signerKey: account.keys[0]!.privateKey,
				nonceKey,
				callGasLimit: 300_000n,
				verificationGasLimit: 500_000n,
				preVerificationGas: 100_000n,
				maxFeePerGas: fee,
				maxPriorityFeePerGas: fee,
			});
			const fields = Object.entries(operation).map(([k, v]) => [k, typeof v === 'bigint' ? numberToHex(v) : v]);
			return rpc<Hex>('eth_sendUserOperation', [Object.fromEntries(fields), own.contracts.EntryPoint]);
		};
		const sent = await Promise.allSettled([1n, 2n, 3n, 4n, 5n, 6n].map((key) => send(key)));
		const refused = sent.flatMap((one) => (one.status === 'rejected' ? [one.reason as RpcError] : []));
		expect(refused).toHaveLength(2);
		expect(refused[0]).toMatchObject({
			code: -32505,
			message: `Max operations (4) reached for account ${account.address} due to being unstaked`,
		});
		const held = sent.findIndex(({ status }) => status === 'fulfilled');
		await expect(send(BigInt(held + 1), 3_000_000_000n)).resolves.toMatch(/^0x/);
		await expect(send(9n)).rejects.toThrow('Max operations (4)');

		await own.request('debug_bundler_setBundlingMode', ['auto']);
		for (;;) {
			const last = await send(9n).catch((error: RpcError) => error);
			if (typeof last === 'string') break;
			expect(last.message).toMatch(/Max operations/);
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		expect(await own.plan.usage()).toMatchObject({ refused: { pending: expect.any(Number) } });
	});
});
