import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IDataObject } from 'n8n-workflow';
import { parseUnits } from 'viem';
import { connect, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { hashReference } from '../../../core/registry/referenceRegistry';
import { KINDS, freshAddress, payingAccount } from '../../support/payer';
import { agentOf, byAddress, type Agent } from '../support/agent';

jest.setTimeout(300_000);

let devnet: DevnetClient;
let dollar: IDataObject;

beforeAll(async () => {
	devnet = await connect();
	dollar = byAddress(devnet.tokens.usd6.address);
});

afterEach(() => devnet.faults.clear());

/** Everything that a person fills in to pay all items. */
const salaries = (more: IDataObject = {}): IDataObject => ({
	recipient: '={{ $json.who }}',
	token: dollar,
	amount: '={{ $json.amount }}',
	reference: 'salaries/2026-11',
	...more,
});

const people = (count: number, amount = '1') => Array.from({ length: count }, () => ({ who: freshAddress(), amount }));

const balances = async (items: ReturnType<typeof people>) =>
	Promise.all(items.map(({ who }) => dollarsOf(devnet, who)));

describe.each(KINDS)('payment.sendBatch by a key with %s', (kind) => {
	let account: SmartAccount;
	let agent: Agent;

	beforeEach(async () => {
		({ account } = await payingAccount(devnet, { kind }));
		agent = agentOf(devnet, account);
	});

	it('pays all items in one operation, each with its own line of the result', async () => {
		const items = [
			{ who: freshAddress(), amount: '1' },
			{ who: freshAddress(), amount: '2.25' },
			{ who: freshAddress(), amount: '0.000001' },
		];
		const { items: out, error } = await agent.run('payment', 'sendBatch', salaries(), { items });
		expect(error).toBeUndefined();
		expect(out.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(out.map(({ json }) => json)).toMatchObject(
			items.map(({ who, amount }) => ({
				status: 'paid',
				reference: 'salaries/2026-11',
				to: who,
				amount,
				token: 'dUSD',
				summary: expect.stringMatching(/^Paid .*dUSD to 0x.* 496\.749999 of 500 left\.$/),
				left: '496.749999',
			})),
		);
		expect(new Set(out.map(({ json }) => json.userOperationHash)).size).toBe(1);
		expect(await balances(items)).toEqual([1_000_000n, 2_250_000n, 1n]);

		const again = await agent.items('payment', 'sendBatch', salaries(), { items });
		expect(again.map(({ status, to }) => [status, to])).toEqual(items.map(({ who }) => ['alreadyPaid', who]));
		expect(await balances(items)).toEqual([1_000_000n, 2_250_000n, 1n]);
	});

	it.each<[string, (items: ReturnType<typeof people>) => ReturnType<typeof people>]>([
		['another amount', ([first, ...rest]) => [{ ...first!, amount: '1.01' }, ...rest]],
		['another recipient', ([first, ...rest]) => [{ ...first!, who: freshAddress() }, ...rest]],
		['one item more', (items) => [...items, ...people(1)]],
		['one item fewer', (items) => items.slice(1)],
		['another order', (items) => [...items].reverse()],
	])('stops when its reference paid a batch, and there is %s', async (_, changed) => {
		const items = people(3);
		await agent.items('payment', 'sendBatch', salaries(), { items });
		const other = changed(items);
		const error = await agent.error('payment', 'sendBatch', salaries(), { items: other });
		expect(error.message).toContain('salaries/2026-11');
		expect(error.description).toMatch(/\w/);
		const strangers = other.filter(({ who }) => items.every((item) => item.who !== who));
		expect(await balances(strangers)).toEqual(strangers.map(() => 0n));
		expect(await balances(items)).toEqual([1_000_000n, 1_000_000n, 1_000_000n]);
	});

	it('pays all or nothing', async () => {
		const items = [...people(2), ...people(1, '600')];
		const error = await agent.error('payment', 'sendBatch', salaries(), { items });
		expect(error.message).toContain('dUSD');
		expect(await balances(items)).toEqual([0n, 0n, 0n]);
	});

	it('has gas enough for 200 new recipients', async () => {
		const items = people(200);
		const out = await agent.items('payment', 'sendBatch', salaries(), { items });
		expect(out.map(({ status }) => status)).toEqual(items.map(() => 'paid'));
		expect(await balances(items)).toEqual(items.map(() => 1_000_000n));
	});
});

it('payment.sendBatch says how many fit when there are too many, and how to split them', async () => {
	const { account } = await payingAccount(devnet, { kind: 'free lanes', tokenLimit: parseUnits('100000', 6) });
	const agent = agentOf(devnet, account);
	let items = people(2_000, '0.01');
	const sizes: number[] = [];
	for (;;) {
		const { error, items: out } = await agent.run('payment', 'sendBatch', salaries(), { items });
		if (!error) {
			expect(new Set(out.map(({ json }) => json.status))).toEqual(new Set(['paid']));
			break;
		}
		// A bundler may give estimates for more than it takes; when it has said so, that counts.
		expect(sizes.length).toBeLessThan(2);
		const [, all, fits] = /A batch of (\d+) payments .* at most the first (\d+) fit/.exec(error.message) ?? [
			error.message,
		];
		expect(Number(all)).toBe(items.length);
		const [, size] = /Loop Over Items.* batch size of (\d+),/.exec(error.description ?? '') ?? [];
		expect(Number(size)).toBe(Math.floor(Number(fits) * 0.9));
		expect(await balances(items.slice(0, 2))).toEqual([0n, 0n]);
		sizes.push(Number(size));
		items = items.slice(0, Number(size));
	}
	expect(items.length).toBeGreaterThan(200);
	expect(sizes.length).toBeGreaterThan(0);
	expect(await balances(items.slice(-2))).toEqual([10_000n, 10_000n]);
});

it('payment.sendBatch wants one reference for all its items', async () => {
	const { account } = await payingAccount(devnet, { kind: 'free lanes' });
	const error = await agentOf(devnet, account).error(
		'payment',
		'sendBatch',
		salaries({ reference: '={{ $json.who }}' }),
		{ items: people(2) },
	);
	expect(error.message).toMatch(/"Payment Reference" is "0x.*" for the first item and "0x.*" for item 2/);
});

describe('payment.check', () => {
	it('checks all items in order, each seeing what the ones before it use up, and sends nothing', async () => {
		const { account } = await payingAccount(devnet, { kind: 'free lanes' });
		const agent = agentOf(devnet, account);
		const items = [...people(1, '300'), ...people(1, '250'), ...people(1, '200'), ...people(1, '0.5')];
		await devnet.calls.clear();
		const out = await agent.items('payment', 'check', salaries({ reference: undefined }), { items });
		const methods = (await devnet.calls.list()).flatMap((call) => call.methods);
		expect(methods).not.toContain('eth_sendUserOperation');
		expect(out.map(({ allowed }) => allowed)).toEqual([true, false, true, false]);
		expect(out.map(({ to }) => to)).toEqual(items.map(({ who }) => who));
		expect(out.map(({ left }) => left)).toEqual(['200', '200', '0', '0']);
		expect(out.map(({ code }) => code)).toEqual(['', 'tokenBudgetUsedUp', '', 'tokenBudgetUsedUp']);
		expect(new Set(out.map((item) => Object.keys(item).join())).size).toBe(1);
		expect(out[0]?.summary).toMatch(/^300 dUSD to 0x.* would be paid\. Then 200 of 500 left\.$/);
		expect(out[1]?.summary).toContain('300 of 500 dUSD spent, 200 left, this payment needs 250');
		const whole = await agent.items('payment', 'check', salaries({ reference: undefined, simplify: false }), { items });
		expect(whole[1]).toMatchObject({ refusal: { code: 'tokenBudgetUsedUp', message: expect.any(String) } });
		expect(await balances(items)).toEqual([0n, 0n, 0n, 0n]);
	});

	it('of 20 payments reads their rules and budgets in one batch, and asks the called contracts in another', async () => {
		const { account } = await payingAccount(devnet, { kind: 'gas limit' });
		await devnet.calls.clear();
		const items = people(20, '600');
		const out = await agentOf(devnet, account).items('payment', 'check', salaries(), { items });
		expect(out.map(({ allowed }) => allowed)).toEqual(items.map(() => false));
		expect((await devnet.calls.list()).length).toBeLessThanOrEqual(2);
	});
});

describe('looking back', () => {
	it('payment.get finds by reference and by hash', async () => {
		const { account } = await payingAccount(devnet, { kind: 'gas limit' });
		const agent = agentOf(devnet, account);
		const items = people(2, '1.5');
		const [paid] = await agent.items('payment', 'sendBatch', salaries(), { items });
		const rows = items.map(({ who }) => ({ status: 'paid', to: who, amount: '1.5', token: 'dUSD' }));
		const find = (more: IDataObject) => agent.items('payment', 'get', more);
		const byReference = { findBy: 'reference', reference: 'salaries/2026-11' };
		const found = await find(byReference);
		expect(found).toMatchObject(rows.map((row) => ({ ...row, reference: 'salaries/2026-11' })));
		expect(found[0]?.summary).toMatch(/^Paid 1\.5 dUSD to 0x/);
		const hash = paid!.userOperationHash;
		expect(await find({ findBy: 'hash', userOperationHash: hash })).toMatchObject(rows);
		expect(await find({ ...byReference, reference: 'salaries/2026-12' })).toMatchObject([
			{ status: 'unclaimed', reference: 'salaries/2026-12', summary: expect.stringContaining('Nothing was paid') },
		]);
		expect(await find({ ...byReference, simplify: false })).toMatchObject(
			rows.map((row, index) => ({ ...row, account: account.address, userOperationHash: hash, payment: index + 1 })),
		);
	});

	it('payment.getMany lists a row for each payment, which goes straight into a sheet', async () => {
		const { account } = await payingAccount(devnet, { kind: 'gas limit' });
		const agent = agentOf(devnet, account);
		const items = people(2, '1.5');
		const [paid] = await agent.items('payment', 'sendBatch', salaries({ simplify: false }), { items });
		const bonus = salaries({ recipient: freshAddress(), amount: '7', reference: 'bonus/anna' });
		await agent.items('payment', 'send', bonus);

		const columns = ['status', 'time', 'reference', 'amount', 'token', 'to', 'gas', 'transaction', 'link'];
		const references = 'salaries/2026-11\n\n bonus/anna ';
		const listed = await agent.items('payment', 'getMany', { options: { references } });
		for (const row of listed) {
			expect(Object.keys(row)).toEqual(columns);
			for (const value of Object.values(row)) expect(typeof value).toBe('string');
		}
		expect(listed.map(({ reference, amount }) => [reference, amount])).toEqual([
			['bonus/anna', '7'],
			['salaries/2026-11', '1.5'],
			['salaries/2026-11', '1.5'],
		]);
		// Gas of a batch stands once, so that the sum of the column is what was paid.
		expect(listed.slice(1)).toMatchObject([
			{ to: items[0]!.who, time: paid!.time, transaction: paid!.transaction, gas: paid!.gas },
			{ to: items[1]!.who, time: paid!.time, transaction: paid!.transaction, gas: '0' },
		]);
		const hashes = (await agent.items('payment', 'getMany', {})).map(({ reference }) => reference);
		expect(hashes).toEqual(['bonus/anna', 'salaries/2026-11', 'salaries/2026-11'].map(hashReference));
		const list = ['bonus/anna'];
		const [one, other] = await agent.items('payment', 'getMany', { options: { references: list }, simplify: false });
		expect([one, other]).toMatchObject([
			{ reference: 'bonus/anna', referenceHash: hashReference('bonus/anna'), payments: 1 },
			{ reference: hashReference('salaries/2026-11'), payments: 2 },
		]);
		expect(await agent.items('payment', 'getMany', { limit: 2 })).toHaveLength(2);
		const wrong = await agent.error('payment', 'getMany', { options: { references: 'a/undefined' } });
		expect(wrong.message).toContain('"References to Recognise" is "a/undefined"');
	});
});

it('docs/items.md has the fields of real items, and no others', async () => {
	const { account } = await payingAccount(devnet, { kind: 'free lanes' });
	const recipient = freshAddress();
	const agent = agentOf(devnet, account, { agentSessionKeyApi: { payees: `Anna, ${recipient}` } });
	const given = salaries({ recipient, amount: '1' });
	const page = await readFile(join(__dirname, '../../../docs/items.md'), 'utf8');
	const [head, , ...rows] = page.split('\n').filter((line) => line.startsWith('|'));
	const cells = (line = '') =>
		line
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim());
	const fieldsOf = (column: string) => {
		const place = cells(head).indexOf(column);
		return rows.flatMap((row) =>
			cells(row)[place] ? [...cells(row)[0]!.matchAll(/`(\w+)`/g)].map(([, name]) => name) : [],
		);
	};
	const asOf = new Date(Date.now() + 86_400_000).toISOString();
	const [checked] = await agent.items('payment', 'check', { ...given, asOf });
	const [sent] = await agent.items('payment', 'send', given);
	const [found] = await agent.items('payment', 'get', { findBy: 'reference', reference: given.reference });
	const [listed] = await agent.items('payment', 'getMany', {});
	const items = { 'Send, Send Batch': sent, Check: checked, Get: found, 'Get Many': listed };
	for (const [column, item] of Object.entries(items)) {
		expect([column, fieldsOf(column).sort()]).toEqual([column, Object.keys(item!).sort()]);
	}
});

describe('contract.execute', () => {
	const transfer = (who: string, amount: string, reference = 'invoice/7'): IDataObject => ({
		contract: devnet.tokens.usd6.address,
		functionSource: 'signature',
		function: 'transfer(address to, uint256 amount)',
		arguments: { mappingMode: 'defineBelow', value: { to: who, amount } },
		reference,
	});

	it('is done once under its reference, and stopped when it would do something else', async () => {
		const { account } = await payingAccount(devnet, { kind: 'free lanes' });
		const agent = agentOf(devnet, account);
		const who = freshAddress();
		for (const status of ['paid', 'alreadyPaid']) {
			expect(await agent.items('contract', 'execute', transfer(who, '1500000'))).toMatchObject([
				{ status, function: 'transfer', reference: 'invoice/7' },
			]);
		}
		const error = await agent.error('contract', 'execute', transfer(who, '1500001'));
		expect(error.message).toContain('invoice/7');
		expect(await dollarsOf(devnet, who)).toBe(1_500_000n);
	});
});

describe('a refusal', () => {
	it('says when the budget reopens, as a date that a Wait node takes', async () => {
		const before = await devnet.request<{ timestamp: string }>('eth_getBlockByNumber', ['latest', false]);
		const { account } = await payingAccount(devnet, { kind: 'free lanes', refreshInterval: 604_800 });
		const agent = agentOf(devnet, account);
		const [first] = await agent.items(
			'payment',
			'send',
			salaries({ recipient: freshAddress(), amount: '500', simplify: false }),
		);
		const again = salaries({ recipient: freshAddress(), amount: '1', reference: 'next' });
		const { items } = await agent.run('payment', 'send', again, { continueOnFail: true });
		const { code, reopensAt } = items[0]!.json.refusal as { code: string; reopensAt: string };
		expect([items[0]!.json.status, code]).toEqual(['notSent', 'tokenBudgetUsedUp']);
		expect(reopensAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
		// A week after the limit was set: after the block before that, and not after the payment.
		const windowBegan = new Date(reopensAt).getTime() / 1000 - 604_800;
		expect(windowBegan).toBeGreaterThanOrEqual(Number(before.timestamp));
		expect(windowBegan).toBeLessThanOrEqual(new Date(first!.time as string).getTime() / 1000);
	});

	it('that nobody understands leaves it open, and is shown as it is, without secrets, with the hash', async () => {
		const { account } = await payingAccount(devnet, { kind: 'free lanes' });
		const agent = agentOf(devnet, account);
		const message = `the moon is in the wrong phase for ${devnet.url}`;
		await devnet.faults.set({ kind: 'error', code: -32000, message, match: ['eth_sendUserOperation'] });
		const parameters = salaries({ recipient: freshAddress(), amount: '1', options: { timeLimit: 2 } });
		const { items } = await agent.run('payment', 'send', parameters);
		expect(items[0]!.json).toMatchObject({
			status: 'pending',
			bundlerSaid: expect.stringMatching(/the moon is in the wrong phase for \[redacted\]/),
			userOperationHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
			summary: expect.stringContaining('it may still be paid'),
		});
	});
});
