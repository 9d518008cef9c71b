import { IStandardExecutorAbi, SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, maxUint256, parseEther, type Address, type Hex } from 'viem';
import { tokenTransfer } from '../../core/calls';
import { checkPayments } from '../../core/payment/checkPayments';
import { findByHash, findByReference } from '../../core/payment/findPayment';
import { listPayments } from '../../core/payment/listPayments';
import { callRequest, transferRequest } from '../../core/payment/check/paymentRequest';
import { pay } from '../../core/payment/pay';
import { payBatch } from '../../core/payment/payBatch';
import type { Payer, Payment } from '../../core/payment/send/payment';
import { nonceKeyOfReference } from '../../core/payment/send/nonceKeys';
import { claimCall, hashReference } from '../../core/registry/referenceRegistry';
import type { RpcCall } from '../../core/rpc/rpc';
import { fromRpcUserOperation, type RpcUserOperation } from '../../core/userOperation/userOperation';
import type { FaultRule } from '../../devnet';
import { DEFAULT_PLAN } from '../../devnet/plans';
import {
	connectionTo,
	dollars,
	freshAddress,
	KINDS,
	payerWith,
	payingAccount,
	payOptions,
	permissionsFor,
	type Kind,
} from '../support/payer';
import { includeAttempt, laterBlocks, NO_OPERATIONS, NO_TRANSACTIONS, rotate, setGasLimit } from './support/attempts';
import { connect, fundedAccount, includeOperations, type DevnetClient, type SmartAccount } from './support/devnet';
import { dollarsOf, refusalOf } from './support/onChain';

jest.setTimeout(60_000);

const PAID = 1_500_000n;
/** More than the budget holds. */
const TOO_MUCH = 501_000_000n;
/** The operation never reaches the bundler, as far as anybody can tell: it may come any time. */
const LOST: FaultRule = { kind: 'drop', match: ['eth_sendUserOperation'], carriedOut: false };

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

/** Pays in vain: what was signed is on its way, and nobody has seen it arrive. */
async function payInVain(payer: Payer, to: Address, reference: string) {
	await devnet.faults.set(LOST);
	await devnet.calls.clear();
	const pending = await pay(payer, dollars(devnet, to), payOptions(reference, { timeLimit: 300 }));
	expect(pending.status).toBe('pending');
	const [sent] = (await devnet.calls.list({ params: true })).flatMap(({ methods, params }) =>
		methods.flatMap((method, index) =>
			method === 'eth_sendUserOperation' ? [(params as unknown[][])[index]![0] as RpcUserOperation] : [],
		),
	);
	await devnet.faults.clear();
	return fromRpcUserOperation(sent!);
}

/** It arrives after all: the chain takes it or not. */
async function arrives(operation: Awaited<ReturnType<typeof payInVain>>): Promise<void> {
	await includeOperations(devnet, [operation]).catch(() => undefined);
}

describe('a payment that may still arrive is not made a second time', () => {
	const changes: [string, Kind, (account: SmartAccount, key: Address) => Promise<void>][] = [
		['the gas limit was taken away', 'gas limit', (account, key) => setGasLimit(account, key, maxUint256)],
		['the gas limit was raised', 'gas limit', (account, key) => setGasLimit(account, key, parseEther('2'))],
		['a gas limit was added', 'free lanes', (account, key) => setGasLimit(account, key, parseEther('1'))],
		['nothing was changed', 'gas limit', async () => {}],
		['nothing was changed', 'free lanes', async () => {}],
	];

	it.each(changes)('when %s (a key with %s)', async (_, kind, change) => {
		for (const order of ['first one first', 'second one first']) {
			const { account, payer } = await payingAccount(devnet, { kind });
			const to = freshAddress();
			const first = await payInVain(payer, to, order);
			await change(account, payer.key);
			if (order === 'first one first') await arrives(first);
			const second = await pay(payer, dollars(devnet, to), payOptions(order));
			expect(second.status).toMatch(/aid$/);
			await arrives(first);
			expect(await dollarsOf(devnet, to)).toBe(PAID);
			expect(await pay(payer, dollars(devnet, to), payOptions(order))).toMatchObject({ status: 'alreadyPaid' });
			expect(await dollarsOf(devnet, to)).toBe(PAID);
		}
	});

	it.each(KINDS)('when the key (%s) was rotated', async (kind) => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const first = await payInVain(payer, to, 'rotated');
		const after = await rotate(devnet, account, payer.key);
		expect(await pay(after, dollars(devnet, to), payOptions('rotated'))).toMatchObject({ status: 'paid' });
		await arrives(first);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('when a gas limit came and went, and the key was rotated in between', async () => {
		const { account, payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		const first = await payInVain(payer, to, 'came-and-went');
		await setGasLimit(account, payer.key, parseEther('1'));
		expect(await pay(payer, dollars(devnet, to), payOptions('came-and-went'))).toMatchObject({ status: 'paid' });
		const after = await rotate(devnet, account, payer.key);
		await setGasLimit(account, after.key, maxUint256);
		await arrives(first);
		expect(await pay(after, dollars(devnet, to), payOptions('came-and-went'))).toMatchObject({ status: 'alreadyPaid' });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('by another key, when both have free lanes', async () => {
		const keys = KINDS.slice(0, 1).flatMap((kind) => [kind, kind]);
		const account = await fundedAccount(devnet, {
			eth: parseEther('5'),
			keys: keys.map((kind) => ({ permissions: permissionsFor(devnet, { kind }) })),
		});
		const [one, other] = account.keys.map(({ privateKey }) => payerWith(devnet, account.address, privateKey));
		const to = freshAddress();
		const first = await payInVain(one!, to, 'two-keys');
		expect(await pay(other!, dollars(devnet, to), payOptions('two-keys'))).toMatchObject({ status: 'paid' });
		await arrives(first);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});
});

it('what was paid in the own lane is found after the gas limit was taken away, and after it came back', async () => {
	const { account, payer } = await payingAccount(devnet, { kind: 'gas limit' });
	const to = freshAddress();
	const paid = await pay(payer, dollars(devnet, to), payOptions('back-and-forth'));
	for (const limit of [maxUint256, parseEther('1'), maxUint256]) {
		await setGasLimit(account, payer.key, limit);
		expect(await pay(payer, dollars(devnet, to), payOptions('back-and-forth'))).toMatchObject({
			status: 'alreadyPaid',
			userOperationHash: paid.userOperationHash,
		});
		const another = freshAddress();
		expect(await pay(payer, dollars(devnet, another), payOptions(`new/${limit}/${another}`))).toMatchObject({
			status: 'paid',
		});
	}
	expect(await dollarsOf(devnet, to)).toBe(PAID);
});

describe.each(KINDS)('a key with %s', (kind) => {
	it('pays a reference once, whether alone, in a batch or as a contract call', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const { address: token } = devnet.tokens.usd6;
		const paid = await pay(payer, dollars(devnet, to), payOptions('whichever'));
		const same = [callRequest([tokenTransfer(token, to, PAID)]), transferRequest([{ to, amount: '1.50', token }])];
		for (const request of same) {
			expect(await payBatch(payer, request, payOptions('whichever'))).toMatchObject({
				status: 'alreadyPaid',
				userOperationHash: paid.userOperationHash,
			});
		}
		const both = transferRequest([
			{ to, amount: '1.5', token },
			{ to: freshAddress(), amount: '1', token },
		]);
		for (const request of [both, callRequest([tokenTransfer(token, to, PAID + 1n)])]) {
			expect(await refusalOf(payBatch(payer, request, payOptions('whichever')))).toMatchObject({
				refusal: { code: 'referencePaidDifferently' },
			});
		}
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('waits until an earlier payment is deep enough to stay', async () => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const calls = [tokenTransfer(devnet.tokens.usd6.address, to, PAID)];
		const before = await includeAttempt(devnet, account, kind, 'deep', calls);
		await devnet.calls.clear();
		const early = await pay(
			payer,
			dollars(devnet, to),
			payOptions('deep', { confirmations: 1_000_000, timeLimit: 500 }),
		);
		expect(early).toMatchObject({ status: 'pending', userOperationHash: before.userOperationHash });
		const methods = (await devnet.calls.list()).flatMap((call) => call.methods);
		expect(methods).not.toContain('eth_sendUserOperation');
		await laterBlocks(devnet);
		const [late] = await Promise.all([
			pay(payer, dollars(devnet, to), payOptions('deep', { confirmations: 3 })),
			laterBlocks(devnet, 10),
		]);
		expect(late.status).toBe('alreadyPaid');
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it.each([1, 3])('pays once through nodes of which some lag behind by %d blocks', async (behind) => {
		const { payer } = await payingAccount(devnet, { kind });
		await pay(payer, dollars(devnet, freshAddress()), payOptions('earlier'));
		await laterBlocks(devnet);
		const [to, started] = [freshAddress(), Date.now()];
		const lagging = () => Date.now() - started < 1_000;
		const some = lags(payer, behind, lagging);
		await pay(payer, dollars(devnet, to), payOptions('lagging'));
		for (let run = 0; run < 2; run++) {
			expect(await pay(some, dollars(devnet, to), payOptions('lagging'))).toMatchObject({ status: 'alreadyPaid' });
		}
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('does not take a claim of the owner for a payment, nor pays what is claimed', async () => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const { target, value, data } = claimCall(hashReference('taken'));
		const callData = encodeFunctionData({
			abi: IStandardExecutorAbi,
			functionName: 'execute',
			args: [target, value, data],
		});
		expect(await account.asOwner(callData)).toMatchObject({ success: true });
		expect(await refusalOf(pay(payer, dollars(devnet, to), payOptions('taken')))).toMatchObject({
			refusal: { code: 'referenceClaimedOtherwise', data: { reference: 'taken' } },
		});
		expect(await findByReference(payer, 'taken')).toMatchObject({ status: 'claimed' });
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});

	it('is checked with a claim of its own, whatever references were paid before', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		await pay(payer, dollars(devnet, to), payOptions('check/0'));
		const [checked] = await checkPayments(payer, [{ request: dollars(devnet, to), claims: true }]);
		expect(checked).toMatchObject({ allowed: true, refusals: [] });
	});

	it('takes no notice of what others did under the nonce key of a reference', async () => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const nonceKey = nonceKeyOfReference(devnet.chainId, payer.account, 'occupied');
		const callData = encodeFunctionData({
			abi: SessionKeyPluginExecutionFunctionAbi,
			functionName: 'updateKeyPermissions',
			args: [payer.key, []],
		});
		expect(await account.asOwner(callData, { nonceKey })).toMatchObject({ success: true });
		expect(await pay(payer, dollars(devnet, to), payOptions('occupied'))).toMatchObject({ status: 'paid' });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('pays nothing a second time when logs come back empty though they were written', async () => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		await pay(payer, dollars(devnet, to), payOptions('empty-logs'));
		await laterBlocks(devnet);
		const after = await rotate(devnet, account, payer.key);
		await laterBlocks(devnet);
		await devnet.faults.set({ kind: 'answer', result: [], match: ['eth_getLogs'] });
		expect(await refusalOf(pay(after, dollars(devnet, to), payOptions('empty-logs')))).toMatchObject({
			refusal: { code: 'historyUnavailable' },
		});
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('finds what it paid when nothing can be read in the bundler’s transactions', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const paid = await pay(payer, dollars(devnet, to), payOptions('compressed'));
		await devnet.faults.set(NO_TRANSACTIONS);
		expect(await pay(payer, dollars(devnet, to), payOptions('compressed'))).toMatchObject({
			status: 'alreadyPaid',
			userOperationHash: paid.userOperationHash,
		});
		expect((await listPayments(payer)).operations).toHaveLength(1);
	});

	it('lists what it did, failed attempts and batches too, and nothing that others did', async () => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const [to, other] = [freshAddress(), freshAddress()];
		const { address: token } = devnet.tokens.usd6;
		const calls = [tokenTransfer(token, to, TOO_MUCH)];
		const { userOperationHash: failed } = await includeAttempt(devnet, account, kind, 'listed', calls);
		const paid = await pay(payer, dollars(devnet, to), payOptions('listed'));
		const batch = transferRequest([to, other].map((one) => ({ to: one, amount: '2', token })));
		const both = await payBatch(payer, batch, payOptions('listed/batch'));
		await setGasLimit(account, payer.key, parseEther('1'));
		// Without all logs, those under references.
		const referenced = (await listPayments(payer)).operations.filter(({ success }) => success);
		expect(referenced.map((one) => one.userOperationHash)).toEqual([both.userOperationHash, paid.userOperationHash]);
		await devnet.plan.set('payg');
		// A connection keeps the range that was named to it.
		const anew = { ...payer, rpc: connectionTo(devnet) };
		const { operations: listed } = await listPayments(anew);
		expect(listed.map((one) => [one.userOperationHash, one.success, one.calls?.length])).toEqual([
			[both.userOperationHash, true, 2],
			[paid.userOperationHash, true, 1],
			[failed, false, 1],
		]);
		const [newest, ...others] = (await listPayments(anew, { limit: 1 })).operations;
		expect([newest?.userOperationHash, others]).toEqual([both.userOperationHash, []]);
		const since = await listPayments(anew, { since: paid.time! });
		expect(since.operations).toHaveLength(2 + Number(await sameSecond(failed, paid)));
		await devnet.plan.set(DEFAULT_PLAN);
	});

	it('does not leave out of a list what the endpoint does not give', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		await pay(payer, dollars(devnet, freshAddress()), payOptions('hidden'));
		await devnet.faults.set(NO_TRANSACTIONS, NO_OPERATIONS);
		await expect(listPayments(payer)).rejects.toMatchObject({ name: 'HistoryUnavailableError' });
	});

	it('is told nothing of the payments of other accounts', async () => {
		const [mine, theirs] = [await payingAccount(devnet, { kind }), await payingAccount(devnet, { kind })];
		const { userOperationHash, included } = await pay(
			theirs.payer,
			dollars(devnet, freshAddress()),
			payOptions('theirs'),
		);
		for (const hash of [userOperationHash!, included!.transactionHash]) {
			expect(await findByHash(theirs.payer, hash)).toMatchObject({ status: 'mined', operation: { userOperationHash } });
		}
		expect(await findByHash(mine.payer, userOperationHash!)).toMatchObject({ status: 'unknown' });
	});
});

/** Whether two operations are in blocks of the same second. */
async function sameSecond(hash: Hex, { time }: Payment): Promise<boolean> {
	const { receipt } = await devnet.request<{ receipt: { blockNumber: Hex } }>('eth_getUserOperationReceipt', [hash]);
	const block = await devnet.request<{ timestamp: Hex }>('eth_getBlockByNumber', [receipt.blockNumber, false]);
	return Number(block.timestamp) === time;
}

/** The same payer at an endpoint whose answers about the newest state are some blocks old, as long as it lags. */
function lags(payer: Payer, behind: number, lagging: () => boolean): Payer {
	const { rpc } = payer;
	const aged = async (calls: readonly RpcCall[]) => {
		const newest = BigInt(await devnet.request<Hex>('eth_blockNumber'));
		const old = `0x${(newest - BigInt(behind)).toString(16)}`;
		return calls.map(({ method, params }) => ({
			method,
			params: method === 'eth_call' ? params.map((one) => (one === 'latest' ? old : one)) : params,
		}));
	};
	return {
		...payer,
		rpc: { ...rpc, batch: async (calls) => rpc.batch(lagging() ? await aged(calls) : calls) },
	};
}
