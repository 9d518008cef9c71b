import { size } from 'viem';
import { transferRequest } from '../../../core/payment/check/paymentRequest';
import { payBatch } from '../../../core/payment/payBatch';
import type { Payer } from '../../../core/payment/send/payment';
import { decodeSessionKeyCalls } from '../../../core/plugin/sessionKeyCalls';
import { RpcError } from '../../../core/rpc/errors';
import { freshAddress, KINDS, payingAccount, payOptions } from '../../support/payer';
import { connect, type DevnetClient } from '../support/devnet';
import { dollarsOf, refusalOf } from '../support/onChain';
import { liar } from './liar';

jest.setTimeout(60_000);

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

/** A bundler, and whoever sponsors, that refuse operations with more than so many payments, each in words of its own. */
function takingAtMost(payer: Payer, most: number, refuses: RegExp, words: string): Payer {
	const rpc = liar(devnet.url, (_, __, truth) => truth());
	const { batch } = rpc;
	rpc.batch = async (calls) => {
		const tooLarge = calls.find(({ method, params }) => {
			const [first] = (params ?? []) as [{ callData?: `0x${string}`; userOperation?: { callData: `0x${string}` } }];
			const callData = first?.callData ?? first?.userOperation?.callData;
			const count = callData && size(callData) > 4 ? decodeSessionKeyCalls(callData)?.calls.length : undefined;
			return refuses.test(method) && count !== undefined && count > most;
		});
		if (!tooLarge) return batch(calls);
		return calls.map(({ method }) => ({ error: new RpcError(method, -32602, words) }));
	};
	rpc.request = async <T>(method: string, params: readonly unknown[] = []) => {
		const [answer] = await rpc.batch([{ method, params }]);
		if (answer?.error) throw answer.error;
		return answer?.result as T;
	};
	return { ...payer, rpc };
}

const TOO_LARGE = 'Total gas limit exceeds the maximum: preVerificationGas too large, operation is too large';

describe.each(KINDS)('a batch by a key with %s that is too large', (kind) => {
	async function refusedBy(most: number, refuses: RegExp, gasPolicyId?: string) {
		const { payer } = await payingAccount(devnet, { kind }, { gasPolicyId });
		const small = takingAtMost(payer, most, refuses, TOO_LARGE);
		const recipients = Array.from({ length: 7 }, freshAddress);
		const payTo = (count: number) =>
			payBatch(
				small,
				transferRequest(
					recipients.slice(0, count).map((to) => ({ to, amount: '0.01', token: devnet.tokens.usd6.address })),
				),
				payOptions('batch'),
			);
		const { refusal } = await refusalOf(payTo(7));
		return { refusal, payTo, lastPaid: async (count: number) => dollarsOf(devnet, recipients[count - 1]!) };
	}

	it.each([
		['estimated, the account paying', false, /^eth_(estimateUserOperationGas|sendUserOperation)$/],
		['sponsored', true, /^(alchemy_.*|eth_(estimateUserOperationGas|sendUserOperation))$/],
	])('to be %s: says how many fit, and so many do', async (_, sponsored, refuses) => {
		const gasPolicyId = sponsored ? devnet.gasManager.policies.sponsoring : undefined;
		const { refusal, payTo, lastPaid } = await refusedBy(4, refuses, gasPolicyId);
		expect(refusal).toMatchObject({ code: 'batchTooLarge', data: { payments: 7, fits: 4 } });
		expect(await refusalOf(payTo(5))).toMatchObject({ refusal: { data: { payments: 5, fits: 4 } } });
		expect(await lastPaid(1)).toBe(0n);
		expect(await payTo(4)).toMatchObject({ status: 'paid' });
		expect(await lastPaid(4)).toBe(10_000n);
	});

	it('to be sent, without anybody saying what would fit: names no number', async () => {
		const { sponsoring } = devnet.gasManager.policies;
		const { refusal, lastPaid } = await refusedBy(4, /^eth_sendUserOperation$/, sponsoring);
		expect(refusal.code).not.toBe('batchTooLarge');
		expect(await lastPaid(1)).toBe(0n);
	});
});
