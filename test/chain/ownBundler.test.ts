import type { Address, Hex } from 'viem';
import { pay } from '../../core/payment/pay';
import type { Payer, Payment } from '../../core/payment/send/payment';
import { createRpc, type Post } from '../../core/rpc/rpc';
import type { FaultRule } from '../../devnet';
import { dollars, freshAddress, KINDS, payingAccount, payOptions, post, sleep, type Kind } from '../support/payer';
import { connect, type DevnetClient } from './support/devnet';
import { dollarsOf, refusalOf, weiOf } from './support/onChain';
import { startOwnBundler, type OwnBundler } from './support/ownBundler';

jest.setTimeout(90_000);

const PAID = 1_500_000n;
const SENDING = ['eth_sendUserOperation'];
const OPERATIONS = 'eth_(send|estimate)UserOperation';
const RETIRED = { kind: 'error', code: -32602, message: 'Unsupported entry point', match: OPERATIONS } as const;

let devnet: DevnetClient;
/** The devnet's own bundler, through an API key of its own. */
let first: DevnetClient;
let own: OwnBundler;

beforeAll(async () => {
	devnet = await connect();
	first = devnet.withKey('first-bundler');
	own = await startOwnBundler(devnet);
});

afterAll(() => own?.stop());
afterEach(() => first.faults.clear());

/** What was sent to a URL, to the last byte. */
type Sent = { url: string; operation: string }[];

/** The payer over these bundlers, and what it hands to each. */
function over(payer: Payer, [bundlerUrl, secondBundlerUrl]: string[]): { payer: Payer; sent: Sent } {
	const sent: Sent = [];
	const noting: Post = (url, body, timeout) => {
		const { method, params } = body as { method?: string; params?: unknown };
		if (method === SENDING[0]) sent.push({ url, operation: JSON.stringify(params) });
		return post(url, body, timeout);
	};
	const rpc = createRpc({ chainUrl: devnet.url, bundlerUrl, secondBundlerUrl, post: noting, sleep });
	return { payer: { ...payer, rpc }, sent };
}

async function tryToPay(payer: Payer, to: Address, reference: string, timeLimit = 20_000): Promise<Payment | Error> {
	return pay(payer, dollars(devnet, to), payOptions(reference, { timeLimit })).catch(
		(error: unknown) => error as Error,
	);
}

/** Who sent the bundle. */
async function bundledBy({ included }: Payment): Promise<Address> {
	const { from } = await devnet.request<{ from: Hex }>('eth_getTransactionByHash', [included!.transactionHash]);
	return from;
}

/** Pays with the own bundler behind the first one, which has faults; what it said, where it went, and what came of it. */
async function payUnder(kind: Kind, faults: readonly FaultRule[], more: Partial<Payer> = {}) {
	const account = await payingAccount(devnet, { kind }, more);
	const { payer, sent } = over(account.payer, [first.url, own.url]);
	const to = freshAddress();
	await first.faults.set(...faults);
	const payment = await tryToPay(payer, to, 'two-bundlers');
	await first.faults.clear();
	// Whatever the first run said is so, and running it again makes one payment of it.
	const wasPaid = (payment as Payment).status === 'paid';
	expect(await dollarsOf(devnet, to)).toBe(wasPaid ? PAID : 0n);
	const again = await tryToPay(payer, to, 'two-bundlers');
	expect(again).toMatchObject({ status: wasPaid ? 'alreadyPaid' : 'paid' });
	expect(await dollarsOf(devnet, to)).toBe(PAID);
	return { payment: payment as Payment, sent };
}

describe('a bundler of one’s own, by the command of docs/providers.md', () => {
	it.each(KINDS)('makes payments by itself (a key with %s)', async (kind) => {
		const { payer } = over((await payingAccount(devnet, { kind })).payer, [own.url]);
		const to = freshAddress();
		const payment = await tryToPay(payer, to, 'own');
		expect(payment).toMatchObject({ status: 'paid' });
		expect((await bundledBy(payment as Payment)).toLowerCase()).toBe(own.wallet.toLowerCase());
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});

	it('gets back what it spends on gas, and asks its node for what the page says', async () => {
		const { payer } = over((await payingAccount(devnet, { kind: 'free lanes' })).payer, [own.url]);
		const before = await weiOf(devnet, own.wallet);
		const { requests } = await own.node.plan.usage();
		const payments = 5;
		for (let index = 0; index < payments; index++) {
			expect(await tryToPay(payer, freshAddress(), `gas/${index}`)).toMatchObject({ status: 'paid' });
		}
		expect(await weiOf(devnet, own.wallet)).toBeGreaterThan(before);
		const usage = await own.node.plan.usage();
		expect((usage.requests - requests) / payments).toBeLessThan(40);
		// A free plan refuses it nothing but ranges that grew on their way: other tests make blocks on this chain at any moment.
		expect(Object.keys(usage.refused).filter((why) => why !== 'range')).toEqual([]);
		expect(Object.keys(usage.methods).filter((method) => /^(debug|trace)_/.test(method))).toEqual([]);
	});
});

describe.each(KINDS)('as the second bundler, for a key with %s', (kind) => {
	it.each([
		['drops its answer after taking it', { kind: 'drop', match: SENDING }],
		['says 503 after taking it', { kind: 'http', status: 503, match: SENDING, carriedOut: true }],
		['says "internal error" after taking it', { ...error(-32603, 'Internal error'), carriedOut: true }],
	] as [string, FaultRule][])('both have the same operation when the first %s: it is paid once', async (_, fault) => {
		const { payment, sent } = await payUnder(kind, [fault]);
		expect(payment).toMatchObject({ status: 'paid', included: { success: true } });
		expect(new Set(sent.map(({ url }) => url))).toEqual(new Set([first.url, own.url]));
		expect(new Set(sent.map(({ operation }) => operation)).size).toBe(1);
	});
});

describe('as the second bundler', () => {
	it.each([
		['takes operations for EntryPoint v0.6 no more', [RETIRED]],
		['is out of order', [{ kind: 'http', status: 503 }]],
		['is out of order for operations', [{ kind: 'http', status: 502, match: OPERATIONS }]],
		['has too many requests', [{ kind: 'http', status: 429, match: OPERATIONS }]],
		['refuses the API key', [{ kind: 'http', status: 401 }]],
	] as [string, FaultRule[]][])('it pays when the first %s', async (_, faults) => {
		const { payment, sent } = await payUnder('free lanes', faults);
		expect(payment).toMatchObject({ status: 'paid' });
		expect((await bundledBy(payment)).toLowerCase()).toBe(own.wallet.toLowerCase());
		expect(new Set(sent.map(({ operation }) => operation)).size).toBe(1);
	});

	it('is not asked when the first has it already, or has something against it', async () => {
		const known = await payUnder('free lanes', [{ ...error(-32602, 'Already known'), carriedOut: true }]);
		expect(known.payment).toMatchObject({ status: 'paid' });
		const refused = await payUnder('free lanes', [error(-32500, 'AA34 signature error')]);
		expect(refused.payment).toMatchObject({ refusal: { code: 'paymasterRefused' } });
		for (const { sent } of [known, refused]) {
			const firstRun = sent.filter(({ operation }) => operation === sent[0]!.operation);
			expect(new Set(firstRun.map(({ url }) => url))).toEqual(new Set([first.url]));
		}
	});

	it('takes what a gas policy of the first provider has signed', async () => {
		const { sponsoring: gasPolicyId } = devnet.gasManager.policies;
		const { payment } = await payUnder('free lanes', [RETIRED], { gasPolicyId });
		expect(payment).toMatchObject({ status: 'paid', included: { paymaster: devnet.gasManager.paymaster } });
		expect((await bundledBy(payment)).toLowerCase()).toBe(own.wallet.toLowerCase());
	});

	it('pays nothing at the account’s cost when the provider of the policy is out', async () => {
		const { sponsoring: gasPolicyId } = devnet.gasManager.policies;
		const { payment, sent } = await payUnder('free lanes', [{ kind: 'http', status: 503 }], { gasPolicyId });
		expect(payment).toMatchObject({ name: 'EndpointError', fault: 'unavailable' });
		// Running it again sent it.
		expect(sent).toHaveLength(1);
	});
});

/** An error in place of an answer to what is sent. */
function error(code: number, message: string) {
	return { kind: 'error', code, message, match: SENDING } as const;
}

describe('where neither bundler can be trusted to answer', () => {
	let second: DevnetClient;
	beforeEach(() => (second = devnet.withKey('second-bundler')));
	afterEach(() => second.faults.clear());

	async function underFaults(ofFirst: FaultRule[], ofSecond: FaultRule[], timeLimit: number) {
		const { payer, sent } = over((await payingAccount(devnet, { kind: 'free lanes' })).payer, [first.url, second.url]);
		const to = freshAddress();
		await Promise.all([first.faults.set(...ofFirst), second.faults.set(...ofSecond)]);
		const run = await tryToPay(payer, to, 'untrusted', timeLimit);
		const paid = await dollarsOf(devnet, to);
		await Promise.all([first.faults.clear(), second.faults.clear()]);
		const afterwards = over(payer, [first.url, second.url]).payer;
		expect(await tryToPay(afterwards, to, 'untrusted')).toMatchObject({ status: expect.stringMatching(/paid/i) });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		return { run, paid, sent };
	}
	const out: FaultRule = { kind: 'http', status: 503, match: SENDING };

	it('it may be on its way when both are out, and says so with its hash', async () => {
		const { run, paid } = await underFaults([out], [out], 2_000);
		expect(run).toMatchObject({ status: 'pending', userOperationHash: expect.any(String) });
		expect(paid).toBe(0n);
	});

	it('it may be on its way when the first took it and is out, and the second refuses it', async () => {
		const took: FaultRule = { ...out, carriedOut: true };
		const { run, paid } = await underFaults([took], [error(-32500, 'AA34 signature error')], 20_000);
		expect(run).toMatchObject({ status: 'paid' });
		expect(paid).toBe(PAID);
	});

	it('it is pending when the first is out and the second keeps it back, whatever the second says of it', async () => {
		const lies: FaultRule[] = [
			{ kind: 'answer', result: `0x${'ab'.repeat(32)}`, match: SENDING },
			{ kind: 'answer', result: { success: true, receipt: { logs: [] } }, match: ['eth_getUserOperationReceipt'] },
		];
		const { run, paid } = await underFaults([{ kind: 'http', status: 503 }], lies, 2_000);
		expect(run).toMatchObject({ status: 'pending', userOperationHash: expect.any(String) });
		expect(paid).toBe(0n);
	});

	it('nothing is signed when both are out before', async () => {
		const { run, sent } = await underFaults([{ kind: 'http', status: 503 }], [{ kind: 'http', status: 503 }], 20_000);
		expect(run).toMatchObject({ name: 'EndpointError', fault: 'unavailable' });
		expect(sent).toEqual([]);
	});

	it('it is refused, in words that say what to do, when neither takes operations for EntryPoint v0.6', async () => {
		const { payer, sent } = over((await payingAccount(devnet, { kind: 'free lanes' })).payer, [first.url, second.url]);
		await Promise.all([first.faults.set(RETIRED), second.faults.set(RETIRED)]);
		const refusal = await refusalOf(pay(payer, dollars(devnet, freshAddress()), payOptions('retired')));
		expect(refusal).toMatchObject({ refusal: { code: 'entryPointNotSupported' } });
		expect(refusal.refusal.remedy).toContain('"Second Bundler URL"');
		expect(sent).toEqual([]);
	});
});

it('two bundlers under faults of every sort pay each reference once', async () => {
	const random = (rule: object, seed: number) => ({ ...rule, probability: 0.3, seed }) as FaultRule;
	const { payer } = await payingAccount(devnet, { kind: 'gas limit' });
	const recipients = [0, 1, 2].map(freshAddress);
	const payers = [0, 1].map(() => over(payer, [first.url, own.url]).payer);
	for (let seed = 1; seed <= 3; seed++) {
		await first.faults.set(
			random({ kind: 'http', status: 503 }, seed),
			random({ kind: 'drop' }, seed + 10),
			random({ ...RETIRED, match: SENDING }, seed + 20),
			random({ kind: 'http', status: 500, carriedOut: true }, seed + 30),
		);
		await Promise.all(
			recipients.flatMap((to, index) => payers.map((one) => tryToPay(one, to, `random/${index}`, 3_000))),
		);
	}
	await first.faults.clear();
	for (const [index, to] of recipients.entries()) {
		expect(await tryToPay(payer, to, `random/${index}`)).toMatchObject({ status: expect.stringMatching(/paid/i) });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	}
});
