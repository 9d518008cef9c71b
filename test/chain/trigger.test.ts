import { SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import type { IDataObject } from 'n8n-workflow';
import { parseEther, type Address, type Hex } from 'viem';
import { tokenTransfer } from '../../core/calls';
import { hashReference } from '../../core/registry/referenceRegistry';
import { listSessionKeys, predecessorOf } from '../../core/plugin/keyList';
import type { Devnet } from '../../devnet';
import { executeWithSessionKey } from '../../devnet/accounts';
import { connectionTo, freshAddress } from '../support/payer';
import {
	fundedAccount,
	includeOperations,
	moveTime,
	signOperation,
	startOwnDevnet,
	tokenBudget,
	type SmartAccount,
} from './support/devnet';
import { changeData, EVENTS, payData, triggerOn as watch } from './support/trigger';

jest.setTimeout(180_000);

/** A chain of its own: clock and blocks are moved and taken back. */
let devnet: Devnet;
beforeAll(async () => {
	devnet = await startOwnDevnet();
});
afterAll(() => devnet.close());

const triggerOn = (account: Pick<SmartAccount, 'address'>, more?: IDataObject) => watch(devnet, account, more);

async function accountWith(permissions = tokenBudget(devnet.tokens.usd6, 10_000_000n)): Promise<SmartAccount> {
	return fundedAccount(devnet, { keys: [{ tag: 'payroll', permissions }] });
}

/** A payment of dollars, in whole units. */
const pay = (account: SmartAccount, amount: number, reference?: string) =>
	account.asKey([], { callData: payData(devnet, account, amount, reference) });

const mine = (blocks: number) => devnet.request('anvil_mine', [`0x${blocks.toString(16)}`]);

const asOwner = (account: SmartAccount, functionName: string, args: readonly unknown[]) =>
	account.asOwner(changeData(functionName, args));

describe('payments', () => {
	it('are told once, in whole units, from the moment on at which the trigger is switched on', async () => {
		const account = await accountWith();
		await pay(account, 1);
		const trigger = triggerOn(account);
		expect(await trigger.poll()).toEqual([]);
		const paid = await pay(account, 1.5, 'salary/anna');
		await pay(account, 9); // above the limit: mined, and paid nothing
		const [made, failed, ...more] = await trigger.poll();
		expect(more).toEqual([]);
		expect(made).toMatchObject({
			event: 'paymentMade',
			status: 'paid',
			keyAddress: account.keys[0]?.address,
			amount: '1.5',
			token: 'dUSD',
			reference: hashReference('salary/anna'),
			summary: expect.stringMatching(/^Paid 1\.5 dUSD to 0x\w{4}…\w{4}\.$/),
			transaction: paid.transactionHash,
			link: `https://explorer.example.com/tx/${paid.transactionHash}`,
			id: `paymentMade:${paid.userOperationHash}`,
		});
		expect(failed).toMatchObject({ event: 'paymentFailed', amount: '9', token: 'dUSD' });
		expect(failed?.summary).toMatch(/^Not paid: .*budget/);
		expect(await trigger.poll()).toEqual([]);
	});

	it('are neither lost nor told twice when n8n is killed between polls', async () => {
		const account = await accountWith();
		const trigger = triggerOn(account);
		const told: IDataObject[] = [];
		const poll = async () => told.push(...(await trigger.poll()));
		await poll();
		for (let round = 0; round < 6; round++) {
			await mine(30); // polls without an event aren't saved
			await poll();
			if (round % 2) trigger.restart();
			await pay(account, 0.1, `round ${round}`);
			if (round % 3 === 0) trigger.restart();
			await poll();
			trigger.restart();
			await poll();
		}
		expect(told.map(({ reference }) => reference)).toEqual([0, 1, 2, 3, 4, 5].map((n) => hashReference(`round ${n}`)));
	});

	it('wait for their confirmations', async () => {
		const account = await accountWith();
		const trigger = triggerOn(account, { confirmations: 3 });
		await trigger.poll();
		await pay(account, 1);
		expect(await trigger.poll()).toEqual([]);
		await mine(1);
		expect(await trigger.poll()).toEqual([]);
		await mine(1);
		expect(await trigger.poll()).toHaveLength(1);
	});

	it('are not told when a reorganisation takes them back before they are confirmed', async () => {
		const account = await accountWith();
		const trigger = triggerOn(account, { confirmations: 4 });
		await trigger.poll();
		const snapshot = await devnet.request<Hex>('evm_snapshot');
		await pay(account, 1, 'taken back');
		await mine(1);
		expect(await trigger.poll()).toEqual([]);
		await devnet.request('evm_revert', [snapshot]);
		await pay(account, 2, 'stays');
		await mine(5);
		expect((await trigger.poll()).map(({ reference }) => reference)).toEqual([hashReference('stays')]);
	});

	it('are told once although a reorganisation moves them to another block after they were told', async () => {
		const account = await accountWith();
		const trigger = triggerOn(account);
		await trigger.poll();
		const [key] = account.keys as [SmartAccount['keys'][number]];
		const call = tokenTransfer(devnet.tokens.usd6.address, freshAddress(), 1_000_000n);
		const callData = executeWithSessionKey([call], key.address);
		const operation = await signOperation(devnet, {
			sender: account.address,
			callData,
			signerKey: key.privateKey,
			nonceKey: 7n,
		});
		const snapshot = await devnet.request<Hex>('evm_snapshot');
		await includeOperations(devnet, [operation]);
		expect(await trigger.poll()).toHaveLength(1);
		await devnet.request('evm_revert', [snapshot]);
		await mine(2);
		await includeOperations(devnet, [operation]);
		await pay(account, 2, 'another');
		expect((await trigger.poll()).map(({ reference }) => reference)).toEqual([hashReference('another')]);
		trigger.restart();
		expect(await trigger.poll()).toEqual([]);
	});

	it('are found where the provider gives logs of ten blocks at a time, and after a fault', async () => {
		const account = await accountWith();
		const trigger = triggerOn(account);
		await trigger.poll();
		await pay(account, 1);
		await mine(100);
		await devnet.faults.set({ kind: 'http', status: 503, match: ['eth_getLogs'] });
		await expect(trigger.poll()).rejects.toThrow('out of order');
		await devnet.faults.set({ kind: 'logRange', blocks: 10 });
		expect(await trigger.poll()).toHaveLength(1);
		await devnet.faults.clear();
	});

	it('of other keys are left out when one key is watched', async () => {
		const permissions = tokenBudget(devnet.tokens.usd6, 10_000_000n);
		const account = await fundedAccount(devnet, { keys: [{ permissions }, { permissions }] });
		const [first, second] = account.keys as [SmartAccount['keys'][number], SmartAccount['keys'][number]];
		const trigger = triggerOn(account, { sessionKey: second.address });
		await trigger.poll();
		await pay(account, 1);
		await account.asKey([tokenTransfer(devnet.tokens.usd6.address, freshAddress(), 3n)], { key: second });
		expect(await trigger.poll()).toMatchObject([{ keyAddress: second.address, amount: '0.000003' }]);
		expect(first.address).not.toBe(second.address);
	});
});

describe('keys', () => {
	it('added, rotated, removed and updated are told with what changed', async () => {
		const account = await accountWith();
		const trigger = triggerOn(account, { events: EVENTS, percentLeft: 0, daysBefore: 0 });
		await trigger.poll();
		const keys = () => listSessionKeys(connectionTo(devnet), account.address);
		const [added, replacement] = [freshAddress(), freshAddress()];
		const tag = `0x${Buffer.from('bonus').toString('hex').padEnd(64, '0')}`;
		await asOwner(account, 'addSessionKey', [added, tag, []]);
		const updates = new SessionKeyPermissionsBuilder()
			.setNativeTokenSpendLimit({ spendLimit: parseEther('2') })
			.encode();
		await asOwner(account, 'updateKeyPermissions', [added, updates.slice(1)]);
		await asOwner(account, 'rotateSessionKey', [added, predecessorOf(await keys(), added), replacement]);
		await asOwner(account, 'removeSessionKey', [replacement, predecessorOf(await keys(), replacement)]);

		const told = await trigger.poll();
		expect(told.map(({ event }) => event)).toEqual([
			'keyAdded',
			...told.filter(({ event }) => event === 'permissionsUpdated').map(() => 'permissionsUpdated'),
			'keyRotated',
			'keyRemoved',
		]);
		expect(told[0]).toMatchObject({ keyAddress: added, tag: 'bonus' });
		expect(JSON.stringify(told.find(({ event, changes }) => event === 'permissionsUpdated' && changes))).toContain(
			'2 ETH',
		);
		expect(told.find(({ event }) => event === 'keyRotated')).toMatchObject({
			oldKeyAddress: added,
			keyAddress: replacement,
		});
		expect(told.at(-1)).toMatchObject({ keyAddress: replacement });
		expect(await trigger.poll()).toEqual([]);
	});

	it('run low once in each window of their budget', async () => {
		const week = 7 * 86_400;
		const account = await accountWith(tokenBudget(devnet.tokens.usd6, 10_000_000n, week));
		const trigger = triggerOn(account, { events: ['budgetLow'] });
		expect(await trigger.poll()).toEqual([]);
		await pay(account, 7);
		expect(await trigger.poll()).toEqual([]);
		await pay(account, 1);
		expect(await trigger.poll()).toMatchObject([
			{
				event: 'budgetLow',
				budget: 'token',
				token: 'dUSD',
				limit: '10',
				left: '2',
				keyAddress: account.keys[0]?.address,
			},
		]);
		await pay(account, 1);
		trigger.restart();
		expect(await trigger.poll()).toEqual([]);
		await moveTime(devnet, week + 10);
		expect(await trigger.poll()).toEqual([]);
		trigger.restart();
		await pay(account, 9);
		expect(await trigger.poll()).toMatchObject([{ event: 'budgetLow', left: '1' }]);
	});

	it('run low by an amount of one token', async () => {
		const account = await accountWith();
		const token = { __rl: true, mode: 'address', value: devnet.tokens.usd6.address };
		const trigger = triggerOn(account, { events: ['budgetLow'], lowMeans: 'amount', amountLeft: '9.5', token });
		await trigger.poll();
		await pay(account, 0.4);
		expect(await trigger.poll()).toEqual([]);
		await pay(account, 0.1);
		expect(await trigger.poll()).toMatchObject([{ left: '9.5' }]);
	});

	it('run low by the days that they last, as far as the trigger has seen payments', async () => {
		const account = await accountWith();
		await pay(account, 3); // before it was switched on
		const trigger = triggerOn(account, { events: ['budgetLow'], lowMeans: 'days', daysLeft: 60 });
		expect(await trigger.poll()).toEqual([]);
		await pay(account, 1);
		// The same 1 every 30 days: 6 are left, for half a year.
		expect(await trigger.poll()).toEqual([]);
		await pay(account, 3);
		const [low, ...more] = await trigger.poll();
		expect(more).toEqual([]);
		expect(low).toMatchObject({ event: 'budgetLow', left: '3', daysLeft: expect.any(Number) });
		expect(low?.daysLeft).toBeLessThanOrEqual(30);
		expect(low?.summary).toMatch(/3 dUSD left .* Lasts until .*, if the payments of the last 30 days are repeated\.$/);
		expect(await trigger.poll()).toEqual([]);
	});

	it('that end soon are told once, also when they already did when the trigger was switched on', async () => {
		const block = await devnet.request<{ timestamp: Hex }>('eth_getBlockByNumber', ['latest', false]);
		// Half a day over, so that the seconds this test takes don't make another day of it.
		const validUntil = Number(block.timestamp) + 20.5 * 86_400;
		const permissions = tokenBudget(devnet.tokens.usd6, 10_000_000n).setTimeRange({ validFrom: 0, validUntil });
		const account = await accountWith(permissions);
		const trigger = triggerOn(account, { events: ['keyExpiring'], daysBefore: 14 });
		expect(await trigger.poll()).toEqual([]);
		await moveTime(devnet, 7 * 86_400);
		expect(await trigger.poll()).toMatchObject([{ event: 'keyExpiring', daysLeft: 13, expired: false }]);
		trigger.restart();
		await moveTime(devnet, 86_400);
		expect(await trigger.poll()).toEqual([]);
		expect(await triggerOn(account, { events: ['keyExpiring'], daysBefore: 14 }).poll()).toHaveLength(1);
	});
});

describe('trying it out', () => {
	it('shows the newest of each kind, and leaves the memory alone', async () => {
		const account = await accountWith();
		await pay(account, 1, 'older');
		await pay(account, 2, 'newest');
		const trigger = triggerOn(account, { events: EVENTS });
		const shown = await trigger.sample();
		expect(shown.map(({ event }) => event).sort()).toEqual([
			'budgetLow',
			'keyAdded',
			'paymentMade',
			'permissionsUpdated',
		]);
		expect(shown.find(({ event }) => event === 'paymentMade')).toMatchObject({
			reference: hashReference('newest'),
		});
		expect(trigger.saved()).toBe('{}');
	});

	it('says when nothing has happened yet', async () => {
		const account = await accountWith();
		await expect(triggerOn(account, { events: ['keyRemoved'] }).sample()).rejects.toThrow(
			'has happened on this account yet',
		);
		await expect(triggerOn(account, { events: [] }).sample()).rejects.toThrow('"Events" is empty');
		const nowhere = { ...account, address: 'nonsense' as Address };
		await expect(triggerOn(nowhere).poll()).rejects.toThrow('not an address');
	});
});
