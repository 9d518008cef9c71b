import { IStandardExecutorAbi } from '@alchemy/aa-accounts';
import * as fc from 'fast-check';
import { encodeFunctionData, numberToHex, parseEther, type Address, type Hex } from 'viem';
import { nativeTransfer, tokenTransfer, type Call } from '../../core/calls';
import { customNetwork } from '../../core/networks';
import { claimCall, hashReference } from '../../core/registry/referenceRegistry';
import { readStatement, type Statement } from '../../core/statement/readStatement';
import { reconcile, type LineStatus, type RegisterLine } from '../../core/statement/reconcile';
import { unitsIn } from '../../core/statement/toRows';
import type { Devnet, PlanName } from '../../devnet';
import { minedReceipt } from '../../devnet/operations';
import { mint } from '../../devnet/tokens';
import { createRpc, type Post } from '../../core/rpc/rpc';
import { connectionTo, freshAddress, permissionsFor, post, sleep } from '../support/payer';
import { fundedAccount, moveTime, startOwnDevnet, type SmartAccount } from './support/devnet';

/** More of them by STATEMENT_HISTORIES; the same seed gives the same ones. */
const COUNT = Number(process.env.STATEMENT_HISTORIES ?? 12);
const SEED = Number(process.env.SEED ?? 20_261_128);

jest.setTimeout(120_000 + COUNT * 20_000);

let devnet: Devnet;

beforeAll(async () => {
	devnet = await startOwnDevnet();
});
afterAll(() => devnet.close());

const [ANNA, BERT, COIN_PAYEE] = [freshAddress(), freshAddress(), freshAddress()];

/** One thing that happens to an account. Amounts in base units. */
type Happening =
	| { kind: 'pay'; key: number; to: Address; amount: number; reference: number }
	| { kind: 'payNative'; key: number; amount: number; reference: number }
	| { kind: 'failing'; key: number; reference: number }
	| { kind: 'owner'; amount: number; wei: number }
	| { kind: 'dollarsIn' | 'weiIn' | 'depositIn'; amount: number }
	/** What happens next is taken back, and something else takes its place. */
	| { kind: 'reorganised' };

type Value<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** Mostly those that registers ask for. */
const amount = fc.oneof(fc.constantFrom(500_000, 1_500_000), fc.integer({ min: 1, max: 3_000_000 }));
const key = fc.nat({ max: 1 });
const reference = fc.nat({ max: 3 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc.record({
			kind: fc.constant('pay' as const),
			key,
			to: fc.constantFrom(ANNA, BERT),
			amount,
			reference,
		}),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('payNative' as const), key, amount, reference }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('failing' as const), key, reference }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('owner' as const), amount, wei: amount }) },
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constantFrom('dollarsIn' as const, 'weiIn' as const, 'depositIn' as const),
			amount,
		}),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('reorganised' as const) }) },
);

/** A line: of which reference, to whom, how much. */
const line = fc.record({
	reference,
	recipient: fc.constantFrom(ANNA, BERT),
	amount: fc.constantFrom(500_000, 1_500_000),
});

const history = fc.record({
	before: fc.array(happening, { maxLength: 3 }),
	during: fc.array(happening, { minLength: 1, maxLength: 9 }),
	after: fc.array(happening, { maxLength: 2 }),
	register: fc.array(line, { maxLength: 6 }),
	plan: fc.constantFrom<PlanName>('payg', 'alchemy-free-quick'),
});

/** What was paid under a reference, by the test's own account of it. */
type Paid = Map<number, { to: Address; amount: number; isNative: boolean }>;

class Story {
	readonly paid: Paid = new Map();

	constructor(private readonly account: SmartAccount) {}

	async happen(one: Happening): Promise<void> {
		const { address } = this.account;
		const { tokens, operator, request } = devnet;
		// In a block before the next thing happens.
		const sent = async (transaction: object) =>
			minedReceipt(devnet, await request<Hex>('eth_sendTransaction', [transaction]));
		switch (one.kind) {
			case 'pay':
				return this.pay(one, tokenTransfer(tokens.usd6.address, one.to, BigInt(one.amount)), one.to, false);
			case 'payNative':
				return this.pay(one, nativeTransfer(COIN_PAYEE, BigInt(one.amount)), COIN_PAYEE, true);
			case 'failing': {
				const tooMuch = tokenTransfer(tokens.usd6.address, ANNA, 10n ** 15n);
				await this.send(one.key, [claimCall(hashReference(nameOf(one.reference))), tooMuch]);
				return;
			}
			case 'owner': {
				const calls = [
					nativeTransfer(BERT, BigInt(one.wei)),
					tokenTransfer(tokens.usd6.address, BERT, BigInt(one.amount)),
				];
				const { success } = await this.account.asOwner(
					encodeFunctionData({ abi: IStandardExecutorAbi, functionName: 'executeBatch', args: [calls] }),
				);
				expect(success).toBe(true);
				return;
			}
			case 'dollarsIn':
				await sent({ from: operator, ...mint(tokens.usd6, address, BigInt(one.amount)) });
				return;
			case 'weiIn':
				await sent({ from: operator, to: address, value: numberToHex(one.amount) });
				return;
			case 'depositIn': {
				const data: Hex = `0xb760faf9${address.slice(2).padStart(64, '0')}`; // depositTo(address)
				const to = '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789';
				await sent({ from: operator, to, data, value: numberToHex(one.amount) });
				return;
			}
			case 'reorganised': {
				const snapshot = await request<Hex>('evm_snapshot');
				await this.send(0, [tokenTransfer(tokens.usd6.address, ANNA, 77n)]);
				await request('evm_revert', [snapshot]);
			}
		}
	}

	private async pay(
		{ key, amount, reference }: { key: number; amount: number; reference: number },
		call: Call,
		to: Address,
		isNative: boolean,
	) {
		const isPaid = await this.send(key, [claimCall(hashReference(nameOf(reference))), call]);
		if (isPaid) this.paid.set(reference, { to, amount, isNative });
	}

	private async send(place: number, calls: Call[]): Promise<boolean> {
		const key = this.account.keys[place];
		return (await this.account.asKey(calls, { key, maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 10n ** 9n })).success;
	}
}

const nameOf = (reference: number) => `salary/${reference}`;

/** The newest block's time, with the clock moved on, so that nothing later is in the same second. */
async function nextSecond(): Promise<number> {
	await moveTime(devnet, 5);
	const { timestamp } = await devnet.request<{ timestamp: Hex }>('eth_getBlockByNumber', ['latest', false]);
	return Number(timestamp);
}

const figures = { histories: 0, entries: 0, lines: new Map<string, number>() };

async function closes({ before, during, after, register, plan }: Value<typeof history>): Promise<void> {
	const permissions = permissionsFor(devnet, { kind: 'free lanes', recipients: [COIN_PAYEE] });
	const account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		keys: [
			{ permissions, tag: 'a' },
			{ permissions, tag: 'b' },
		],
	});
	const story = new Story(account);
	for (const one of before) await story.happen(one);
	const earlier = new Set(story.paid.keys());
	const from = (await nextSecond()) + 1;
	await moveTime(devnet, 5);
	for (const one of during) await story.happen(one);
	const inTime = new Map([...story.paid].filter(([reference]) => !earlier.has(reference)));
	const to = await nextSecond();
	await moveTime(devnet, 5);
	for (const one of after) await story.happen(one);

	await devnet.plan.set(plan);
	const { usd6 } = devnet.tokens;
	const network = customNetwork(devnet.chainId, 'ETH');
	const on = { rpc: connectionTo(devnet), network, account: account.address };
	const statement = await readStatement(on, { period: { from, to, timeZone: 'UTC' }, tokens: [usd6.address] });

	for (const sum of statement.sums) {
		const { opening, closing, in: received, out, gas } = sum;
		expect(closing).toBeDefined();
		expect((opening as bigint) + received - out - gas).toBe(closing);
	}
	const dollars = statement.sums.find(({ asset }) => asset === usd6.address);
	// Nothing of a token is left to the difference: every transfer is found, on every plan.
	expect([dollars?.unlistedIn ?? 0n, dollars?.unlistedOut ?? 0n]).toEqual([0n, 0n]);
	expect(referencesOf(statement)).toEqual([...inTime.keys()].map((one) => hashReference(nameOf(one))).sort());
	expect(judgedBy(statement, register)).toEqual(register.map((one, place) => expected(inTime, register, one, place)));
	figures.histories += 1;
	figures.entries += statement.entries.length;
}

function referencesOf({ entries }: Statement): Hex[] {
	return entries.flatMap(({ kind, claims = [] }) => (kind === 'payment' ? claims : [])).sort();
}

type Line = Value<typeof line>;

function judgedBy(statement: Statement, register: readonly Line[]): LineStatus[] {
	const lines = register.map(
		(one): RegisterLine => ({
			reference: nameOf(one.reference),
			recipient: one.recipient,
			amount: (one.amount / 1_000_000).toFixed(2),
			asset: devnet.tokens.usd6.address,
		}),
	);
	const judged = reconcile(lines, statement.entries, unitsIn(statement, customNetwork(devnet.chainId, 'ETH')));
	for (const { status } of judged.lines) figures.lines.set(status, (figures.lines.get(status) ?? 0) + 1);
	return judged.lines.map(({ status }) => status);
}

/** Worked out anew: of the lines of a reference the one that fits best is settled, all others are not paid. */
function expected(paid: Paid, register: readonly Line[], own: Line, place: number): LineStatus {
	const payment = paid.get(own.reference);
	if (!payment) return 'notPaid';
	const score = ({ recipient, amount: asked }: Line) => {
		if (recipient !== payment.to) return 0;
		if (payment.isNative) return 1;
		return asked === payment.amount ? 3 : 2;
	};
	const rivals = register.flatMap((one, index) =>
		one.reference === own.reference ? [{ index, score: score(one) }] : [],
	);
	const best = Math.max(...rivals.map((one) => one.score));
	if (rivals.find((one) => one.score === best)?.index !== place) return 'notPaid';
	return best === 3 ? 'paidExactly' : 'paidDifferently';
}

it('is read anew where the newest blocks are replaced meanwhile', async () => {
	const { usd6 } = devnet.tokens;
	const permissions = permissionsFor(devnet, { kind: 'free lanes' });
	const account = await fundedAccount(devnet, { keys: [{ permissions }] });
	const from = (await nextSecond()) + 1;
	await moveTime(devnet, 5);
	await account.asKey([tokenTransfer(usd6.address, ANNA, 1_000_000n)]);
	const snapshot = await devnet.request<Hex>('evm_snapshot');
	await account.asKey([tokenTransfer(usd6.address, ANNA, 77n)]);
	let replaced = 0;
	const replacing: Post = async (url, body, timeoutMs) => {
		if (JSON.stringify(body).includes('eth_getLogs') && replaced++ === 0) {
			await devnet.request('evm_revert', [snapshot]);
			await account.asKey([tokenTransfer(usd6.address, BERT, 88n)]);
		}
		return post(url, body, timeoutMs);
	};
	const rpc = createRpc({ chainUrl: devnet.url, post: replacing, sleep });
	const on = { rpc, network: customNetwork(devnet.chainId, 'ETH'), account: account.address };
	const { entries, sums } = await readStatement(on, {
		period: { from, to: from + 86_400, timeZone: 'UTC' },
		tokens: [usd6.address],
	});
	expect(entries.map(({ out }) => out)).toEqual([1_000_000n, 88n]);
	expect(sums.map(({ left }) => left)).toEqual([0n, 0n]);
});

test(`the sum closes on every token, and registers are judged right (${COUNT} histories, seed ${SEED})`, async () => {
	await fc.assert(fc.asyncProperty(history, closes), { seed: SEED, numRuns: COUNT, endOnFailure: COUNT > 100 });
	const lines = [...figures.lines].map(([status, count]) => `${status} ${count}`).join(', ');
	console.log(`${figures.histories} histories, ${figures.entries} entries; lines: ${lines}`);
});
