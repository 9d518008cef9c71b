import { pay } from '../../core/payment/pay';
import type { Payer } from '../../core/payment/payment';
import { tokenTransfer } from '../../core/calls';
import { callOrder } from '../../core/payment/order';
import { countTrips } from '../../devnet';
import { dollars, freshAddress, payingAccount, payOptions } from '../support/payer';
import { connect, type DevnetClient } from './support/devnet';
import { dollarsOf, refusalOf } from './support/onChain';

jest.setTimeout(60_000);

const PAID = 1_500_000n;

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

	it('with a gas limit, once its lane was searched', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'gas limit' });
		expect(await tripsOf(payNew(payer, 'first'))).toBe(3);
		await payNew(payer, 'second')();
		expect(await tripsOf(payNew(payer, 'third'))).toBe(3);
		expect(await tripsOf(payNew(payer, 'fourth'))).toBe(3);
	});
});

it('an operation of another process in the lane of a key with a gas limit is found all the same', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'gas limit' });
	await payNew(payer, 'first')();
	await payNew(payer, 'second')();
	const to = freshAddress();
	const elsewhere = dollars(devnet, to);
	await jest.isolateModulesAsync(async () => {
		const other = await import('../../core/payment/pay');
		await other.pay(payer, elsewhere, payOptions('third'));
	});
	expect(await pay(payer, elsewhere, payOptions('third'))).toMatchObject({ status: 'alreadyPaid' });
	expect(await dollarsOf(devnet, to)).toBe(PAID);
});

describe('a payment by a gas policy in a lane known to be new', () => {
	it('takes two trips, once the key and the token were seen', async () => {
		const payer = await sponsoredPayer();
		expect(await tripsOf(payNew(payer))).toBe(3);
		const to = freshAddress();
		expect(await tripsOf(() => pay(payer, dollars(devnet, to), payOptions(undefined)))).toBe(2);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('is checked all the same, and not sent when it is refused', async () => {
		const payer = await sponsoredPayer();
		await payNew(payer)();
		await devnet.calls.clear();
		const tooMuch = callOrder([tokenTransfer(devnet.tokens.usd6.address, freshAddress(), 900_000_000n)]);
		expect(await refusalOf(pay(payer, tooMuch, payOptions(undefined)))).toMatchObject({
			refusal: { code: expect.stringMatching(/^token/) },
		});
		const methods = (await devnet.calls.list()).flatMap((call) => call.methods);
		expect(methods).not.toContain('eth_sendUserOperation');
	});

	it('says what the gas manager has against it', async () => {
		const payer = await sponsoredPayer();
		await payNew(payer)();
		const exhausted = { ...payer, gasPolicyId: devnet.gasManager.policies.exhausted };
		const late = await refusalOf(pay(exhausted, dollars(devnet, freshAddress()), payOptions('with a reference')));
		const early = await refusalOf(pay(exhausted, dollars(devnet, freshAddress()), payOptions(undefined)));
		expect(early).toMatchObject({ refusal: { code: (late as unknown as { refusal: { code: string } }).refusal.code } });
	});
});
