import { pay } from '../../../core/payment/pay';
import type { FaultRule } from '../../../devnet';
import { dollars, freshAddress, payingAccount, payOptions } from '../../support/payer';
import { connect, type DevnetClient } from '../support/devnet';
import { dollarsOf, refusalOf } from '../support/onChain';
import { liar } from './liar';

jest.setTimeout(60_000);

const PAID = 1_500_000n;
const SEND = ['eth_sendUserOperation'];

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

describe('after sending, what says nothing about the operation is no refusal: it may still be paid', () => {
	const NO_NEWS: [string, FaultRule][] = [
		...[401, 403, 429, 500, 502].map((status): [string, FaultRule] => [
			`HTTP ${status}`,
			{ kind: 'http', status, match: SEND },
		]),
		['a null answer', { kind: 'answer', result: null, match: SEND }],
		['"internal error"', { kind: 'error', code: -32603, message: 'Internal error', match: SEND }],
		['"too many requests"', { kind: 'error', code: -32005, message: 'too many requests', match: SEND }],
		['words that nobody knows', { kind: 'error', code: -32000, message: 'the moon is wrong', match: SEND }],
	];

	it.each(NO_NEWS)('%s', async (_, fault) => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		await devnet.faults.set(fault);
		const told = await pay(payer, dollars(devnet, to), payOptions('no-news', { timeLimit: 300 }));
		expect(told).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x\w{64}$/) });
		await devnet.faults.clear();
		expect(await pay(payer, dollars(devnet, to), payOptions('no-news'))).toMatchObject({ status: 'paid' });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('but a refusal of the operation itself is one: nothing was sent', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		await devnet.faults.set({ kind: 'error', code: -32500, message: 'AA21 didn’t pay prefund', match: SEND });
		const refusal = await refusalOf(pay(payer, dollars(devnet, freshAddress()), payOptions('refused')));
		expect(refusal.refusal.code).toBe('payerFundsTooLow');
		expect(refusal.unclaimedAt).toBeGreaterThan(0n);
		expect(refusal.transactionHash).toBeUndefined();
	});
});

describe('after sending, an odd answer is no news: the run goes on looking, and tells what it then sees', () => {
	type Odd = (method: string, params: readonly unknown[]) => unknown;
	const ODD: [string, Odd][] = [
		['null for the newest block', (method) => (method === 'eth_getBlockByNumber' ? null : undefined)],
		['a block without a number', (method) => (method === 'eth_getBlockByNumber' ? {} : undefined)],
		['"0x" for a nonce', (method) => (method === 'eth_call' ? '0x' : undefined)],
		['text for a nonce', (method) => (method === 'eth_call' ? 'syncing' : undefined)],
		...[
			{ logs: [{ address: 'x' }] },
			{ logs: 'none' },
			{ logs: [null] },
			{ receipt: { transactionHash: 'x' } },
			{ receipt: { logs: [{ address: '0x', topics: null }] } },
			[],
			'0x',
			true,
		].map((receipt): [string, Odd] => [
			`the receipt ${JSON.stringify(receipt)}`,
			(method) => (method === 'eth_getUserOperationReceipt' ? receipt : undefined),
		]),
	];

	it.each(ODD)('%s', async (_, odd) => {
		for (const [reference, times] of [
			['once', 1],
			[undefined, 1],
			['always', Infinity],
		] as const) {
			const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
			const to = freshAddress();
			let sent = false;
			let told = 0;
			const rpc = liar(devnet.url, async (method, params, truth) => {
				const answer = await truth();
				sent ||= SEND.includes(method);
				const instead = sent && told < times ? odd(method, params) : undefined;
				if (instead === undefined) return answer;
				told++;
				return instead;
			});
			const timeLimit = times === 1 ? 20_000 : 600;
			const payment = await pay({ ...payer, rpc }, dollars(devnet, to), payOptions(reference, { timeLimit }));
			expect(told).toBeGreaterThan(0);
			if (times === 1) expect(payment.status).toBe('paid');
			else expect(['paid', 'pending']).toContain(payment.status);
			expect(payment.userOperationHash).toMatch(/^0x\w{64}$/);
			expect(await dollarsOf(devnet, to)).toBe(PAID);
		}
	});
});
