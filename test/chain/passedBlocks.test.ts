import { numberToHex, type Hex } from 'viem';
import { startDevnet, type Devnet } from '../../devnet';
import { post, rpcClient, type RpcResponse } from '../../devnet/rpc';
import { tokenTransfer } from '../../core/calls';
import {
	balanceOf,
	executeWithSessionKey,
	fundedAccount,
	signOperation,
	tokenBudget,
	type SmartAccount,
} from './support/devnet';

const YEAR = 365 * 86_400;
const BLOCKS = YEAR / 2;
const READER = '0x00000000000000000000000000000000000000aa';
/** Code that answers with block.number. */
const NUMBER_READER = { [READER]: { code: '0x4360005260206000f3' } };

interface Block {
	number: Hex;
	hash: Hex;
	parentHash: Hex;
	timestamp: Hex;
	transactions: unknown[];
}

let devnet: Devnet;
let account: SmartAccount;
/** The block of a payment of 3, the last before a year in which nothing happens. */
let paidAt: number;
let newest: number;

const rpc = <T>(method: string, params: unknown[] = []) => rpcClient(devnet.url)<T>(method, params);
const blockAt = (height: number) => rpc<Block>('eth_getBlockByNumber', [numberToHex(height), false]);
const recipient = '0x0000000000000000000000000000000000c0ffee';
const payment = (value: bigint) => tokenTransfer(devnet.tokens.usd6.address, recipient, value);

beforeAll(async () => {
	devnet = await startDevnet({ age: YEAR, plan: 'payg' });
	account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 10n) }] });
	paidAt = Number((await account.asKey([payment(3n)])).blockNumber);
	newest = await devnet.passBlocks(BLOCKS);
});

afterAll(() => devnet.close());

it('a year passes at once, for contracts as for callers, and ends now', async () => {
	expect(newest).toBe(paidAt + BLOCKS);
	expect(Number(await rpc('eth_blockNumber'))).toBe(newest);
	expect(Number(await rpc('eth_call', [{ to: READER }, 'latest', NUMBER_READER]))).toBe(newest);
	const { timestamp } = await blockAt(newest);
	expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
	expect(Number(timestamp) - Number((await blockAt(paidAt)).timestamp)).toBeGreaterThanOrEqual(YEAR - 2);
});

it('its blocks follow one another, and hold nothing', async () => {
	for (const heights of [
		[paidAt, paidAt + 1, paidAt + 2, paidAt + 3],
		[newest - 2, newest - 1, newest],
	]) {
		const blocks = await Promise.all(heights.map(blockAt));
		expect(blocks.map(({ number }) => Number(number))).toEqual(heights);
		expect(blocks.slice(1).map(({ parentHash }) => parentHash)).toEqual(blocks.slice(0, -1).map(({ hash }) => hash));
		const times = blocks.map(({ timestamp }) => Number(timestamp));
		expect(times).toEqual([...times].sort((a, b) => a - b));
	}
	const middle = await blockAt(paidAt + BLOCKS / 2);
	expect(middle.transactions).toEqual([]);
	expect(await rpc('eth_getBlockByHash', [middle.hash, false])).toEqual(middle);
	expect(await rpc('eth_getBlockByNumber', [numberToHex(newest + 1), false])).toBeNull();
});

it('their state is that of the last block before, also in a batch', async () => {
	const heights = [paidAt - 1, paidAt, paidAt + 1, paidAt + 2, paidAt + BLOCKS / 2, newest - 1, newest];
	const data = `0x70a08231${recipient.slice(2).padStart(64, '0')}`;
	const calls = heights.map((height, id) => ({
		jsonrpc: '2.0',
		id,
		method: 'eth_call',
		params: [{ to: devnet.tokens.usd6.address, data }, numberToHex(height)],
	}));
	const answers = (await post(devnet.url, calls)) as RpcResponse[];
	expect(answers.map(({ result }) => Number(result))).toEqual([0, 3, 3, 3, 3, 3, 3]);
});

it('logs are found over the whole year, and where they are', async () => {
	const ranges = [
		[0, newest],
		[paidAt, paidAt + 9],
		[paidAt + 1, newest],
	];
	const counts = ranges.map(async ([fromBlock, toBlock]) => {
		const filter = { fromBlock: numberToHex(fromBlock!), toBlock: numberToHex(toBlock!) };
		return (await rpc<unknown[]>('eth_getLogs', [{ ...filter, address: devnet.contracts.EntryPoint }])).length;
	});
	const [all, near, since] = await Promise.all(counts);
	expect(near).toBeGreaterThan(0);
	expect(all).toBeGreaterThan(near!);
	expect(since).toBe(0);
});

it('the bundler goes on afterwards, and more time may pass', async () => {
	const [key] = account.keys;
	const operation = await signOperation(devnet, {
		sender: account.address,
		callData: executeWithSessionKey([payment(2n)], key!.address),
		signerKey: key!.privateKey,
		nonceKey: 7n,
		callGasLimit: 300_000n,
		verificationGasLimit: 500_000n,
		preVerificationGas: 100_000n,
		maxFeePerGas: 3_000_000_000n,
		maxPriorityFeePerGas: 1_000_000_000n,
	});
	const fields = Object.entries(operation).map(([k, v]) => [k, typeof v === 'bigint' ? numberToHex(v) : v]);
	const hash = await rpc('eth_sendUserOperation', [Object.fromEntries(fields), devnet.contracts.EntryPoint]);
	while (!(await rpc('eth_getUserOperationReceipt', [hash]))) await new Promise((resolve) => setTimeout(resolve, 50));
	expect(await balanceOf(devnet.request, devnet.tokens.usd6, recipient)).toBe(5n);

	const later = await devnet.passBlocks(43_200);
	expect(later).toBeGreaterThan(newest + 43_200);
	await account.asKey([payment(1n)]);
	const held = async (height: number) =>
		Number(
			await rpc('eth_call', [
				{ to: devnet.tokens.usd6.address, data: `0x70a08231${recipient.slice(2).padStart(64, '0')}` },
				numberToHex(height),
			]),
		);
	expect(await Promise.all([paidAt + 5, newest, later - 1, later, later + 1].map(held))).toEqual([3, 3, 5, 5, 6]);
});
