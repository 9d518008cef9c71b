import { createMultiOwnerModularAccountClient } from '@alchemy/aa-accounts';
import { LocalAccountSigner } from '@alchemy/aa-core';
import { alchemyGasManagerMiddleware } from '@alchemy/aa-alchemy/middleware/gasManager';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	decodeFunctionResult,
	defineChain,
	encodeFunctionData,
	http,
	multicall3Abi,
	numberToHex,
	parseAbi,
	parseEther,
	toFunctionSelector,
	zeroAddress,
	type Hex,
} from 'viem';
import { startDevnet, userOperationHash } from '../../devnet';
import { MULTICALL3 } from '../../contracts/multicall3';
import { RpcError, rpcClient, post, type RpcResponse } from '../../devnet/rpc';
import {
	balanceOf,
	connect,
	countTrips,
	executeWithSessionKey,
	fundedAccount,
	moveTime,
	signOperation,
	tokenBudget,
	type DevnetClient,
	type SmartAccount,
} from './support/devnet';

const GAS = { callGasLimit: 300_000n, verificationGasLimit: 500_000n, preVerificationGas: 100_000n };
const FEES = { maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(async () => {
	await devnet.faults.clear();
	await devnet.calls.clear();
});

function transferCall({ tokens, accounts }: DevnetClient, value: bigint) {
	const abi = parseAbi(['function transfer(address to, uint256 value)']);
	const data = encodeFunctionData({ abi, args: [accounts[1]!.address, value] });
	return { target: tokens.usd6.address, value: 0n, data };
}

async function payment(account: SmartAccount, value = 1n): Promise<{ json: object; hash: Hex }> {
	const key = account.keys[0]!;
	const operation = await signOperation(devnet, {
		sender: account.address,
		callData: executeWithSessionKey([transferCall(devnet, value)], key.address),
		signerKey: key.privateKey,
		nonceKey: BigInt(Math.floor(Math.random() * 2 ** 48)),
		...GAS,
		...FEES,
	});
	const fields = Object.entries(operation).map(([k, v]) => [k, typeof v === 'bigint' ? numberToHex(v) : v]);
	return { json: Object.fromEntries(fields), hash: userOperationHash(devnet, operation) };
}

async function until<T>(read: () => Promise<T | null | undefined>, milliseconds = 10_000): Promise<T> {
	const deadline = Date.now() + milliseconds;
	for (;;) {
		const value = await read();
		if (value) return value;
		if (Date.now() > deadline) throw new Error('it did not come');
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
}

interface OperationReceipt {
	success: boolean;
	paymaster?: string;
}

it('has Multicall3 where public chains have it', async () => {
	const call = (name: string) => ({
		target: MULTICALL3,
		allowFailure: false,
		callData: toFunctionSelector(`${name}()`),
	});
	const calls = [call('getChainId'), call('getBlockNumber')];
	const data = encodeFunctionData({ abi: multicall3Abi, functionName: 'aggregate3', args: [calls] });
	const reply = await devnet.request<Hex>('eth_call', [{ to: MULTICALL3, data }, 'latest']);
	const answers = decodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', data: reply });
	expect(answers.map(({ success }) => success)).toEqual([true, true]);
	expect(Number(answers[0]!.returnData)).toBe(devnet.chainId);
	expect(Number(answers[1]!.returnData)).toBeGreaterThan(0);
});

describe('one URL', () => {
	it('refuses an unknown API key as Alchemy does', async () => {
		const url = devnet.url.replace(/\/v2\/.*/, '/v2/stranger');
		const reply = await fetch(url, { method: 'POST', body: '{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}' });
		expect(reply.status).toBe(401);
		expect(await reply.json()).toEqual({
			jsonrpc: '2.0',
			id: 7,
			error: { code: -32600, message: 'Must be authenticated!' },
		});
	});

	it('answers a batch for chain, bundler and gas manager in its order', async () => {
		const methods = [
			'eth_blockNumber',
			'eth_supportedEntryPoints',
			'no_suchMethod',
			'rundler_maxPriorityFeePerGas',
			'eth_chainId',
		];
		const batch = methods.map((method, index) => ({ jsonrpc: '2.0', id: `call ${index}`, method, params: [] }));
		const answers = (await post(devnet.url, batch)) as RpcResponse[];
		expect(answers.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
		expect(answers[1]!.result).toEqual([devnet.contracts.EntryPoint]);
		expect(answers[2]!.error).toMatchObject({ code: -32601 });
		expect(Number(answers[3]!.result)).toBeGreaterThan(0);
		expect(Number(answers[4]!.result)).toBe(devnet.chainId);
		const [call] = await devnet.calls.list();
		expect(call).toMatchObject({ methods, batch: true, status: 200 });
	});

	it('keeps calls and faults of API keys apart', async () => {
		const other = devnet.withKey('other');
		await other.faults.set({ kind: 'http', status: 500 });
		await expect(rpcClient(devnet.url)('eth_chainId')).resolves.toBe(numberToHex(devnet.chainId));
		await expect(rpcClient(other.url)('eth_chainId')).rejects.toThrow('HTTP 500');
		await other.faults.clear();
		expect(await devnet.calls.list()).toHaveLength(1);
	});

	it('counts trips that followed one another', async () => {
		const rpc = rpcClient(devnet.url);
		await devnet.faults.set({ kind: 'latency', milliseconds: 30 });
		await Promise.all([rpc('eth_chainId'), rpc('eth_blockNumber'), rpc('eth_gasPrice')]);
		await rpc('eth_chainId');
		const calls = await devnet.calls.list({ params: true });
		expect(calls).toHaveLength(4);
		expect(calls.every(({ start, end }) => end - start >= 29)).toBe(true);
		expect(calls[0]!.params).toEqual([[]]);
		expect(countTrips(calls)).toBe(2);
	});
});

describe('user operations', () => {
	it("go through Alchemy's SDK, paid by the account and by the gas manager", async () => {
		const { contracts, gasManager } = devnet;
		const ownerKey = `0x${'4d'.repeat(31)}${Buffer.from([Math.random() * 255]).toString('hex')}` as Hex;
		const salt = BigInt(Date.now());
		const { address } = await fundedAccount(devnet, { ownerKey, salt, deployed: false });
		const chain = defineChain({
			id: devnet.chainId,
			name: 'Devnet',
			nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
			rpcUrls: { default: { http: [devnet.url] } },
		});
		const common = {
			chain,
			transport: http(devnet.url),
			account: {
				signer: LocalAccountSigner.privateKeyToAccountSigner(ownerKey),
				factoryAddress: contracts.MultiOwnerModularAccountFactory,
				salt,
			},
		};
		const uo = { target: devnet.accounts[0]!.address, data: '0x', value: 1n } as const;
		const client = await createMultiOwnerModularAccountClient(common as never);
		const paid = await client.sendUserOperation({ uo });
		expect(paid.request.sender).toBe(address);
		const receipt = await until(() => client.getUserOperationReceipt(paid.hash));
		expect(receipt.success).toBe(true);

		const policyId = gasManager.policies.sponsoring;
		const middleware = alchemyGasManagerMiddleware(
			client as never,
			{ policyId, paymasterAddress: gasManager.paymaster } as never,
		);
		const sponsored = await createMultiOwnerModularAccountClient({ ...common, ...middleware } as never);
		const before = await devnet.request<Hex>('eth_getBalance', [address, 'latest']);
		const { hash } = await sponsored.sendUserOperation({ uo });
		const outcome = await until(() => rpcClient(devnet.url)<OperationReceipt>('eth_getUserOperationReceipt', [hash]));
		expect(outcome).toMatchObject({ success: true });
		expect(outcome.paymaster?.toLowerCase()).toBe(gasManager.paymaster.toLowerCase());
		expect(BigInt(before) - BigInt(await devnet.request<Hex>('eth_getBalance', [address, 'latest']))).toBe(1n);
	}, 30_000);

	it('of a session key are bundled and move tokens', async () => {
		const account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 10n) }] });
		const { json, hash } = await payment(account, 4n);
		const before = await balanceOf(devnet.request, devnet.tokens.usd6, account.address);
		const rpc = rpcClient(devnet.url);
		await expect(rpc('eth_sendUserOperation', [json, devnet.contracts.EntryPoint])).resolves.toBe(hash);
		const receipt = await until(() => rpc<OperationReceipt>('eth_getUserOperationReceipt', [hash]));
		expect(receipt.success).toBe(true);
		expect(before - (await balanceOf(devnet.request, devnet.tokens.usd6, account.address))).toBe(4n);
	});

	it('included directly tell success, the revert and the refusal apart', async () => {
		const account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 10n) }] });
		await expect(account.asKey([transferCall(devnet, 10n)])).resolves.toMatchObject({ success: true });
		await expect(account.asKey([transferCall(devnet, 1n)])).resolves.toMatchObject({ success: false });
		const eth = { target: zeroAddress, value: 1n, data: '0x' } as const;
		await expect(account.asKey([eth])).rejects.toMatchObject({ index: 0, reason: 'AA23 reverted (or OOG)' });
		expect(BigInt(await devnet.request<Hex>('eth_getBalance', [account.address, 'latest']))).toBe(parseEther('1'));
	});
});

describe('the gas manager', () => {
	async function request(account: SmartAccount, policyId: string, overrides: object = {}) {
		const { json } = await payment(account);
		const { signature, ...userOperation } = json as Record<string, Hex>;
		const params = {
			policyId,
			entryPoint: devnet.contracts.EntryPoint,
			userOperation,
			dummySignature: signature,
			overrides,
		};
		return rpcClient(devnet.url)<Record<string, Hex>>('alchemy_requestGasAndPaymasterAndData', [params]);
	}

	it('refuses an exhausted and an unknown policy in the words of Alchemy', async () => {
		const account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 10n) }] });
		const { exhausted, unknown } = devnet.gasManager.policies;
		await expect(request(account, exhausted)).rejects.toMatchObject({
			code: -32602,
			message: 'Policy max spend global exceeded.',
		});
		await expect(request(account, unknown)).rejects.toThrow(/^Invalid Policy ID/);
	});

	it('honours values and multipliers', async () => {
		const account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 10n) }] });
		const { sponsoring } = devnet.gasManager.policies;
		const plain = await request(account, sponsoring, { maxPriorityFeePerGas: '0x5' });
		const changed = await request(account, sponsoring, {
			callGasLimit: '0x12345',
			verificationGasLimit: { multiplier: 1.5 },
			maxPriorityFeePerGas: '0x5',
		});
		expect(changed).toMatchObject({ callGasLimit: '0x12345', maxPriorityFeePerGas: '0x5' });
		expect(Number(changed.verificationGasLimit) / Number(plain.verificationGasLimit)).toBeCloseTo(1.5, 3);
	});
});

describe('faults', () => {
	const call = (method: string, params: unknown[] = []) => rpcClient(devnet.url)(method, params);

	it('429 tells when to come back, and is spent after its times', async () => {
		await devnet.faults.set({ kind: 'http', status: 429, retryAfter: 2, match: ['eth_chainId'], times: 1 });
		await expect(call('eth_blockNumber')).resolves.toBeDefined();
		const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] });
		const refused = await fetch(devnet.url, { method: 'POST', body });
		expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
		expect(await refused.json()).toMatchObject({ error: { code: 429 } });
		await expect(call('eth_chainId')).resolves.toBeDefined();
		expect(await devnet.faults.list()).toMatchObject([{ kind: 'http', hits: 1 }]);
		expect((await devnet.calls.list()).map(({ status, faults }) => [status, ...faults])).toEqual([
			[200],
			[429, 'http'],
			[200],
		]);
	});

	it('5xx is not JSON, and may come after the work was done', async () => {
		const { accounts } = devnet;
		const to = `0x${Math.random().toString(16).slice(2).padEnd(40, '7').slice(0, 40)}`;
		const send = () => call('eth_sendTransaction', [{ from: accounts[2]!.address, to, value: '0x1' }]);
		await devnet.faults.set(
			{ kind: 'http', status: 503, match: ['eth_sendTransaction'], times: 1 },
			{ kind: 'http', status: 502, match: ['eth_sendTransaction'], times: 1, after: 0, carriedOut: true },
		);
		await expect(send()).rejects.toThrow('HTTP 503: <html>');
		expect(await devnet.request('eth_getBalance', [to, 'latest'])).toBe('0x0');
		await expect(send()).rejects.toThrow('HTTP 502: <html>');
		await until(async () => (await devnet.request('eth_getBalance', [to, 'latest'])) === '0x1');
	});

	it('a JSON-RPC error strikes one call of a batch, by regular expression', async () => {
		await devnet.faults.set({ kind: 'error', code: -32000, message: 'out of order', match: '^eth_get' });
		const batch = ['eth_blockNumber', 'eth_getLogs'].map((method, id) => ({ jsonrpc: '2.0', id, method }));
		const [first, second] = (await post(devnet.url, batch)) as RpcResponse[];
		expect(first!.result).toBeDefined();
		expect(second!.error).toEqual({ code: -32000, message: 'out of order' });
	});

	it('a reply is dropped after the operation was sent, and receipts are withheld', async () => {
		const account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 10n) }] });
		const { json, hash } = await payment(account);
		await devnet.faults.set(
			{ kind: 'drop', match: ['eth_sendUserOperation'], times: 1 },
			{ kind: 'answer', result: null, match: ['eth_getUserOperationReceipt'] },
		);
		await expect(call('eth_sendUserOperation', [json, devnet.contracts.EntryPoint])).rejects.toThrow('fetch failed');
		await until(() => devnet.request('eth_getUserOperationReceipt', [hash]));
		await expect(call('eth_getUserOperationReceipt', [hash])).resolves.toBeNull();
		expect((await devnet.calls.list())[0]).toMatchObject({ status: null, faults: ['drop'] });
	});

	it('strikes by chance, the same way for the same seed', async () => {
		const strikes = async (seed: number) => {
			await devnet.faults.set({ kind: 'http', status: 500, probability: 0.5, seed });
			const outcomes: boolean[] = [];
			for (let i = 0; i < 20; i++)
				outcomes.push(
					await call('eth_chainId').then(
						() => true,
						() => false,
					),
				);
			return outcomes;
		};
		const first = await strikes(7);
		expect(new Set(first).size).toBe(2);
		expect(await strikes(7)).toEqual(first);
		expect(await strikes(8)).not.toEqual(first);
	});

	it('limits the range of logs in the words of Alchemy, and the range it proposes works', async () => {
		await devnet.faults.set({ kind: 'logRange', blocks: 3 });
		const range = (fromBlock: string, toBlock: string) => call('eth_getLogs', [{ fromBlock, toBlock }]);
		const error = await range('0x1', '0x4').catch((thrown: unknown) => thrown as RpcError);
		expect(error).toMatchObject({
			code: -32600,
			message: expect.stringContaining(
				'up to a 3 block range. Based on your parameters, this block range should work: [0x1, 0x3]',
			),
		});
		await expect(range('0x1', '0x3')).resolves.toBeInstanceOf(Array);
		await expect(range('0x1', 'latest')).rejects.toThrow('up to a 3 block range');
		await expect(range('latest', 'latest')).resolves.toBeInstanceOf(Array);
	});

	it('has no archive', async () => {
		await devnet.faults.set({ kind: 'noArchive', blocks: 2 });
		const balance = (block: string) => call('eth_getBalance', [zeroAddress, block]);
		await expect(balance('latest')).resolves.toBeDefined();
		await expect(balance('0x1')).rejects.toThrow(/^missing trie node/);
		await expect(call('eth_call', [{ to: zeroAddress }, '0x1'])).rejects.toThrow(/^missing trie node/);
	});

	it('knows no batches', async () => {
		await devnet.faults.set({ kind: 'noBatch' });
		const one = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] };
		expect(await post(devnet.url, [one, one])).toMatchObject({ error: { code: -32600 } });
		expect(await post(devnet.url, one)).toMatchObject({ result: numberToHex(devnet.chainId) });
	});
});

describe('a devnet of its own', () => {
	it('moves its clock, and does not meet the one of this run', async () => {
		const own = await startDevnet({ chainId: 84532, apiKey: 'secret' });
		try {
			expect(own.url).toMatch(/\/v2\/secret$/);
			const permissions = tokenBudget(own.tokens.usd6, 5n, 3600);
			const account = await fundedAccount(own, { keys: [{ permissions }] });
			await expect(account.asKey([transferCall(own, 5n)])).resolves.toMatchObject({ success: true });
			await expect(account.asKey([transferCall(own, 5n)])).resolves.toMatchObject({ success: false });
			await moveTime(own, 3601);
			await expect(account.asKey([transferCall(own, 5n)])).resolves.toMatchObject({ success: true });
		} finally {
			await own.close();
		}
	}, 60_000);

	it('mines by itself when nothing happens, and each transaction at once, where it is asked to', async () => {
		const own = await startDevnet({ idleBlockTime: 2 });
		try {
			const height = async () => Number(await own.request<Hex>('eth_blockNumber'));
			const before = await height();
			const start = Date.now();
			await until(async () => (await height()) >= before + 3);
			const idle = Date.now();
			await own.request('devnet_fund', [zeroAddress]); // three transactions
			expect(Date.now() - idle).toBeLessThan(idle - start);
		} finally {
			await own.close();
		}
	});

	it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
		'leaves nothing behind on %s',
		async (signal) => {
			const folder = await mkdtemp(join(tmpdir(), 'devnet-test-'));
			const tsx = join(__dirname, '../../node_modules/tsx/dist/cli.mjs');
			const start = join(__dirname, '../../devnet/start.ts');
			const child = spawn(
				process.execPath,
				['--import', `file://${join(tsx, '../loader.mjs')}`, start, '--port', '0'],
				{
					env: { ...process.env, TMPDIR: folder },
				},
			);
			let output = '';
			child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
			const url = await until(async () => /http:\S+\/v2\/devnet/.exec(output)?.[0], 40_000);
			const { chainUrl, bundlerUrl } = await rpcClient(url)<{ chainUrl: string; bundlerUrl: string }>('devnet_info');
			await expect(rpcClient(chainUrl)('eth_chainId')).resolves.toBe('0x7a69');
			child.kill(signal);
			await once(child, 'exit');
			for (const gone of [url, chainUrl, bundlerUrl]) {
				await until(() =>
					rpcClient(gone)('eth_chainId').then(
						() => false,
						(error: Error) => error.message === 'fetch failed',
					),
				);
			}
			const left = async () => (await readdir(folder)).filter((name) => name.startsWith('devnet-'));
			await until(async () => (await left()).length === 0);
			await rm(folder, { recursive: true });
		},
		60_000,
	);
});
