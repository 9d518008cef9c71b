import { numberToHex, type Address, type Hex } from 'viem';
import { pay } from '../../core/payment/pay';
import type { Payer, Payment } from '../../core/payment/send/payment';
import { createRpc, type RpcOptions } from '../../core/rpc/rpc';
import { includeOperations, type Devnet, type DevnetClient, type Operation } from '../../devnet';
import { dollars, freshAddress, KINDS, payingAccount, payOptions, post, sleep } from '../support/payer';
import { moveTime, startOwnDevnet } from './support/devnet';
import { dollarsOf } from './support/onChain';

jest.setTimeout(90_000);

const PAID = 1_500_000n;
const YEAR = 365 * 24 * 60 * 60;

/** A chain of one's own, whose clock, blocks and bundler may be held and moved. */
let devnet: Devnet;

beforeAll(async () => {
	devnet = await startOwnDevnet();
}, 30_000);

afterAll(() => devnet.close());

afterEach(async () => {
	jest.restoreAllMocks();
	await devnet.faults.clear();
	await bundling('auto');
});

const bundling = (mode: 'auto' | 'manual') => devnet.request('debug_bundler_setBundlingMode', [mode]);
const bundleNow = () => devnet.request('debug_bundler_sendBundleNow');
const blockNumber = async () => BigInt(await devnet.request<Hex>('eth_blockNumber'));
const mine = (blocks: number) => devnet.request('anvil_mine', [numberToHex(blocks)]);

async function until(isSo: () => Promise<boolean>): Promise<void> {
	while (!(await isSo())) await sleep(20);
}

/** The network asks for twice as much from the next block on. */
async function raiseBaseFee(): Promise<void> {
	const { baseFeePerGas } = await devnet.request<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', ['latest', false]);
	await devnet.request('anvil_setNextBlockBaseFeePerGas', [numberToHex(2n * BigInt(baseFeePerGas))]);
	await mine(1);
}

/** The same payer for whom a second passes in some hundredths of one. */
function hurried(payer: Payer, bundlers: Partial<RpcOptions> = {}): Payer {
	const now = Date.now.bind(Date);
	let ahead = 0;
	jest.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
	const hurriedSleep = async (milliseconds: number) => {
		ahead += milliseconds;
		await sleep(20);
	};
	return { ...payer, rpc: createRpc({ chainUrl: devnet.url, post, sleep: hurriedSleep, ...bundlers }) };
}

/** An operation as it was sent. */
type Sent = Record<keyof Operation, Hex>;

function fromRpc(sent: Sent): Operation {
	const number = ([name, value]: [string, Hex]) => [name, isNumber(name) ? BigInt(value) : value] as const;
	return Object.fromEntries(Object.entries(sent).map(number)) as unknown as Operation;
}

function isNumber(name: string): boolean {
	return /nonce|gas/i.test(name);
}

/** Every operation that was handed in since the log was cleared, without repetitions. */
async function operationsSent(by: DevnetClient = devnet): Promise<Sent[]> {
	const calls = await by.calls.list({ params: true });
	const sent = calls.flatMap(({ methods, params }) =>
		methods.flatMap((method, index) =>
			method === 'eth_sendUserOperation' ? [JSON.stringify((params as unknown[][])[index]![0])] : [],
		),
	);
	return [...new Set(sent)].map((one) => JSON.parse(one) as Sent);
}

/** Whether the block that a payment says it is in is part of the chain. */
async function stands({ included }: Payment): Promise<boolean> {
	const receipt = await devnet.request<{ blockHash: Hex } | null>('eth_getTransactionReceipt', [
		included!.transactionHash,
	]);
	return receipt?.blockHash === included!.blockHash;
}

describe.each(KINDS)('a payment by a key with %s', (kind) => {
	let payer: Payer;
	let to: Address;

	beforeEach(async () => {
		({ payer } = await payingAccount(devnet, { kind }));
		to = freshAddress();
		await devnet.calls.clear();
	});

	const payIt = (by: Payer, more: object = {}) => pay(by, dollars(devnet, to), payOptions('waiting', more));

	it('that no block takes is pending; running it again sends nothing else, and finds it once a block has it', async () => {
		await bundling('manual');
		const first = await payIt(payer, { timeLimit: 500 });
		expect(first).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
		expect(await payIt(payer, { timeLimit: 500 })).toMatchObject({ status: 'notSent' });
		expect(new Set((await operationsSent()).map(({ nonce }) => nonce)).size).toBe(1);
		expect(await dollarsOf(devnet, to)).toBe(0n);
		await bundleNow();
		await until(async () => (await dollarsOf(devnet, to)) > 0n);
		expect(await payIt(payer)).toMatchObject({ status: 'alreadyPaid', userOperationHash: first.userOperationHash });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('that the network has outbid is replaced under the same nonce with both fees 10 % up, and pays once', async () => {
		await bundling('manual');
		const payment = payIt(hurried(payer), { timeLimit: 600_000 });
		await until(async () => (await operationsSent()).length > 0);
		await raiseBaseFee();
		await until(async () => (await operationsSent()).length > 1);
		await bundling('auto');
		expect(await payment).toMatchObject({ status: 'paid' });
		const [stuck, ...replacements] = await operationsSent();
		for (const replacement of replacements) {
			expect(replacement).toMatchObject({ nonce: stuck!.nonce, callData: stuck!.callData });
			for (const fee of ['maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
				expect(BigInt(replacement[fee]) * 10n).toBeGreaterThanOrEqual(BigInt(stuck![fee]) * 11n);
			}
		}
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		expect(await payIt(payer)).toMatchObject({ status: 'alreadyPaid' });
	});

	it('that the network has outbid is replaced at the second bundler too, when the first took it and went out', async () => {
		await bundling('manual');
		const [first, second] = [devnet.withKey(`first-${kind}`), devnet.withKey(`second-${kind}`)];
		await first.faults.set({ kind: 'drop', match: ['eth_sendUserOperation'], times: 1 }, { kind: 'http', status: 503 });
		const bundlers = { bundlerUrl: first.url, secondBundlerUrl: second.url };
		const byNow = await feesNow();
		const payment = payIt(hurried(payer, bundlers), { timeLimit: 600_000 });
		await until(async () => (await operationsSent(second)).length > 0);
		await raiseBaseFee();
		await until(async () => (await operationsSent(second)).length > 1);
		await bundling('auto');
		expect(await payment).toMatchObject({ status: 'paid' });
		const all = [...(await operationsSent(first)), ...(await operationsSent(second))];
		// What either was ever given is one payment: one nonce, the same calls.
		expect(new Set(all.map(({ nonce, callData }) => nonce + callData)).size).toBe(1);
		expect(all.some(({ maxFeePerGas }) => BigInt(maxFeePerGas) > byNow.maxFeePerGas)).toBe(true);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('that waits for long is not signed again while the network asks for no more: its cost stays what it was', async () => {
		await bundling('manual');
		const pending = await payIt(hurried(payer), { timeLimit: 600_000 });
		const sent = await operationsSent();
		expect(sent).toHaveLength(1);
		expect(pending).toMatchObject({ status: 'pending', userOperationHash: expect.any(String) });
	});

	it('that the network outbids ever more is replaced within four times its first fee', async () => {
		await bundling('manual');
		const payment = payIt(hurried(payer), { timeLimit: 300_000 });
		await until(async () => (await operationsSent()).length > 0);
		for (let times = 0; times < 6; times++) {
			await raiseBaseFee();
			await sleep(1_000);
		}
		await payment;
		const [first, ...others] = await operationsSent();
		expect(others.length).toBeGreaterThan(0);
		for (const { maxFeePerGas } of others) {
			expect(BigInt(maxFeePerGas)).toBeLessThanOrEqual(4n * BigInt(first!.maxFeePerGas));
		}
	});

	it('that is stuck is not replaced above the highest fee', async () => {
		await bundling('manual');
		const { maxFeePerGas } = await feesNow();
		const payment = payIt(hurried(payer), { timeLimit: 120_000, feeCap: maxFeePerGas });
		await until(async () => (await operationsSent()).length > 0);
		await raiseBaseFee();
		expect((await payment).status).toBe('pending');
		expect(await operationsSent()).toHaveLength(1);
	});

	it.each([
		['with receipts', []],
		['without receipts', [{ kind: 'answer', result: null, match: ['eth_getUserOperationReceipt'] }]],
	] as const)('counts as made when as many blocks stand as were asked for, %s', async (_, faults) => {
		await devnet.faults.set(...faults.map((fault) => ({ ...fault, match: [...fault.match] })));
		const payment = payIt(payer, { confirmations: 3 }).then(async (made) => ({ made, newest: await blockNumber() }));
		await until(async () => (await dollarsOf(devnet, to)) > 0n);
		for (let mined = 0; mined < 4; mined++) {
			await sleep(600);
			await mine(1);
		}
		const { made, newest } = await payment;
		expect(made.status).toBe('paid');
		expect(newest - made.included!.blockNumber).toBeGreaterThanOrEqual(2n);
	});

	it('is not made again a year later, from a fresh n8n', async () => {
		const made = await payIt(payer);
		const snapshot = await devnet.request('evm_snapshot');
		await moveTime(devnet, YEAR);
		await mine(1000);
		await devnet.calls.clear();
		expect(await payIt(payer)).toMatchObject({
			status: 'alreadyPaid',
			userOperationHash: made.userOperationHash,
			time: made.time,
		});
		expect(await operationsSent()).toEqual([]);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		await devnet.request('evm_revert', [snapshot]);
	});

	async function feesNow(): Promise<{ maxFeePerGas: bigint }> {
		const pending = await payIt(payer, { timeLimit: 300 });
		expect(pending.status).toBe('pending');
		const [sent] = await operationsSent();
		await devnet.request('debug_bundler_clearState');
		await devnet.calls.clear();
		return { maxFeePerGas: BigInt(sent!.maxFeePerGas) };
	}
});

describe.each(KINDS)('a payment by a key with %s, whose block is reorganised away,', (kind) => {
	let payer: Payer;
	let to: Address;
	let payment: Promise<Payment>;

	// The bundler doesn't get over a reorganisation: each test has a devnet of its own.
	beforeEach(async () => {
		await devnet.close();
		devnet = await startOwnDevnet();
		({ payer } = await payingAccount(devnet, { kind }));
		to = freshAddress();
	}, 30_000);

	/** Pays, and goes back to before the payment was in a block. */
	async function payAndReorganise(by: Payer, timeLimit: number): Promise<void> {
		const snapshot = await devnet.request('evm_snapshot');
		payment = pay(by, dollars(devnet, to), payOptions('reorganised', { confirmations: 4, timeLimit }));
		await until(async () => (await dollarsOf(devnet, to)) > 0n);
		await mine(2);
		await bundling('manual');
		await devnet.request('evm_revert', [snapshot]);
		expect(await dollarsOf(devnet, to)).toBe(0n);
		await mine(3);
	}

	async function includeWhatWasSent(): Promise<void> {
		const [sent] = await operationsSent();
		await includeOperations(devnet, [fromRpc(sent!)]);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		await mine(4);
	}

	it('counts as made in the block that has it afterwards', async () => {
		await payAndReorganise(payer, 60_000);
		await includeWhatWasSent();
		const made = await payment;
		expect(made.status).toBe('paid');
		expect(await stands(made)).toBe(true);
	});

	it('is pending while no block has it; nothing is sent under another nonce, and it is found later', async () => {
		await payAndReorganise(hurried(payer), 45_000);
		expect(await payment).toMatchObject({ status: 'pending' });
		expect(new Set((await operationsSent()).map(({ nonce }) => nonce)).size).toBe(1);
		expect(await dollarsOf(devnet, to)).toBe(0n);
		await includeWhatWasSent();
		const again = await pay(payer, dollars(devnet, to), payOptions('reorganised'));
		expect(again).toMatchObject({ status: 'alreadyPaid' });
		expect(await stands(again)).toBe(true);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});
});
