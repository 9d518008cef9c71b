import type { Address } from 'viem';
import { pay } from '../../core/payment/pay';
import type { Payer, Payment } from '../../core/payment/send/payment';
import { RefusalError } from '../../core/refusal/refusal';
import { createRpc } from '../../core/rpc/rpc';
import type { DevnetClient } from '../../devnet';
import { dollars, freshAddress, KINDS, payingAccount, payOptions, post, sleep } from '../support/payer';
import { connect } from './support/devnet';
import { dollarsOf } from './support/onChain';

jest.setTimeout(90_000);

const PAID = 1_500_000n;
/** More than any payment pauses. */
const MOST_PAUSES = 12;

let devnet: DevnetClient;
let payer: Payer;
let to: Address;

beforeEach(async () => {
	devnet = await connect();
});

/** Pays, and stops the run in its n-th pause after the money moved; `stopped` tells whether it came to that. */
async function payAndStop(pauseAfterwards: number) {
	const stop = new AbortController();
	let pauses = 0;
	const stoppingSleep = async (milliseconds: number) => {
		if ((await dollarsOf(devnet, to)) > 0n && ++pauses === pauseAfterwards) stop.abort();
		else await sleep(milliseconds);
	};
	const rpc = createRpc({ chainUrl: devnet.url, post, sleep: stoppingSleep });
	const told = await pay({ ...payer, rpc, signal: stop.signal }, dollars(devnet, to), payOptions('stopped')).catch(
		(error: unknown) => error as Error,
	);
	return { told, stopped: stop.signal.aborted };
}

describe.each(KINDS)('a payment by a key with %s, whose receipts can’t be had, stopped after it was made,', (kind) => {
	it('is never told as not sent, in whichever pause it is stopped', async () => {
		const statuses = new Set<string>();
		for (let pause = 1; pause <= MOST_PAUSES; pause++) {
			await devnet.faults.clear();
			({ payer } = await payingAccount(devnet, { kind }));
			to = freshAddress();
			await devnet.faults.set({ kind: 'answer', result: null, match: ['eth_getUserOperationReceipt'] });
			const { told, stopped } = await payAndStop(pause);
			expect({ pause, told }).not.toEqual({ pause, told: expect.any(RefusalError) });
			const { status, userOperationHash } = told as Payment;
			expect(['paid', 'pending']).toContain(status);
			expect(userOperationHash).toMatch(/^0x\w{64}$/);
			expect(await dollarsOf(devnet, to)).toBe(PAID);
			statuses.add(`${stopped ? 'stopped' : 'ended'}: ${status}`);
			if (!stopped) break;
		}
		expect([...statuses]).toEqual(expect.arrayContaining(['stopped: pending', 'ended: paid']));
	});
});

it('that is stopped before it is signed sends nothing', async () => {
	({ payer } = await payingAccount(devnet, { kind: 'free lanes' }));
	to = freshAddress();
	await devnet.calls.clear();
	const told = pay({ ...payer, signal: AbortSignal.abort() }, dollars(devnet, to), payOptions('stopped'));
	await expect(told).rejects.toMatchObject({ refusal: { code: 'cancelled' } });
	expect((await devnet.calls.list()).flatMap(({ methods }) => methods)).not.toContain('eth_sendUserOperation');
	expect(await pay(payer, dollars(devnet, to), payOptions('stopped'))).toMatchObject({ status: 'paid' });
});
