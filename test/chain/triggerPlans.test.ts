import { SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import type { IDataObject } from 'n8n-workflow';
import { pad, parseEther } from 'viem';
import { hashReference } from '../../core/registry/referenceRegistry';
import type { Devnet, DevnetClient, PlanName } from '../../devnet';
import { freshAddress } from '../support/payer';
import type { PollingN8n } from '../support/pollNode';
import {
	fundedAccount,
	includeOperations,
	signOperation,
	startOwnDevnet,
	tokenBudget,
	type SmartAccount,
} from './support/devnet';
import { changeData, EVENTS, payData, recordedChange, triggerOn } from './support/trigger';

jest.setTimeout(600_000);

const PLANS = ['alchemy-free-quick', 'quicknode-free', 'no-archive', 'payg'] as const satisfies readonly PlanName[];
/** Requests for the logs of 30 blocks. */
const LOGS_A_MINUTE = { 'alchemy-free-quick': 3, 'quicknode-free': 6, 'no-archive': 1, payg: 1 };
const BUT_FAILED = EVENTS.filter((event) => event !== 'paymentFailed');

/** A chain of its own: blocks are mined in thousands. */
let devnet: Devnet;
beforeAll(async () => {
	devnet = await startOwnDevnet({ age: 10 * 86_400 });
});
afterAll(() => devnet.close());

const mine = (blocks: number) => devnet.passBlocks(blocks);

async function provider(plan: PlanName): Promise<DevnetClient> {
	const client = devnet.withKey(`trigger-${plan}-${Math.random().toString(36).slice(2)}`);
	await client.plan.set(plan);
	return client;
}

/** Its budget is recorded, as this package does it: no provider here tells of it otherwise. */
async function accountWithKey(): Promise<SmartAccount> {
	const permissions = tokenBudget(devnet.tokens.usd6, 100_000_000n);
	const account = await fundedAccount(devnet, { keys: [{ permissions }] });
	const [key] = account.keys as [SmartAccount['keys'][number]];
	const again = changeData('updateKeyPermissions', [key.address, permissions.encode().slice(1)]);
	await account.asOwner(recordedChange(account, 1, again));
	return account;
}

const pay = (account: SmartAccount, amount: number, reference?: string) =>
	account.asKey([], { callData: payData(devnet, account, amount, reference) });

/** Two operations in one transaction. */
async function payTogether(account: SmartAccount, ...references: string[]): Promise<void> {
	const [{ privateKey: signerKey }] = account.keys as [SmartAccount['keys'][number]];
	const sign = (reference: string, index: number) =>
		signOperation(devnet, {
			sender: account.address,
			callData: payData(devnet, account, 1, reference),
			signerKey,
			nonceKey: BigInt(1_000 + index),
		});
	await includeOperations(devnet, await Promise.all(references.map(sign)));
}

const limitTo = (ether: string) =>
	new SessionKeyPermissionsBuilder()
		.setNativeTokenSpendLimit({ spendLimit: parseEther(ether) })
		.encode()
		.slice(1);

/** Polls as n8n does, two seconds between blocks and a minute between polls, until so many items are there. */
async function pollUntil(trigger: PollingN8n, count: number, mostPolls: number): Promise<IDataObject[]> {
	const told: IDataObject[] = [];
	for (let polls = 0; polls < mostPolls && told.length < count; polls++) {
		told.push(...(await trigger.poll()));
		await mine(30);
	}
	for (let polls = 0; polls < 2; polls++) told.push(...(await trigger.poll()));
	return told;
}

const referencesIn = (told: readonly IDataObject[]) => told.map(({ reference }) => reference);

describe.each(PLANS)('on %s', (plan) => {
	it('that nothing is new is known by one call', async () => {
		const account = await accountWithKey();
		const client = await provider(plan);
		const trigger = triggerOn(client, account, { events: BUT_FAILED, confirmations: 3 });
		await trigger.poll();
		await mine(30);
		expect(await trigger.poll()).toEqual([]);
		await mine(30);
		await client.plan.set(plan);
		expect(await trigger.poll()).toEqual([]);
		expect(await client.plan.usage()).toMatchObject({ requests: 1, calls: 1, units: 26 });
	});

	it('with failed payments it takes the logs of every block, each read once', async () => {
		const account = await accountWithKey();
		const client = await provider(plan);
		const trigger = triggerOn(client, account, { events: EVENTS, confirmations: 3 });
		await trigger.poll();
		for (let minutes = 0; minutes < 8; minutes++) {
			await mine(30);
			expect(await trigger.poll()).toEqual([]);
		}
		await client.plan.set(plan);
		await mine(30);
		expect(await trigger.poll()).toEqual([]);
		expect(await client.plan.usage()).toMatchObject({ methods: { eth_call: 1, eth_getLogs: LOGS_A_MINUTE[plan] } });
	});

	it('after a minute everything is told once, by whomever it was done, and n8n restarted', async () => {
		const account = await accountWithKey();
		const trigger = triggerOn(await provider(plan), account, { events: EVENTS, confirmations: 2 });
		await trigger.poll();
		await mine(10);
		await payTogether(account, 'one', 'two');
		await mine(5);
		await pay(account, 1); // Allow Repeats: under no reference
		await pay(account, 900); // mined, and paid nothing
		const [key] = account.keys as [SmartAccount['keys'][number]];
		await account.asOwner(recordedChange(account, 2, changeData('updateKeyPermissions', [key.address, limitTo('2')])));
		trigger.restart();
		await mine(10);
		const other = freshAddress();
		await account.asOwner(changeData('addSessionKey', [other, pad('0x', { size: 32 }), []]));
		await mine(5);
		const told = await pollUntil(trigger, 6, 5);
		expect(told.map(({ event }) => event).sort()).toEqual([
			'keyAdded',
			'paymentFailed',
			'paymentMade',
			'paymentMade',
			'paymentMade',
			'permissionsUpdated',
		]);
		expect(referencesIn(told)).toEqual(expect.arrayContaining([hashReference('one'), hashReference('two')]));
		expect(told.find(({ event }) => event === 'keyAdded')).toMatchObject({ keyAddress: other });
		trigger.restart();
		expect(await trigger.poll()).toEqual([]);
	});

	it('after an hour it goes on, and what stands in no registry is found in steps', async () => {
		const account = await accountWithKey();
		const trigger = triggerOn(await provider(plan), account);
		await trigger.poll();
		await mine(300);
		await pay(account, 1); // under no reference
		await mine(600);
		await pay(account, 900); // mined, and paid nothing
		await mine(900);
		await pay(account, 1, 'last');
		const told = await pollUntil(trigger, 3, 30);
		expect(told.map(({ event }) => event).sort()).toEqual(['paymentFailed', 'paymentMade', 'paymentMade']);
	});
});

it('after a night a payment and a change are told at the first poll, within the plan', async () => {
	const watched = await Promise.all(
		PLANS.map(async (plan) => {
			const [account, client] = [await accountWithKey(), await provider(plan)];
			const trigger = triggerOn(client, account, { events: BUT_FAILED, confirmations: 3 });
			await trigger.poll();
			return { plan, account, client, trigger };
		}),
	);
	await mine(9_000);
	for (const { account } of watched) {
		const [key] = account.keys as [SmartAccount['keys'][number]];
		await pay(account, 1, 'at night');
		await account.asOwner(recordedChange(account, 2, changeData('updateKeyPermissions', [key.address, limitTo('2')])));
	}
	await mine(12_600);
	for (const { plan, client, trigger } of watched) {
		trigger.restart();
		await client.plan.set(plan);
		const told = await trigger.poll();
		const usage = await client.plan.usage();
		expect(told.map(({ event }) => event)).toEqual(['paymentMade', 'permissionsUpdated']);
		expect(usage.units).toBeLessThanOrEqual(1_000);
		expect(usage.methods).toMatchObject({ eth_getLogs: 3 });
		await mine(30);
		expect(await trigger.poll()).toEqual([]);
	}
});
