import type { Address } from 'viem';
import { pay } from '../../core/payment/pay';
import type { Payer, Payment } from '../../core/payment/send/payment';
import { createRpc, type Post } from '../../core/rpc/rpc';
import type { FaultRule } from '../../devnet';
import {
	dollars,
	freshAddress,
	KINDS,
	payerWith,
	payingAccount,
	payOptions,
	post,
	sleep,
	type Kind,
} from '../support/payer';
import { connect, type DevnetClient } from './support/devnet';
import { dollarsOf } from './support/onChain';

jest.setTimeout(60_000);

const PAID = 1_500_000n;

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

/** What came of one run: its status, or the name of what was thrown. */
async function tryToPay(payer: Payer, to: Address, reference: string, timeLimit = 20_000): Promise<Payment | Error> {
	return pay(payer, dollars(devnet, to), payOptions(reference, { timeLimit })).catch(
		(error: unknown) => error as Error,
	);
}

/** Pays under faults, then again without: what the first run said, with exactly one payment on the chain afterwards. */
async function payUnder(kind: Kind, ...faults: FaultRule[]): Promise<Payment | Error> {
	const { payer } = await payingAccount(devnet, { kind });
	const to = freshAddress();
	await devnet.faults.set(...faults);
	await devnet.calls.clear();
	const first = await tryToPay(payer, to, 'under-faults');
	const paidAtOnce = await dollarsOf(devnet, to);
	if (!(first instanceof Error) && first.status !== 'pending') expect(paidAtOnce).toBe(PAID);
	await devnet.faults.clear();
	const second = await tryToPay(payer, to, 'under-faults');
	expect(second).toMatchObject({ status: paidAtOnce === PAID ? 'alreadyPaid' : expect.stringMatching(/paid/i) });
	if (!(first instanceof Error) && first.userOperationHash && paidAtOnce === PAID) {
		expect(second).toMatchObject({ userOperationHash: first.userOperationHash });
	}
	expect(await dollarsOf(devnet, to)).toBe(PAID);
	return first;
}

/** How often a method was asked for since the faults were set. */
async function timesAsked(method: string): Promise<number> {
	return (await devnet.calls.list()).flatMap(({ methods }) => methods).filter((one) => one === method).length;
}

/** One method of each request that is made before sending and after it. */
const REQUESTS = ['eth_chainId', 'eth_estimateUserOperationGas', 'eth_getUserOperationReceipt'];

const PASSING: [string, object][] = [
	['429', { kind: 'http', status: 429 }],
	['503', { kind: 'http', status: 503 }],
	['a dropped reply', { kind: 'drop' }],
];

/** Everything that is read, most of it in one batch. */
const READS = [
	...REQUESTS,
	'eth_call',
	'eth_getBlockByNumber',
	'eth_getLogs',
	'eth_getBalance',
	'eth_getCode',
	'eth_blockNumber',
	'eth_getTransactionByHash',
];

const SEND = ['eth_sendUserOperation'];

describe.each(REQUESTS)('when %s meets', (method) => {
	it.each(PASSING)('%s twice: it pays once', async (_, fault) => {
		const rule = { ...(fault as FaultRule), match: [method], times: 2 };
		expect(await payUnder('free lanes', rule)).toMatchObject({ status: 'paid' });
	});
});

it.each(READS)('"too many requests" in the answer to %s alone, twice: it pays once', async (method) => {
	const busy = { kind: 'error', code: 429, message: 'exceeded its compute units' } as const;
	expect(await payUnder('gas limit', { ...busy, match: [method], times: 2 })).toMatchObject({ status: 'paid' });
});

describe.each(KINDS)('a key with %s', (kind) => {
	describe('when sending meets', () => {
		it.each([
			['a reply dropped after it was carried out', { kind: 'drop', match: SEND }],
			['a reply dropped before', { kind: 'drop', match: SEND, carriedOut: false, times: 1 }],
			['502 after it was carried out', { kind: 'http', status: 502, match: SEND, carriedOut: true }],
			['503 before', { kind: 'http', status: 503, match: SEND, times: 1 }],
			['429 before', { kind: 'http', status: 429, match: SEND, times: 1 }],
			['a page instead of an answer', { kind: 'http', status: 200, body: '<html>', match: SEND, carriedOut: true }],
		] as [string, FaultRule][])('%s: it pays once, sending only what it sent before', async (_, fault) => {
			const first = await payUnder(kind, fault);
			expect(first).toMatchObject({ status: 'paid' });
			const sent = (await devnet.calls.list({ params: true })).flatMap(({ methods, params }) =>
				methods.flatMap((method, index) => (SEND.includes(method) ? [JSON.stringify(params?.[index])] : [])),
			);
			expect(new Set(sent).size).toBe(1);
		});

		it.each([1, 1000])('%d errors that say nothing, after it was carried out: it pays once', async (times) => {
			const fault = { kind: 'error', code: -32603, message: 'Internal error', carriedOut: true, match: SEND } as const;
			expect(await payUnder(kind, { ...fault, times })).toMatchObject({ status: 'paid' });
		});

		it('an error that says nothing, for ever: it may be on its way, and says so with its hash', async () => {
			const fault = { kind: 'error', code: -32603, message: 'Internal error', match: SEND } as const;
			expect(await payUnder(kind, fault)).toMatchObject({ status: 'pending', userOperationHash: expect.any(String) });
		});

		it('somebody else at the nonce until the time is over: this run sent nothing, and says so', async () => {
			const { payer } = await payingAccount(devnet, { kind });
			const to = freshAddress();
			const message = 'UserOperation reverted during simulation with reason: AA25 invalid account nonce';
			const match = ['eth_estimateUserOperationGas'];
			await devnet.faults.set({ kind: 'error', code: -32500, message, match });
			const overtaken = await tryToPay(payer, to, 'overtaken', 1_000);
			expect(overtaken).toMatchObject({ status: 'notSent', reference: 'overtaken' });
			expect(overtaken).not.toHaveProperty('userOperationHash');
			const repeat = await pay(payer, dollars(devnet, to), payOptions(undefined, { timeLimit: 1_000 }));
			expect(repeat).toMatchObject({ status: 'notSent' });
			await devnet.faults.clear();
			expect(await tryToPay(payer, to, 'overtaken')).toMatchObject({ status: 'paid' });
			expect(await dollarsOf(devnet, to)).toBe(PAID);
		});

		it('"already known", after it was carried out: it pays once', async () => {
			const fault = { kind: 'error', code: -32602, message: 'Already known', carriedOut: true, match: SEND } as const;
			expect(await payUnder(kind, fault)).toMatchObject({ status: 'paid' });
		});
	});

	it('finds its payment on the chain when receipts are withheld for ever', async () => {
		const fault = { kind: 'answer', result: null, match: ['eth_getUserOperationReceipt'] } as const;
		expect(await payUnder(kind, fault)).toMatchObject({ status: 'paid', included: { success: true } });
	});

	it('finds its payment on the chain when the bundler has no receipts', async () => {
		const fault = { kind: 'error', code: -32601, message: 'method not found', match: ['eth_getUserOperationReceipt'] };
		expect(await payUnder(kind, fault as FaultRule)).toMatchObject({ status: 'paid' });
	});

	it('goes by the node’s priority fee when the bundler has no method of its own', async () => {
		const fault = { kind: 'error', code: -32601, message: 'method not found', match: ['rundler_maxPriorityFeePerGas'] };
		expect(await payUnder(kind, fault as FaultRule)).toMatchObject({ status: 'paid' });
	});

	it('pays through an endpoint that takes no batches', async () => {
		expect(await payUnder(kind, { kind: 'noBatch' })).toMatchObject({ status: 'paid' });
	});

	it('says so when the endpoint is out of order, and pays later', async () => {
		expect(await payUnder(kind, { kind: 'http', status: 503 })).toMatchObject({
			name: 'EndpointError',
			fault: 'unavailable',
		});
		expect(await payUnder(kind, { kind: 'http', status: 401, body: '{}' })).toMatchObject({ fault: 'unauthorized' });
	});

	it('says pending when the endpoint goes away after sending, and later that it is paid', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		let isGone = false;
		const goesAway: Post = (url, body, timeout) => {
			if (isGone) return Promise.reject(new Error('gone'));
			isGone = SEND.some((method) => JSON.stringify(body).includes(method));
			return post(url, body, timeout);
		};
		const rpc = createRpc({ chainUrl: devnet.url, post: goesAway, sleep });
		const first = await tryToPay({ ...payer, rpc }, to, 'gone-after-sending', 3_000);
		expect(first).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
		expect(await tryToPay(payer, to, 'gone-after-sending')).toMatchObject({
			status: 'alreadyPaid',
			userOperationHash: (first as Payment).userOperationHash,
		});
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('sees on the chain that it is paid when the bundler gives no receipts', async () => {
		await devnet.faults.set({ kind: 'http', status: 503, match: ['eth_getUserOperationReceipt'] });
		const { payer } = await payingAccount(devnet, { kind });
		expect(await tryToPay(payer, freshAddress(), 'without-receipts')).toMatchObject({ status: 'paid' });
	});

	it('pays once under faults of every sort at random', async () => {
		const random = (rule: object, seed: number) => ({ ...rule, probability: 0.15, seed }) as FaultRule;
		const { account, payer } = await payingAccount(devnet, { kind });
		const recipients = [0, 1, 2, 3].map(freshAddress);
		for (let seed = 1; seed <= 3; seed++) {
			await devnet.faults.set(
				random({ kind: 'http', status: 429 }, seed),
				random({ kind: 'http', status: 500, carriedOut: true }, seed + 10),
				random({ kind: 'drop' }, seed + 20),
				random({ kind: 'answer', result: null, match: ['eth_getUserOperationReceipt'] }, seed + 30),
			);
			const other = payerWith(devnet, account.address, account.keys[0]!.privateKey);
			await Promise.all(
				recipients.flatMap((to, index) => [payer, other].map((one) => tryToPay(one, to, `random/${index}`, 3_000))),
			);
		}
		await devnet.faults.clear();
		for (const [index, to] of recipients.entries()) {
			expect(await tryToPay(payer, to, `random/${index}`)).toMatchObject({ status: expect.stringMatching(/paid/i) });
			expect(await dollarsOf(devnet, to)).toBe(PAID);
		}
	});
});

it('a read is sent again, an operation is not: 503 for ever costs four reads and one send', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
	await devnet.faults.set({ kind: 'http', status: 503, match: ['eth_estimateUserOperationGas'] });
	await devnet.calls.clear();
	expect(await tryToPay(payer, freshAddress(), 'four-reads')).toMatchObject({ fault: 'unavailable' });
	expect(await timesAsked('eth_estimateUserOperationGas')).toBe(4);
	expect(await timesAsked('eth_sendUserOperation')).toBe(0);
});
