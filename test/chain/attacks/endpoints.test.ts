import { numberToHex, toFunctionSelector, zeroHash, type Address, type Hex } from 'viem';
import { REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { ENTRY_POINT } from '../../../core/contracts';
import { pay } from '../../../core/payment/pay';
import type { Payer } from '../../../core/payment/payment';
import { fromRpcUserOperation, type RpcUserOperation } from '../../../core/userOperation/userOperation';
import { createRpc, type Post } from '../../../core/rpc/rpc';
import type { FaultRule } from '../../../devnet';
import { dollars, freshAddress, KINDS, payingAccount, payOptions, post, sleep } from '../../support/payer';
import { connect, includeOperations, type DevnetClient } from '../support/devnet';
import { dollarsOf, refusalOf } from '../support/onChain';
import { callTo, liar, type Lie } from './liar';

jest.setTimeout(60_000);

const PAID = 1_500_000n;
const GET_NONCE = toFunctionSelector('getNonce(address,uint192)');

/** Enough for one payment. */
const ESTIMATE = {
	callGasLimit: numberToHex(400_000),
	verificationGasLimit: numberToHex(400_000),
	preVerificationGas: numberToHex(100_000),
};

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
		const collected: RpcUserOperation[] = [];
		for (let attempt = 0n; attempt < 3n; attempt++) {
			const collecting = overLiar(payer, async (method, params, truth) => {
				if (method === 'eth_sendUserOperation') return collected.push(params[0] as RpcUserOperation) && zeroHash;
				if (method === 'eth_estimateUserOperationGas') return ESTIMATE;
				const isNonce = callTo(ENTRY_POINT, method, params)?.startsWith(GET_NONCE);
				return isNonce ? numberToHex(BigInt((await truth()) as Hex) + attempt, { size: 32 }) : truth();
			});
			await pay(collecting, dollars(devnet, to), payOptions('collected', { timeLimit: 300 })).catch(() => undefined);
		}
		expect(new Set(collected.map(({ nonce }) => nonce)).size).toBe(3);
		const unique = [...new Map(collected.map((op) => [op.nonce, op])).values()];
		for (const op of unique) await includeOperations(devnet, [fromRpcUserOperation(op)]).catch(() => undefined);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		expect(await pay(payer, dollars(devnet, to), payOptions('collected'))).toMatchObject({ status: 'alreadyPaid' });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('is not told anything by another connection: what one endpoint says counts for that one only', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const claimed = overLiar(payer, async (method, params, truth) =>
			callTo(REFERENCE_REGISTRY, method, params) ? `0x${'1'.padStart(64, '0').repeat(4)}` : truth(),
		);
		expect(await refusalOf(pay(claimed, dollars(devnet, to), payOptions('two-people')))).toMatchObject({
			refusal: { code: 'historyUnavailable' },
		});
		const first = await pay(payer, dollars(devnet, to), payOptions('two-people'));
		expect(first.status).toBe('paid');
		const unclaimed = overLiar(payer, async (method, params, truth) =>
			callTo(REFERENCE_REGISTRY, method, params) ? `0x${'0'.repeat(256)}` : truth(),
		);
		await pay(unclaimed, dollars(devnet, to), payOptions('two-people', { timeLimit: 1_000 })).catch(() => undefined);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		expect(await pay(payer, dollars(devnet, to), payOptions('two-people'))).toMatchObject({
			status: 'alreadyPaid',
			userOperationHash: first.userOperationHash,
		});
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

describe('after sending, what says nothing about the operation is no refusal: it may still be paid', () => {
	const SEND = ['eth_sendUserOperation'];
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
		const told = await pay(payer, dollars(devnet, to), payOptions('no-news', { timeLimit: 1_200 }));
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

it.each(KINDS)('without a reference a run pays once, though a gateway hands everything in twice (%s)', async (kind) => {
	const { payer } = await payingAccount(devnet, { kind });
	const to = freshAddress();
	const twice: Post = async (url, body, timeout) => {
		if (!JSON.stringify(body).includes('eth_sendUserOperation')) return post(url, body, timeout);
		await post(url, body, timeout);
		await sleep(400);
		return post(url, body, timeout);
	};
	const rpc = createRpc({ chainUrl: devnet.url, post: twice, sleep });
	expect(await pay({ ...payer, rpc }, dollars(devnet, to), payOptions(undefined))).toMatchObject({ status: 'paid' });
	expect(await dollarsOf(devnet, to)).toBe(PAID);
});

it('a run that was stopped signs nothing', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
	let signed = 0;
	const sign: Payer['sign'] = (hash) => {
		signed++;
		return payer.sign(hash);
	};
	const stopped = { ...payer, sign, signal: AbortSignal.abort() };
	expect(await refusalOf(pay(stopped, dollars(devnet, freshAddress()), payOptions('stopped')))).toMatchObject({
		refusal: { code: 'cancelled' },
	});
	expect(signed).toBe(0);
});
