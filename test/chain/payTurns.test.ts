import { pay } from '../../core/payment/pay';
import { dollars, freshAddress, payingAccount, payOptions } from '../support/payer';
import { connect, type DevnetClient } from './support/devnet';
import { dollarsOf, refusalOf } from './support/onChain';

jest.setTimeout(240_000);

const PAID = 1_500_000n;

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

const sends = async () =>
	(await devnet.calls.list()).filter(({ methods }) => methods.includes('eth_sendUserOperation')).length;

describe('a bundler that holds four operations of one account', () => {
	it('is handed the others one after the other: twelve payments at once are all made, each once', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = Array.from({ length: 12 }, freshAddress);
		const paid = await Promise.all(
			to.map((one, index) => pay(payer, dollars(devnet, one), payOptions(`turn ${index}`, { timeLimit: 120_000 }))),
		);
		expect(paid.map(({ status }) => status)).toEqual(to.map(() => 'paid'));
		expect(await Promise.all(to.map((one) => dollarsOf(devnet, one)))).toEqual(to.map(() => PAID));
	});

	const full = {
		kind: 'error',
		code: -32505,
		message: 'Max operations (4) reached for sender 0x01 due to being unstaked',
		match: ['eth_sendUserOperation'],
	} as const;

	it('and stays full until the time is over: nothing was sent, and that is said', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		await devnet.faults.set(full);
		await devnet.calls.clear();
		const waiting = Array.from({ length: 5 }, (_, index) =>
			refusalOf(pay(payer, dollars(devnet, to), payOptions(`full ${index}`, { timeLimit: 4_000 }))),
		);
		const refusals = await Promise.all(waiting);
		expect(refusals.map(({ refusal }) => refusal.code)).toEqual(refusals.map(() => 'bundlerBusy'));
		// Each at its start or its end, and the first in line once a second: not five at a time.
		expect(await sends()).toBeLessThanOrEqual(5 + 5 + 5);
		await devnet.faults.clear();
		expect(await dollarsOf(devnet, to)).toBe(0n);
		expect(await pay(payer, dollars(devnet, to), payOptions('full 0'))).toMatchObject({ status: 'paid' });
	});

	it('is not handed anything more when the execution is stopped between two tries', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		const stop = new AbortController();
		await devnet.faults.set(full);
		await devnet.calls.clear();
		const told = refusalOf(
			pay({ ...payer, signal: stop.signal }, dollars(devnet, to), payOptions('between', { timeLimit: 30_000 })),
		);
		while ((await sends()) < 2) await payer.rpc.sleep(50);
		stop.abort();
		const sentBefore = await sends();
		expect((await told).refusal.code).toBe('cancelled');
		await devnet.faults.clear();
		expect(await sends()).toBe(sentBefore);
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});

	it('is not handed anything once the execution was stopped', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		const stop = new AbortController();
		await devnet.faults.set(full);
		const first = refusalOf(pay(payer, dollars(devnet, to), payOptions('first', { timeLimit: 6_000 })));
		await payer.rpc.sleep(2_000);
		const stopped = refusalOf(
			pay({ ...payer, signal: stop.signal }, dollars(devnet, to), payOptions('stopped', { timeLimit: 30_000 })),
		);
		await payer.rpc.sleep(2_000);
		stop.abort();
		expect((await stopped).refusal.code).toBe('cancelled');
		expect((await first).refusal.code).toBe('bundlerBusy');
		await devnet.faults.clear();
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});
});
