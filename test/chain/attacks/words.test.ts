import {
	encodeAbiParameters,
	encodeEventTopics,
	erc20Abi,
	numberToHex,
	pad,
	toFunctionSelector,
	zeroHash,
	type Hex,
} from 'viem';
import { ENTRY_POINT } from '../../../core/contracts';
import { pay } from '../../../core/payment/pay';
import { MULTICALL3 } from '../../../contracts/multicall3';
import { USER_OPERATION_EVENT } from '../../../core/userOperation/outcome';
import { fromRpcUserOperation, type UserOperation } from '../../../core/userOperation/userOperation';
import { includeOperations, type FaultRule } from '../../../devnet';
import { dollars, freshAddress, payingAccount, payOptions } from '../../support/payer';
import { connect, type DevnetClient } from '../support/devnet';
import { dollarsOf, refusalOf } from '../support/onChain';
import { callTo, keeper, liar } from './liar';

jest.setTimeout(60_000);

const PAID = 1_500_000n;
const SEND = ['eth_sendUserOperation'];
const GET_BLOCK_NUMBER = toFunctionSelector('getBlockNumber()');

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

describe('after sending, what says nothing about the operation is no refusal: it may still be paid', () => {
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
		const told = await pay(payer, dollars(devnet, to), payOptions('no-news', { timeLimit: 300 }));
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

describe('after sending, an odd answer is no news: the run goes on looking, and tells what it then sees', () => {
	/** Neither from a contract nor from the node itself. */
	const noBlock = (method: string, params: readonly unknown[], block: unknown) => {
		if (callTo(MULTICALL3, method, params)?.startsWith(GET_BLOCK_NUMBER)) return '0x';
		return method === 'eth_getBlockByNumber' ? block : undefined;
	};
	type Odd = (method: string, params: readonly unknown[]) => unknown;
	const ODD: [string, Odd][] = [
		['null for the newest block', (method, params) => noBlock(method, params, null)],
		['a block without a number', (method, params) => noBlock(method, params, {})],
		['"0x" for a nonce', (method) => (method === 'eth_call' ? '0x' : undefined)],
		['text for a nonce', (method) => (method === 'eth_call' ? 'syncing' : undefined)],
		...[
			{ logs: [{ address: 'x' }] },
			{ logs: 'none' },
			{ logs: [null] },
			{ receipt: { transactionHash: 'x' } },
			{ receipt: { logs: [{ address: '0x', topics: null }] } },
			[],
			'0x',
			true,
		].map((receipt): [string, Odd] => [
			`the receipt ${JSON.stringify(receipt)}`,
			(method) => (method === 'eth_getUserOperationReceipt' ? receipt : undefined),
		]),
	];

	it.each(ODD)('%s', async (_, odd) => {
		const runs = [
			['once', 1],
			[undefined, 1],
			['always', Infinity],
		] as const;
		await Promise.all(
			runs.map(async ([reference, times]) => {
				const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
				const to = freshAddress();
				let sent = false;
				let told = 0;
				const rpc = liar(devnet.url, async (method, params, truth) => {
					const answer = await truth();
					sent ||= SEND.includes(method);
					const instead = sent && told < times ? odd(method, params) : undefined;
					if (instead === undefined) return answer;
					told++;
					return instead;
				});
				const timeLimit = times === 1 ? 20_000 : 600;
				const payment = await pay({ ...payer, rpc }, dollars(devnet, to), payOptions(reference, { timeLimit }));
				expect(told).toBeGreaterThan(0);
				if (times === 1) expect(payment.status).toBe('paid');
				else expect(['paid', 'pending']).toContain(payment.status);
				expect(payment.userOperationHash).toMatch(/^0x\w{64}$/);
				// What is pending after 0.6 s may be in a block a moment later.
				for (let waits = 0; waits < 100 && (await dollarsOf(devnet, to)) === 0n; waits++) await payer.rpc.sleep(100);
				expect(await dollarsOf(devnet, to)).toBe(PAID);
			}),
		);
	});
});

it('a node’s receipt of which one log can’t be read never says that nothing was transferred', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
	const to = freshAddress();
	const rpc = liar(devnet.url, async (method, _, truth) => {
		const answer = await truth();
		if (method === 'eth_getUserOperationReceipt' && answer) {
			const { receipt } = answer as { receipt: { transactionHash: Hex } };
			return { receipt: { transactionHash: receipt.transactionHash } };
		}
		if (method !== 'eth_getTransactionReceipt' || !answer) return answer;
		const { logs, ...receipt } = answer as { logs: { address: Hex }[] };
		const isDollars = (address: Hex) => address.toLowerCase() === devnet.tokens.usd6.address.toLowerCase();
		return { ...receipt, logs: logs.map((log) => (isDollars(log.address) ? { ...log, logIndex: null } : log)) };
	});
	const told = await pay({ ...payer, rpc }, dollars(devnet, to), payOptions('holes', { timeLimit: 1_000 }));
	expect(told).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x/) });
	await expect(pay({ ...payer, rpc }, dollars(devnet, to), payOptions('holes'))).rejects.toMatchObject({
		fault: 'unintelligible',
	});
	expect(await pay(payer, dollars(devnet, to), payOptions('holes'))).toMatchObject({ status: 'alreadyPaid' });
});

describe('a bundler that lies beside an honest node is not believed', () => {
	const forged = (hash: Hex, { sender, nonce }: UserOperation, success: boolean) => ({
		address: ENTRY_POINT,
		topics: [USER_OPERATION_EVENT, hash, pad(sender), zeroHash],
		data: encodeAbiParameters(
			[{ type: 'uint256' }, { type: 'bool' }, { type: 'uint256' }, { type: 'uint256' }],
			[nonce, success, 1n, 1n],
		),
		...{ blockNumber: '0x1', blockHash: zeroHash, transactionHash: zeroHash, logIndex: '0x0' },
	});

	it('of a payment that was made: that it failed', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		let sent: UserOperation | undefined;
		const rpc = liar(devnet.url, async (method, params, truth) => {
			if (SEND.includes(method)) sent = fromRpcUserOperation(params[0] as never);
			const answer = await truth();
			if (method !== 'eth_getUserOperationReceipt' || !answer) return answer;
			const { receipt } = answer as { receipt: { transactionHash: Hex } };
			const { transactionHash } = receipt;
			return { receipt: { transactionHash, logs: [{ ...forged(params[0] as Hex, sent!, false), transactionHash }] } };
		});
		expect(await pay({ ...payer, rpc }, dollars(devnet, to), payOptions('forged'))).toMatchObject({ status: 'paid' });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('of a payment that was mined and failed: that it was made', async () => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes', tokenLimit: 2n * 1_000_000n });
		const [to, other] = [freshAddress(), freshAddress()];
		let transactionHash: Hex = zeroHash;
		const { rpc, kept } = keeper(devnet, async (method, params, truth) => {
			if (method !== 'eth_getUserOperationReceipt') return truth();
			if (transactionHash === zeroHash) {
				// What the key may still pay is used up before this one is included.
				await pay(payer, dollars(devnet, other), payOptions(undefined));
				transactionHash = (await includeOperations(devnet, [kept[0]!]))[0]!.transactionHash;
			}
			const token = devnet.tokens.usd6.address;
			const args = { from: payer.account, to };
			const transfer = {
				...forged(params[0] as Hex, kept[0]!, true),
				address: token,
				topics: encodeEventTopics({ abi: erc20Abi, eventName: 'Transfer', args }),
				data: numberToHex(PAID, { size: 32 }),
			};
			const end = { ...forged(params[0] as Hex, kept[0]!, true), logIndex: '0x1' };
			return { success: true, receipt: { transactionHash, logs: [transfer, end] } };
		});
		const refusal = await refusalOf(pay({ ...payer, rpc }, dollars(devnet, to), payOptions(undefined)));
		expect(refusal).toMatchObject({ refusal: { code: 'tokenBudgetUsedUp' }, transactionHash });
		expect(await dollarsOf(devnet, to)).toBe(0n);
		expect(await dollarsOf(devnet, other)).toBe(PAID);
	});

	it.each([true, false])('of a payment that no block has: that its success is %s', async (success) => {
		const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		const { rpc, kept } = keeper(devnet, async (method, params, truth) =>
			method === 'eth_getUserOperationReceipt'
				? { receipt: { transactionHash: zeroHash, logs: [forged(params[0] as Hex, kept[0]!, success)] } }
				: truth(),
		);
		const options = payOptions('forged', { timeLimit: 400 });
		expect(await pay({ ...payer, rpc }, dollars(devnet, to), options)).toMatchObject({
			status: 'pending',
			userOperationHash: expect.stringMatching(/^0x/),
		});
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});
});
