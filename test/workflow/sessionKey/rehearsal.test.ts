import type { IDataObject } from 'n8n-workflow';
import { parseEther } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { DEFAULT_PLAN } from '../../../devnet/plans';
import { connect, fundedAccount, type DevnetClient } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { managerOf } from '../../chain/support/manager';
import { byAddress as byKey } from '../../support/managerForms';
import { freshAddress, KINDS, permissionsFor } from '../../support/payer';
import { agentOf, byAddress } from '../support/agent';

jest.setTimeout(120_000);

const DAY = 86_400;
let devnet: DevnetClient;
let dollar: IDataObject;

beforeAll(async () => {
	devnet = await connect();
	dollar = byAddress(devnet.tokens.usd6.address);
});

afterEach(() => devnet.plan.set(DEFAULT_PLAN));

const inDays = (days: number) => new Date((Math.floor(Date.now() / 1000) + days * DAY) * 1000).toISOString();
/** Everything that a person fills in, with a moment for each item. */
const form = (more: IDataObject = {}): IDataObject => ({
	recipient: '={{ $json.who }}',
	token: dollar,
	amount: '={{ $json.amount }}',
	asOf: '={{ $json.when }}',
	...more,
});

/** A key whose 500 dollars come back every 7 days, and which has spent 400 of them. */
async function spender(kind: (typeof KINDS)[number]) {
	const ownerKey = generatePrivateKey();
	const permissions = permissionsFor(devnet, { kind, refreshInterval: 7 * DAY });
	const account = await fundedAccount(devnet, { eth: parseEther('5'), ownerKey, keys: [{ permissions }] });
	const agent = agentOf(devnet, account);
	const paid = { recipient: freshAddress(), token: dollar, amount: '400', reference: 'spent' };
	expect((await agent.items('payment', 'send', paid))[0]).toMatchObject({ status: 'paid' });
	return { account, agent, ownerKey };
}

describe.each(KINDS)('a payday rehearsed for a key with %s', (kind) => {
	it('says in the order of time who would be paid, and when the others would be', async () => {
		const { agent } = await spender(kind);
		const item = (amount: string, days: number) => ({ who: freshAddress(), amount, when: inDays(days) });
		// The last one is paid first, and uses up what the one before it would have needed.
		const items = [item('300', 9), item('150', 8), item('60', 3), item('250', 8), item('90', 2)];
		const out = await agent.items('payment', 'check', form(), { items });
		expect(out.map(({ allowed }) => allowed)).toEqual([false, true, false, true, true]);
		expect(out.map(({ code }) => code)).toEqual(['tokenBudgetUsedUp', '', 'tokenBudgetUsedUp', '', '']);
		expect(out.map(({ left }) => left)).toEqual(['100', '350', '10', '100', '10']);
		expect(out.map(({ asOf }) => Date.parse(asOf as string))).toEqual(items.map(({ when }) => Date.parse(when)));
		expect(out[1]?.summary).toMatch(/^On .* at .*: 150 dUSD to 0x.* would be paid\. Then 350 of 500 left until /);
		expect(out[2]?.summary).toMatch(/would not be paid: 50 dUSD short until .*The dUSD budget of this key/);
		expect(out[0]?.summary).toMatch(/would not be paid: 200 dUSD short until /);
		expect(out[0]?.reopensAt).toMatch(/Z$/);
		expect(out[0]?.assumes).toMatch(/^Assumes that the balances, the permissions/);
		expect(await Promise.all(items.map(({ who }) => dollarsOf(devnet, who)))).toEqual(items.map(() => 0n));
	});

	it('finds nothing wrong with tomorrow in what only today would stop', async () => {
		const { agent } = await spender(kind);
		const items = [{ who: freshAddress(), amount: '500', when: inDays(8) }];
		const now = await agent.items('payment', 'check', form({ asOf: '' }), { items });
		expect(now).toMatchObject([{ allowed: false, code: 'tokenBudgetUsedUp' }]);
		expect(await agent.items('payment', 'check', form(), { items })).toMatchObject([{ allowed: true }]);
	});
});

it('of a moment that is over there is no rehearsal, and of two items only that one is wrong', async () => {
	const { agent } = await spender('free lanes');
	const who = freshAddress();
	const items = [
		{ who, amount: '1', when: '2026-01-01' },
		{ who, amount: '1', when: inDays(1) },
	];
	const error = await agent.error('payment', 'check', form(), { items });
	expect(error.message).toContain('"As Of" is 1 January 2026 at 00:00 UTC, which is over');
	const out = await agent.items('payment', 'check', form(), { items, continueOnFail: true });
	expect(out).toMatchObject([{ error: expect.stringContaining('which is over') }, { allowed: true }]);
});

describe('the runway of a key', () => {
	it('is told for budgets, balances and gas where every payment of the last 30 days is shown', async () => {
		const { account, agent, ownerKey } = await spender('gas limit');
		await devnet.plan.set('payg');
		const asked = async (parameters: IDataObject) => {
			await devnet.calls.clear();
			const [item] = await agent.items('key', 'get', parameters);
			return { item, requests: (await devnet.calls.list()).length };
		};
		const { item: plain, requests: usual } = await asked({});
		expect(plain).not.toHaveProperty('runway');
		const { item: told, requests } = await asked({ runway: true });
		// Where logs are given: the head and its block, a block to find the 30 days by, logs, transactions, times, balances.
		expect(requests - usual).toBeLessThanOrEqual(10);
		const lines = told?.runway as IDataObject[];
		expect(lines.map(({ of }) => of)).toEqual([
			'dUSD budget',
			'gas budget',
			'dUSD of the account',
			'ETH of the account, for gas too',
		]);
		// 400 every 30 days fit into 500 every 7 days; what the account holds is used up one day.
		expect(lines[0]).toMatchObject({ lastsUntil: '', days: '', text: expect.stringMatching(/^Lasts for two years/) });
		expect(lines[2]?.days).toBeGreaterThan(28);
		expect(lines[2]?.lastsUntil).toMatch(/Z$/);
		expect(told?.runwayText).toContain('dUSD of the account: Lasts until ');
		const manager = managerOf(devnet, { ownerKey });
		const parameters = { sessionKey: byKey(account.keys[0]!.address), runway: true };
		expect(await manager.item('key', 'get', parameters)).toMatchObject({
			runway: lines.map(({ of, lastsUntil }) => ({ of, lastsUntil })),
		});
	});

	it('is not told from a part of the payments', async () => {
		const { agent } = await spender('free lanes');
		await devnet.faults.set({ kind: 'error', code: -32600, message: 'range too large', match: ['eth_getLogs'] });
		const [told] = await agent.items('key', 'get', { runway: true });
		await devnet.faults.clear();
		expect(told).toMatchObject({ runway: [], runwayText: expect.stringMatching(/^Not known: the provider/) });
	});
});
