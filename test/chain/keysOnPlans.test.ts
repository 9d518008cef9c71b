import { SessionKeyPermissionsBuilder, SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import type { IDataObject, ILoadOptionsFunctions } from 'n8n-workflow';
import { encodeFunctionData, numberToHex, parseEther, type Address, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import type { PlanName } from '../../devnet';
import { accountOf } from '../../devnet/accounts';
import { SessionKey } from '../../nodes/SessionKey/SessionKey.node';
import { searchKeys } from '../../nodes/SessionKeyManager/searchKeys';
import { alchemyApiFor } from '../support/credentials';
import { byAddress, byTag, safeKey } from '../support/managerForms';
import { post } from '../support/payer';
import { runNode } from '../support/runNode';
import { fundedAccount, startOwnDevnet, tokenBudget, type Devnet, type DevnetClient } from './support/devnet';
import { managerOf } from './support/manager';

/**
 * What is told of a key, behind a provider that gives all logs and behind one that gives ten blocks of them. Heights are far
 * apart, so that nothing is found by being near.
 */
jest.setTimeout(180_000);

const CHANGES = 20;
const APART = 15;

interface Managed {
	account: Address;
	ownerKey: Hex;
	key: { address: Address; privateKey: Hex };
}

let own: Devnet;
let usdc: Address;
/** A key with twenty changes, all made with this package; one that other software added and changed. */
let ours: Managed;
let theirs: Managed;

beforeAll(async () => {
	own = await startOwnDevnet();
	usdc = own.tokens.usd6.address;
	ours = await keyOfThisPackage();
	theirs = await keyOfOtherSoftware();
	await pass(200);
});

afterAll(() => own.close());

const pass = (blocks: number) => own.request('anvil_mine', [numberToHex(blocks)]);

async function keyOfThisPackage(): Promise<Managed> {
	const ownerKey = generatePrivateKey();
	const { address } = await fundedAccount(own, { ownerKey, deployed: false, eth: parseEther('5') });
	const manager = managerOf(own, { ownerKey });
	const key = accountOf();
	await manager.item('plugin', 'install', { keys: { values: [safeKey(usdc, key.address, { tag: 'ours' })] } });
	for (let change = 2; change <= CHANGES; change++) {
		await pass(APART);
		const done =
			change % 2
				? manager.item('permission', 'update', {
						sessionKey: byTag('ours'),
						changes: { recipients: numberToHex(0xa11ce + (change % 3), { size: 20 }) },
					})
				: manager.item('permission', 'setSpendLimit', {
						sessionKey: byAddress(key.address),
						token: byAddress(usdc),
						amount: String(100 + change),
						refresh: 'weekly',
					});
		expect(await done).toMatchObject({ status: 'done', key: { asPlanned: true } });
	}
	return { account: address, ownerKey, key };
}

/** By the SDK's own calldata; the limit, and another contract, in a later operation. */
async function keyOfOtherSoftware(): Promise<Managed> {
	const permissions = tokenBudget(own.tokens.usd6, 100_000_000n, 604_800);
	const account = await fundedAccount(own, { keys: [{ tag: 'theirs', permissions }] });
	await pass(APART);
	const updates = new SessionKeyPermissionsBuilder()
		.addContractAddressAccessEntry({ contractAddress: own.testTarget, isOnList: true, checkSelectors: false })
		.addErc20TokenSpendLimit({ tokenAddress: usdc, spendLimit: 40_000_000n, refreshInterval: 86_400 })
		.encode();
	const key = account.keys[0]!;
	const update = encodeFunctionData({
		abi: SessionKeyPluginExecutionFunctionAbi,
		functionName: 'updateKeyPermissions',
		args: [key.address, updates],
	});
	expect(await account.asOwner(update)).toMatchObject({ success: true });
	return { account: account.address, ownerKey: account.owner.privateKey, key };
}

/** A provider with this plan, with an API key of its own. */
async function behind(plan: PlanName): Promise<DevnetClient> {
	const client = own.withKey(`plan-${plan}-${Math.random()}`);
	await client.plan.set(plan);
	return client;
}

type Form = 'agent' | 'agentSimple' | 'get' | 'getSimple' | 'many' | 'manySimple';

/** Everything that is told of a key, in every form. */
async function told(client: DevnetClient, { account, ownerKey, key }: Managed): Promise<Record<Form, IDataObject>> {
	const manager = managerOf(client, { ownerKey, account });
	const sessionKey = byAddress(key.address);
	const many = async (simplify: boolean) =>
		(await manager.run('key', 'getMany', { returnAll: true, simplify })).items[0]?.json as IDataObject;
	return {
		agent: await agentsOwn(client, account, key.privateKey, false),
		agentSimple: await agentsOwn(client, account, key.privateKey, true),
		get: await manager.item('key', 'get', { sessionKey, simplify: false }),
		getSimple: await manager.item('key', 'get', { sessionKey, simplify: true }),
		many: await many(false),
		manySimple: await many(true),
	};
}

async function agentsOwn(client: DevnetClient, accountAddress: Address, privateKey: Hex, simplify: boolean) {
	const { items, error } = await runNode(new SessionKey(), {
		parameters: { resource: 'key', operation: 'get', simplify },
		credentials: { alchemyApi: alchemyApiFor(client), agentSessionKeyApi: { accountAddress, privateKey } },
	});
	if (error) throw error;
	return items[0]?.json as IDataObject;
}

/** What can be paid, whichever form tells it. */
function budgetsIn({ budgets, tokenLimits, nativeLimit, gasLimit, gas, validUntil, status }: IDataObject) {
	return { budgets, tokenLimits, nativeLimit, gasLimit, gas, validUntil, status };
}

const HARMLESS = /nothing else is allowed|nothing is allowed|call nothing|do nothing|take nothing|could do nothing/i;
const AT_LEAST = /at (least|a minimum)/i;

/** A provider without past state, that gives ten blocks of logs as well. */
async function withoutPast(): Promise<DevnetClient> {
	const client = await behind('no-archive');
	await client.faults.set({ kind: 'logRange', blocks: 10 });
	return client;
}

const PROVIDERS = {
	'alchemy-free': () => behind('alchemy-free-quick'),
	'quicknode-free': () => behind('quicknode-free'),
	'no-archive': withoutPast,
};

describe.each<[string, () => Managed, keyof typeof PROVIDERS]>([
	['made with this package', () => ours, 'alchemy-free'],
	['made with this package', () => ours, 'quicknode-free'],
	['made with this package', () => ours, 'no-archive'],
	['made by other software', () => theirs, 'alchemy-free'],
	['made by other software', () => theirs, 'quicknode-free'],
])('a key %s', (_, managed, plan) => {
	it(`means the same on ${plan} as on payg: same budgets in every form, and a risk never milder than the truth`, async () => {
		const [truth, seen] = [await told(await behind('payg'), managed()), await told(await PROVIDERS[plan](), managed())];
		for (const form of Object.keys(truth) as Form[]) {
			expect([form, budgetsIn(seen[form])]).toEqual([form, budgetsIn(truth[form])]);
			expect([form, truth[form].historyComplete]).toEqual([form, true]);
			expect([form, seen[form].historyComplete]).toEqual([form, false]);
			expect(seen[form].historyGap).toContain('What other software set besides is not');
			const text = JSON.stringify(seen[form]);
			expect(text).not.toMatch(HARMLESS);
			expect(text).toMatch(AT_LEAST);
			expect(text).not.toContain('"bounded":true');
		}
		expect([truth.get.tag, seen.get.tag]).toEqual([truth.get.tag, truth.get.tag]);
		expect(truth.get.risk).toMatchObject({ losses: expect.any(Array) });
	});
});

it('what this package set is told in full on every plan; what others set, only where all logs are given', async () => {
	const contractsOf = ({ get }: Record<Form, IDataObject>) =>
		(get.contracts as { contract: Address; mayCall: string }[]).map(({ contract }) => contract).sort();
	const [payg, free] = [await behind('payg'), await behind('alchemy-free-quick')];
	expect(contractsOf(await told(free, ours))).toEqual(contractsOf(await told(payg, ours)));
	expect(contractsOf(await told(payg, theirs))).toContain(own.testTarget);
	expect(contractsOf(await told(free, theirs))).not.toContain(own.testTarget);
});

it('without past state a key of other software is told by nothing, in so many words', async () => {
	const seen = await told(await withoutPast(), theirs);
	for (const form of Object.values(seen)) {
		expect(form.historyGap).toContain('Only what concerns the tokens that are known on this network is known');
		expect(JSON.stringify(form)).not.toMatch(HARMLESS);
	}
	expect(seen.get).toMatchObject({ risk: { bounded: false } });
});

it('an owner who changes a key is told what is not known, before and after', async () => {
	const manager = managerOf(await behind('alchemy-free-quick'), { ownerKey: theirs.ownerKey, account: theirs.account });
	const change = { sessionKey: byAddress(theirs.key.address), token: byAddress(usdc), amount: '50', dryRun: true };
	const dry = await manager.item('permission', 'setSpendLimit', change);
	expect(dry).toMatchObject({ status: 'dryRun', historyGap: expect.stringContaining('no full history of this key') });
	expect(dry.keys).toMatchObject([{ risk: { bounded: false } }]);
	expect(JSON.stringify(dry)).not.toMatch(HARMLESS);
});

describe('at a free plan', () => {
	/** View calls of one HTTP request that read the newest state count as one: Multicall3 carries them. */
	async function usageOf(client: DevnetClient) {
		const { requests, calls, units } = await client.plan.usage();
		const views = (await client.calls.list()).map(
			({ methods }) => methods.filter((method) => method === 'eth_call').length,
		);
		const saved = views.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
		return { requests, calls: calls - saved, units: units - 26 * saved };
	}

	async function costOf(ask: (client: DevnetClient) => Promise<unknown>) {
		const client = await behind('alchemy-free-quick');
		await ask(client);
		return usageOf(client);
	}

	it.each<[string, (client: DevnetClient) => Promise<unknown>]>([
		['the agent’s Key: Get', (client) => agentsOwn(client, ours.account, ours.key.privateKey, true)],
		[
			'the manager’s Key: Get, by address',
			(client) =>
				managerOf(client, { ownerKey: ours.ownerKey }).item('key', 'get', { sessionKey: byAddress(ours.key.address) }),
		],
		[
			'the manager’s Key: Get, by tag',
			(client) => managerOf(client, { ownerKey: ours.ownerKey }).item('key', 'get', { sessionKey: byTag('ours') }),
		],
		[
			'Get Many',
			(client) => managerOf(client, { ownerKey: ours.ownerKey }).item('key', 'getMany', { returnAll: true }),
		],
	])('%s of a key with twenty changes takes at most 15 requests, 40 calls and 2,000 CU', async (_, ask) => {
		const cost = await costOf(ask);
		const most = { requests: 15, calls: 40, units: 2_000 };
		const isOver = (Object.keys(most) as (keyof typeof most)[]).filter((what) => cost[what] > most[what]);
		expect([isOver, cost]).toEqual([[], cost]);
	});

	/** The names in the manager's list of keys. */
	async function listed(client: DevnetClient, { account, ownerKey }: Pick<Managed, 'account' | 'ownerKey'>) {
		const credentials: Record<string, unknown> = {
			alchemyApi: alchemyApiFor(client),
			smartAccountOwnerApi: { signWith: 'privateKey', privateKey: ownerKey, accountAddress: account },
		};
		const context = {
			getCredentials: async (type: string) => credentials[type],
			getCurrentNodeParameter: () => undefined,
			getNodeParameter: (_: string, fallback: unknown) => fallback,
			getNode: () => ({ name: 'Manager' }),
			getTimezone: () => 'UTC',
			helpers: {
				httpRequest: async ({ url, body: sent }: { url: string; body: unknown }) => {
					const { status, headers, body } = await post(url, sent, 20_000);
					return { statusCode: status, headers, body };
				},
			},
		} as unknown as ILoadOptionsFunctions;
		return (await searchKeys.call(context)).results.map(({ name }) => name);
	}

	it('the list of keys in the form takes one request and 86 CU of an account with many changes: addresses', async () => {
		const client = await behind('alchemy-free-quick');
		expect(await listed(client, ours)).toEqual([ours.key.address]);
		expect(await usageOf(client)).toEqual({ requests: 1, calls: 2, units: 86 });
		expect(await listed(await behind('payg'), ours)).toEqual([expect.stringMatching(/^ours \(0x/)]);
	});

	it('with up to ten changes it tells the tags by the logs of just their blocks, in a second request', async () => {
		const [ownerKey, first, second] = [generatePrivateKey(), accountOf(), accountOf()];
		const { address: account } = await fundedAccount(own, { ownerKey, deployed: false, eth: parseEther('5') });
		const manager = managerOf(own, { ownerKey });
		const keyTagged = (tag: string, { address }: { address: Address }) => safeKey(usdc, address, { tag });
		await manager.item('plugin', 'install', { keys: { values: [keyTagged('rent', first)] } });
		await pass(APART);
		await manager.item('key', 'add', keyTagged('wages', second));
		await pass(APART);
		const names = [/^wages \(0x/, /^rent \(0x/].map((name) => expect.stringMatching(name) as string);
		for (const plan of ['alchemy-free-quick', 'quicknode-free', 'no-archive', 'payg'] as const) {
			expect([plan, await listed(await behind(plan), { account, ownerKey })]).toEqual([plan, names]);
		}
		const client = await behind('alchemy-free-quick');
		await listed(client, { account, ownerKey });
		expect(await usageOf(client)).toEqual({ requests: 2, calls: 4, units: 86 + 2 * 60 });

		// A key that is added again under another tag has that one.
		await manager.item('key', 'remove', { sessionKey: byTag('rent') });
		await pass(APART);
		await manager.item('key', 'add', keyTagged('travel', first));
		await pass(APART);
		const now = await listed(await behind('alchemy-free-quick'), { account, ownerKey });
		expect(now.map((name) => name.split(' ')[0])).toEqual(['travel', 'wages']);

		// No log, no tag; no delay either.
		const broken = await behind('alchemy-free-quick');
		await broken.faults.set({ kind: 'http', status: 503, match: ['eth_getLogs'] });
		expect([...(await listed(broken, { account, ownerKey }))].sort()).toEqual([first.address, second.address].sort());
	});
});
