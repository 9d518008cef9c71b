import type { Address } from 'viem';
import { findByReference } from '../../core/payment/findPayment';
import { pay } from '../../core/payment/pay';
import type { Payer } from '../../core/payment/send/payment';
import type { FaultRule } from '../../devnet';
import { dollars, freshAddress, KINDS, payingAccount, payOptions } from '../support/payer';
import { laterBlocks, NO_OPERATIONS, NO_TRANSACTIONS, rotate } from './support/attempts';
import { connect, type DevnetClient } from './support/devnet';
import { dollarsOf, refusalOf } from './support/onChain';

jest.setTimeout(60_000);

const PAID = 1_500_000n;
const NO_ARCHIVE: FaultRule = { kind: 'noArchive', blocks: 2 };
const NO_LOGS: FaultRule = { kind: 'error', code: -32600, message: 'range too large', match: ['eth_getLogs'] };
const FEW_LOGS: FaultRule = { kind: 'logRange', blocks: 1 };

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

async function payBefore(payer: Payer, reference = 'years-ago'): Promise<Address> {
	const to = freshAddress();
	await pay(payer, dollars(devnet, to), payOptions(reference));
	await laterBlocks(devnet);
	return to;
}

describe.each(KINDS)('what a key with %s paid', (kind) => {
	it.each<[string, FaultRule[]]>([
		['without past state', [NO_ARCHIVE]],
		['with logs of one block at a time', [FEW_LOGS]],
		['without batches', [{ kind: 'noBatch' }]],
		['without batches and with logs of one block at a time', [{ kind: 'noBatch' }, FEW_LOGS]],
	])('is found %s, and not paid again', async (_, faults) => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = await payBefore(payer);
		await devnet.faults.set(...faults);
		expect(await pay(payer, dollars(devnet, to), payOptions('years-ago'))).toMatchObject({ status: 'alreadyPaid' });
		expect(await findByReference(payer, 'years-ago')).toMatchObject({ status: 'mined', operation: { success: true } });
		expect(await pay(payer, dollars(devnet, to), payOptions('new'))).toMatchObject({ status: 'paid' });
		expect(await dollarsOf(devnet, to)).toBe(2n * PAID);
	});

	it.each<[string, FaultRule[]]>([
		['neither past state nor logs', [NO_ARCHIVE, NO_LOGS]],
		['no logs at all', [NO_LOGS]],
	])('is not paid again when the endpoint has %s: it says so', async (_, faults) => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = await payBefore(payer);
		await devnet.faults.set(...faults);
		expect(await refusalOf(pay(payer, dollars(devnet, to), payOptions('years-ago')))).toMatchObject({
			refusal: { code: 'historyUnavailable', data: { reference: 'years-ago' } },
		});
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('is told by the token’s events alone when the endpoint has no transactions; anything else is not paid', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = await payBefore(payer);
		await devnet.faults.set(NO_TRANSACTIONS, NO_OPERATIONS);
		expect(await pay(payer, dollars(devnet, to), payOptions('years-ago'))).toMatchObject({ status: 'alreadyPaid' });
		for (const other of [dollars(devnet, to, '1.6'), dollars(devnet, freshAddress())]) {
			expect(await refusalOf(pay(payer, other, payOptions('years-ago')))).toMatchObject({
				refusal: { code: 'historyUnavailable', data: { reference: 'years-ago' } },
			});
		}
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it.each<[string, FaultRule[]]>([
		['without past state', [NO_ARCHIVE]],
		['with logs of one block at a time', [FEW_LOGS]],
	])('is found %s after the key was rotated', async (_, faults) => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = await payBefore(payer);
		const after = await rotate(devnet, account, payer.key);
		await laterBlocks(devnet);
		await devnet.faults.set(...faults);
		expect(await pay(after, dollars(devnet, to), payOptions('years-ago'))).toMatchObject({
			status: 'alreadyPaid',
			key: payer.key,
		});
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});
});

it('what a rotated key with a gas limit paid is not paid again when nothing leads to that key', async () => {
	const { account, payer } = await payingAccount(devnet, { kind: 'gas limit' });
	const to = await payBefore(payer);
	const after = await rotate(devnet, account, payer.key);
	await laterBlocks(devnet);
	await devnet.faults.set(NO_ARCHIVE, NO_LOGS);
	expect(await refusalOf(pay(after, dollars(devnet, to), payOptions('years-ago')))).toMatchObject({
		refusal: { code: 'historyUnavailable' },
	});
	expect(await dollarsOf(devnet, to)).toBe(PAID);
});
