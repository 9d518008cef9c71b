import { pay } from '../../core/payment/pay';
import type { Payer } from '../../core/payment/send/payment';
import { countTrips } from '../../devnet';
import { dollars, freshAddress, payingAccount, payOptions } from '../support/payer';
import { connect, type DevnetClient } from './support/devnet';

jest.setTimeout(60_000);

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

/**
 * Requests that followed one another up to the answer to the send, from the endpoint's own log. With some latency those
 * that are sent side by side are seen side by side.
 */
async function tripsOf(what: () => Promise<unknown>): Promise<number> {
	await devnet.faults.set({ kind: 'latency', milliseconds: 200 });
	await devnet.calls.clear();
	await what();
	const log = await devnet.calls.list();
	const sent = log.find(({ methods }) => methods.includes('eth_sendUserOperation'))?.end ?? Infinity;
	return countTrips(log.filter(({ start }) => start < sent));
}

async function sponsoredPayer(): Promise<Payer> {
	const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
	return { ...payer, gasPolicyId: devnet.gasManager.policies.sponsoring };
}

const payNew = (payer: Payer, reference?: string) => () =>
	pay(payer, dollars(devnet, freshAddress()), payOptions(reference));

describe('a payment takes three trips with every check and the look for its reference inside', () => {
	it('paid by the account', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		expect(await tripsOf(payNew(payer, 'first'))).toBe(3);
		expect(await tripsOf(payNew(payer, 'second'))).toBe(3);
	});

	it('paid by a gas policy', async () => {
		const payer = await sponsoredPayer();
		expect(await tripsOf(payNew(payer, 'first'))).toBe(3);
		expect(await tripsOf(payNew(payer, 'second'))).toBe(3);
	});

	it('with a gas limit, whatever it has paid before', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'gas limit' });
		expect(await tripsOf(payNew(payer, 'first'))).toBe(3);
		await payNew(payer, 'second')();
		expect(await tripsOf(payNew(payer, 'third'))).toBe(3);
		expect(await tripsOf(payNew(payer, 'fourth'))).toBe(3);
	});
});

it('takes three trips to say that a reference was paid: the state, the block of the claim, what was done in it', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'gas limit' });
	const request = dollars(devnet, freshAddress());
	await pay(payer, request, payOptions('again'));
	expect(await tripsOf(() => pay(payer, request, payOptions('again')))).toBe(3);
});
