import { checkPayments } from '../../core/payment/checkPayments';
import { findByReference } from '../../core/payment/findPayment';
import { listPayments } from '../../core/payment/listPayments';
import { pay } from '../../core/payment/pay';
import type { Payer } from '../../core/payment/send/payment';
import { readKeyIndex, readKeys } from '../../core/sessionKey/read/readKeys';
import { MULTICALL3 } from '../../contracts/multicall3';
import { dollars, freshAddress, payingAccount, payOptions } from '../support/payer';
import { startOwnDevnet, type Devnet } from './support/devnet';
import { dollarsOf } from './support/onChain';

jest.setTimeout(180_000);

const RECIPIENT = freshAddress();

let devnet: Devnet;

beforeAll(async () => {
	devnet = await startOwnDevnet();
});

afterAll(() => devnet.close());

const stands = async () => (await devnet.request('eth_getCode', [MULTICALL3, 'latest'])) !== '0x';

/** Everything that reads, and what it took. */
async function asked({ rpc, network, account, key, ...more }: Payer) {
	const payer = { rpc, network, account, key, ...more };
	const request = dollars(devnet, RECIPIENT);
	await devnet.calls.clear();
	const answers = {
		check: await checkPayments(payer, [{ request, claims: true }]),
		found: await findByReference(payer, 'paid'),
		list: await listPayments(payer),
		// All but the machine's own clock.
		keys: (await readKeys(rpc, network, await readKeyIndex(rpc, account), [key])).map(({ now: _, ...told }) => told),
	};
	// Some go out side by side.
	return { answers, requests: (await devnet.calls.list()).map(({ methods }) => methods.join()).sort() };
}

it('where Multicall3 does not stand it is brought along: the same answers, in as many requests and calls', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
	await pay(payer, dollars(devnet, freshAddress()), payOptions('paid'));
	await asked(payer); // learns what this provider gives of its logs
	const standing = await asked(payer);
	await devnet.request('anvil_setCode', [MULTICALL3, '0x']);
	expect(await stands()).toBe(false);
	const first = await asked(payer);
	expect(first.answers).toEqual(standing.answers);
	// What the first of them learns is asked for again, and nothing else.
	expect(first.requests).toEqual([...standing.requests, 'eth_call'].sort());
	expect(await asked(payer)).toEqual(standing);

	const to = freshAddress();
	await devnet.calls.clear();
	expect(await pay(payer, dollars(devnet, to), payOptions('without'))).toMatchObject({ status: 'paid' });
	expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
});
