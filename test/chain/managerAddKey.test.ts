import { randomUUID } from 'node:crypto';
import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import type { IDataObject } from 'n8n-workflow';
import { encodeFunctionData, padHex, parseEther, type Address } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { readAccount } from '../../core/accountState';

import { alchemyApiFor } from '../support/credentials';
import { budget, byAddress, byTag, managedAccount, safeKey } from '../support/managerForms';
import { connectionTo, freshAddress } from '../support/payer';
import { connect, fundedAccount, type DevnetClient, type SmartAccount } from './support/devnet';
import { managerOf } from './support/manager';
import { requestIn, visitPage, type Waiting } from './support/visit';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	await devnet.plan.set('payg');
	usdc = devnet.tokens.usd6.address;
});

const stateOf = ({ address, owner }: Pick<SmartAccount, 'address' | 'owner'>) =>
	readAccount(connectionTo(devnet), { address, owners: [owner.address], salt: 0n });

const changesOf = async (account: SmartAccount) => (await stateOf(account)).recordedChanges;

/** Money waits at the address of an account that nobody has created. */
async function futureAccount() {
	const ownerKey = generatePrivateKey();
	const account = await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('5') });
	return { account, manager: managerOf(devnet, { ownerKey }) };
}

/** An account without the plugin: its owner has taken it away. */
async function bareAccount() {
	const { account, manager } = await managedAccount(devnet, 'old');
	expect(await manager.item('plugin', 'uninstall')).toMatchObject({ status: 'done' });
	return { account, manager };
}

/** The page of a workflow that waits to add a key, and the owner who signs on it. */
async function ownersPage({ owner }: SmartAccount, form: IDataObject) {
	const parameters = { resource: 'key', operation: 'add', ...form };
	const run: Waiting = { executionId: randomUUID(), parameters, credentials: { alchemyApi: alchemyApiFor(devnet) } };
	const page = await visitPage(run);
	const { operation, seal, shown, message } = requestIn(page);
	const sign = async () => {
		const signature = await privateKeyToAccount(owner.privateKey).signMessage({ message: { raw: message } });
		return visitPage(run, { action: 'approve', operation, seal, shown, signature });
	};
	return { page, sign };
}

const STEPS = [/^The account 0x\w+ is created, with the owner/, /^The session key plugin is installed/, /is added/];

describe('Key: Add does whatever is missing, in one operation', () => {
	it.each([
		['creates the account, installs the plugin and adds the key', futureAccount, STEPS],
		['installs the plugin and adds the key', bareAccount, STEPS.slice(1)],
		['adds the key', () => managedAccount(devnet, 'old'), STEPS.slice(2)],
	])('%s: a dry run says so, and then it is done', async (_, accountWith, steps) => {
		const { account, manager } = await accountWith();
		const key = freshAddress();
		const before = await stateOf(account);
		const form = safeKey(usdc, key);
		const dry = await manager.item('key', 'add', { ...form, dryRun: true });
		expect(dry).toMatchObject({ status: 'dryRun', gas: { paidBy: account.address } });
		for (const step of STEPS) {
			expect((dry.changes as string[]).some((one) => step.test(one))).toBe(steps.includes(step));
		}
		expect(await stateOf(account)).toEqual(before);

		const done = await manager.item('key', 'add', form);
		expect(done).toMatchObject({
			status: 'done',
			account: account.address,
			changes: dry.changes,
			keyAddress: key,
			key: { keyAddress: key, tag: 'payroll', asPlanned: true },
		});
		expect(await stateOf(account)).toMatchObject({
			deployed: true,
			hasSessionKeyPlugin: true,
			sessionKeys: [key, ...before.sessionKeys],
		});
	});

	it.each([
		['a new account', futureAccount],
		['an account without the plugin', bareAccount],
	])("has it signed in the owner's wallet: %s", async (_, accountWith) => {
		const { account } = await accountWith();
		const key = freshAddress();
		const parameters: IDataObject = {
			...{ signedBy: 'wallet', ...safeKey(usdc, key) },
			...{ accountAddress: '', ownerAddress: account.owner.address },
			...((await stateOf(account)).deployed && { accountAddress: account.address }),
		};
		const { page, sign } = await ownersPage(account, parameters);
		expect(page.body).toContain('The session key plugin is installed.');
		const { body, item } = await sign();
		expect(body).toMatchObject({ kind: 'good', title: 'Done' });
		expect(item).toMatchObject({ approval: 'approved', status: 'done', keyAddress: key, key: { asPlanned: true } });
		expect((await stateOf(account)).sessionKeys).toEqual([key]);
	});
});

describe('Key: Add, run again', () => {
	it('changes nothing when all is as asked, whatever was made of the key since', async () => {
		const { account, manager } = await futureAccount();
		const form = safeKey(usdc, freshAddress());
		await manager.item('key', 'add', form);
		const changes = await changesOf(account);
		const again = await manager.item('key', 'add', form);
		expect(again).toMatchObject({
			status: 'unchanged',
			account: account.address,
			keyAddress: form.newSessionKey,
			key: { keyAddress: form.newSessionKey, tag: 'payroll', risk: { bounded: true } },
		});
		expect(again.userOperationHash).toBeUndefined();
		expect(await manager.item('key', 'add', { ...form, dryRun: true })).toMatchObject({ status: 'unchanged' });
		expect(await changesOf(account)).toBe(changes);
	});

	it.each<[string, (key: Address) => IDataObject, string]>([
		['another limit', () => ({ budgets: { values: [budget(usdc, '50', { refresh: 'weekly' })] } }), '100'],
		['another window', () => ({ budgets: { values: [budget(usdc, '100')] } }), 'every 7 days → '],
		['another gas budget', () => ({ gasLimit: '0.6' }), 'Gas limit: 0.5 ETH'],
		[
			'an end',
			() => ({ validUntil: '2050-01-01T00:00:00Z' }),
			'Valid: until an owner removes it → until 1 January 2050',
		],
		['another tag', () => ({ tag: 'rent' }), 'Tag: "payroll" → "rent"'],
	])('says the differences and sends nothing: %s', async (_, more, words) => {
		const { account, manager } = await managedAccount(devnet);
		const form = safeKey(usdc, freshAddress());
		await manager.item('key', 'add', form);
		const before = await stateOf(account);
		const refusal = await manager.refusal('key', 'add', { ...form, ...more(account.address) });
		expect(refusal).toContain('nothing was sent');
		expect(refusal).toContain(words);
		expect(await stateOf(account)).toEqual(before);
	});

	it('tells of what the key may do besides, given by other means', async () => {
		const { account, manager } = await managedAccount(devnet, 'old');
		const key = freshAddress();
		await account.asOwner(
			encodeFunctionData({
				abi: SessionKeyPluginExecutionFunctionAbi,
				functionName: 'addSessionKey',
				args: [key, padHex('0x', { size: 32 }), []],
			}),
		);
		const refusal = await manager.refusal('key', 'add', safeKey(usdc, key));
		expect(refusal).toContain('Payment references: not allowed → allowed');
		expect(refusal).toContain('Tag: "" → "payroll"');
	});

	it('signed after somebody else has made the change, says that it is made', async () => {
		const { account, manager } = await managedAccount(devnet, 'old');
		const form = safeKey(usdc, freshAddress());
		const { sign } = await ownersPage(account, { signedBy: 'wallet', accountAddress: account.address, ...form });
		await manager.item('key', 'remove', { sessionKey: byTag('old') });
		await manager.item('key', 'add', form);
		const { body, item } = await sign();
		expect(body).toMatchObject({ kind: 'good', title: 'Done', final: true });
		expect(JSON.stringify(body)).not.toContain('undefined');
		expect(item).toMatchObject({ approval: 'approved', status: 'unchanged', keyAddress: form.newSessionKey });
		expect(await changesOf(account)).toBe(2);
	});

	it('at the same time adds the key once', async () => {
		const { account, manager } = await futureAccount();
		const form = safeKey(usdc, freshAddress());
		const runs = await Promise.all([manager.run('key', 'add', form), manager.run('key', 'add', form)]);
		expect(runs.some(({ items }) => items[0]?.json.status === 'done')).toBe(true);
		expect(await changesOf(account)).toBe(1);
		expect((await stateOf(account)).sessionKeys).toEqual([form.newSessionKey]);
		expect(await manager.item('key', 'add', form)).toMatchObject({ status: 'unchanged' });
	});
});

it('sends people from an account that is not created yet to Key: Add, and says that its money is safe', async () => {
	const { manager } = await futureAccount();
	const sessionKey = byAddress(freshAddress());
	expect(await manager.refusal('key', 'remove', { sessionKey })).toContain('Key > Add');
	const refusal = await manager.refusal('plugin', 'uninstall');
	expect(refusal).toContain('Key > Add');
	expect(refusal).toContain('Money at this address is safe');
});
