import { numberToHex, toFunctionSelector, type Address, type Hex } from 'viem';
import { REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { ENTRY_POINT } from '../../../core/contracts';
import { transferRequest } from '../../../core/payment/check/paymentRequest';
import { pay } from '../../../core/payment/pay';
import type { Payer } from '../../../core/payment/send/payment';
import { dollars, freshAddress, KINDS, payingAccount, payOptions } from '../../support/payer';
import { connect, includeOperations, type DevnetClient } from '../support/devnet';
import { dollarsOf, refusalOf } from '../support/onChain';
import { callTo, keeper, liar, type Lie } from './liar';

jest.setTimeout(60_000);

const PAID = 1_500_000n;
const DECIMALS = toFunctionSelector('decimals()');
const GET_NONCE = toFunctionSelector('getNonce(address,uint192)');

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

const overLiar = (payer: Payer, lie: Lie): Payer => ({ ...payer, rpc: liar(devnet.url, lie) });

describe.each(KINDS)('a key with %s', (kind) => {
	it('pays once, though an endpoint collects an operation for each attempt and hands them all in at the end', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		let attempts = 0n;
		const gas = { callGasLimit: '0x80000', verificationGasLimit: '0x80000', preVerificationGas: '0x20000' };
		const { rpc, kept } = keeper(devnet, async (method, params, truth) => {
			if (method === 'eth_estimateUserOperationGas') return gas;
			const isNonce = callTo(ENTRY_POINT, method, params)?.startsWith(GET_NONCE);
			return isNonce ? numberToHex(BigInt((await truth()) as Hex) + attempts, { size: 32 }) : truth();
		});
		for (; attempts < 3n; attempts++) {
			const told = await pay({ ...payer, rpc }, dollars(devnet, to), payOptions('collected', { timeLimit: 100 }));
			expect(told.status).toBe('pending');
		}
		const collected = [...new Map(kept.map((op) => [op.nonce, op])).values()];
		expect(collected).toHaveLength(3);
		for (const op of collected) await includeOperations(devnet, [op]);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		expect(await pay(payer, dollars(devnet, to), payOptions('collected'))).toMatchObject({ status: 'alreadyPaid' });
	});

	it.each([
		['nothing', '0x'],
		['another contract', '0x6001600101'],
	])('pays nothing under a reference where %s stands at the address of the registry', async (_, code) => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const without = overLiar(payer, async (method, params, truth) =>
			method === 'eth_getCode' && (params[0] as Address) === REFERENCE_REGISTRY ? code : truth(),
		);
		expect(await refusalOf(pay(without, dollars(devnet, to), payOptions('no-registry')))).toMatchObject({
			refusal: { code: 'registryMissing' },
		});
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});
});

describe('what is signed is bounded, whatever the endpoint says', () => {
	const BOUNDED: [string, Lie][] = [
		[
			'gas',
			async (method, _, truth) => {
				const answer = (await truth()) as object;
				if (method !== 'eth_estimateUserOperationGas') return answer;
				return { ...answer, callGasLimit: numberToHex(10n ** 12n) };
			},
		],
		['fees', async (method, _, truth) => (/maxPriorityFeePerGas$/.test(method) ? numberToHex(10n ** 15n) : truth())],
	];

	it.each(BOUNDED)('%s', async (_, lie) => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		await devnet.calls.clear();
		const refusal = await refusalOf(pay(overLiar(payer, lie), dollars(devnet, to), payOptions('dear')));
		expect(refusal.refusals.map(({ code }) => code).join()).toMatch(
			/gasCostAboveMost|gasBalanceTooLow|payerFundsTooLow/,
		);
		expect((await devnet.calls.list()).flatMap(({ methods }) => methods)).not.toContain('eth_sendUserOperation');
	});

	it('the amount: decimals that were said are held against the endpoint', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const { address: token } = devnet.tokens.usd6;
		const to = freshAddress();
		const eight = overLiar(payer, async (method, params, truth) =>
			callTo(token, method, params) === DECIMALS ? numberToHex(8, { size: 32 }) : truth(),
		);
		const request = transferRequest([{ to, amount: '4.5', token, decimals: 6 }]);
		expect(await refusalOf(pay(eight, request, payOptions('decimals')))).toMatchObject({
			refusal: { code: 'decimalsDiffer' },
		});
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});

	it('who pays: with a gas policy set, never the account', async () => {
		const { sponsoring: gasPolicyId } = devnet.gasManager.policies;
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' }, { gasPolicyId });
		for (const paymasterAndData of ['0x', `0x${'0'.repeat(40)}`]) {
			const withoutPaymaster = overLiar(payer, async (method, _, truth) => {
				const answer = (await truth()) as object;
				return method === 'alchemy_requestGasAndPaymasterAndData' ? { ...answer, paymasterAndData } : answer;
			});
			const payment = pay(withoutPaymaster, dollars(devnet, freshAddress()), payOptions('who-pays'));
			expect(await refusalOf(payment)).toMatchObject({ refusal: { code: 'paymasterMissing' } });
		}
	});
});
