import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import type { INodeTypeDescription } from 'n8n-workflow';
import { encodeFunctionData, parseEther, parseUnits, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { pay } from '../../core/payment/pay';
import { predecessorOf } from '../../core/plugin/keyList';
import type { Credential, Item } from '../../demo/n8n';
import { fundedAccount, tokenBudget, type AccountOptions, type SmartAccount } from '../../devnet';
import { SessionKey } from '../../nodes/SessionKey/SessionKey.node';
import { SessionKeyManager } from '../../nodes/SessionKeyManager/SessionKeyManager.node';
import { SessionKeyTrigger } from '../../nodes/SessionKeyTrigger/SessionKeyTrigger.node';
import { dollarsOf, weiOf } from '../chain/support/onChain';
import { alchemyApiFor } from '../support/credentials';
import { readOperations } from '../support/operations';
import { dollars, freshAddress, payerWith, payOptions } from '../support/payer';
import { installWallet } from '../support/wallet';
import { openEditor, type Editor, type NodeDetails } from './editor';
import { fillBudget } from './support/budget';
import { connect, type World } from './support/world';

/*
 * Every operation, as a person uses it: its node is put onto an empty canvas, its form is filled in, it is run, and what
 * comes out is read from the screen and compared with the chain.
 */

jest.setTimeout(600_000);
// A browser on a busy machine may miss a click. Every test has an account of its own, so it can begin again.
jest.retryTimes(1);

let world: World;
let editor: Editor;
let node: NodeDetails;
let token: Address;

const payee = freshAddress();
const secrets: string[] = [];

beforeAll(async () => {
	world = await connect();
	token = world.devnet.tokens.usd6.address;
	editor = await openEditor(world.url);
	({ node } = editor);
});

afterAll(() => editor?.close());

const usdOf = (who: Address): Promise<bigint> => dollarsOf(world.devnet, who);
const usd = (amount: string): bigint => parseUnits(amount, 6);

/** A key with 100 dollars a week and 0.1 ETH. */
const payroll = () => ({
	tag: 'payroll',
	permissions: tokenBudget(world.devnet.tokens.usd6, usd('100'), 604_800)
		.setNativeTokenSpendLimit({ spendLimit: parseEther('0.1') })
		.addContractAddressAccessEntry({ contractAddress: payee, isOnList: true, checkSelectors: false }),
});

/** Payments that were made before. */
async function paid({ address, keys }: SmartAccount, amounts: Record<string, string>): Promise<void> {
	const payer = payerWith(world.devnet, address, keys[0]!.privateKey);
	for (const [reference, amount] of Object.entries(amounts)) {
		await pay(payer, dollars(world.devnet, payee, amount), payOptions(reference));
	}
}

interface Use {
	account: SmartAccount;
	/** The key of the account, where it has one. */
	key: Address;
	/** Executes the node, which has to go well, and gives the items on the screen. */
	run(): Promise<Item[]>;
}

/** What an operation needs before a person comes to it. */
interface Before {
	account?: AccountOptions;
	credentials?: (account: SmartAccount) => Credential[];
	/** What comes to the node; left out: one empty item. */
	items?: Item[];
}

type Operation = (action: string, use: (given: Use) => Promise<void>, before?: Before) => void;

/** Declares a node's operations, each with its test. */
function describeNode(
	type: INodeTypeDescription,
	credentialsOf: NonNullable<Before['credentials']>,
	declare: (operation: Operation) => void,
): void {
	const tested: string[] = [];
	describe(type.displayName, () => {
		declare((action, use, before) => {
			tested.push(action);
			it(action, () => tryOut(type, action, use, { credentials: credentialsOf, ...before }));
		});

		it('has no operation but these', () => {
			const all = readOperations(type).map(({ action }) => action);
			expect(tested.sort()).toEqual(all.sort());
		});
	});
}

async function tryOut(
	type: INodeTypeDescription,
	action: string,
	use: (given: Use) => Promise<void>,
	{ account: options, credentials, items }: Before & Required<Pick<Before, 'credentials'>>,
): Promise<void> {
	const account = await fundedAccount(world.devnet, { eth: parseEther('5'), keys: [payroll()], ...options });
	secrets.push(account.owner.privateKey, ...account.keys.map(({ privateKey }) => privateKey));
	// Made before the page is loaded: n8n then knows them, and offers the newest.
	const names = await makeCredentials(...credentials(account));
	await (items ? startWith(items) : startEmpty());
	await editor.addNode(type.displayName, action);
	await choose(names);
	const picture = `${type.name}-${action.replaceAll(' ', '-')}`;
	let runs = 0;
	const run = async (): Promise<Item[]> => {
		runs++;
		await editor.screenshotForm(`form-${picture}-${runs}`);
		const { ok, items: shown, message } = await node.execute();
		await editor.screenshot(`result-${picture}-${runs}`);
		expect({ ok, message }).toEqual({ ok: true, message: '' });
		return shown;
	};
	await use({ account, key: account.keys[0]?.address as Address, run });
}

async function startEmpty(): Promise<void> {
	await editor.newWorkflow();
	await editor.addNode('Manual Trigger');
}

/** The trigger's items are pinned, as a person does who tries a workflow out. */
async function startWith(items: Item[]): Promise<void> {
	const [name, type] = ['Start', 'n8n-nodes-base.manualTrigger'];
	const { id } = await world.rest.createWorkflow({
		name: 'Items',
		nodes: [{ name, type, typeVersion: 1, position: [0, 0], parameters: {} }],
		connections: {},
		pinData: { [name]: items.map((json) => ({ json })) },
	});
	await editor.openWorkflow(id);
}

/** @returns their names: the chain's, and those given */
async function makeCredentials(...more: Credential[]): Promise<string[]> {
	const data = alchemyApiFor(world.devnet);
	const made = await world.credentials({ name: 'Chain', type: 'alchemyApi', data }, ...more);
	return Object.values(made).map(({ name }) => name);
}

async function choose(names: readonly string[]): Promise<void> {
	for (const [slot, name] of names.entries()) await node.useCredential(name, slot);
}

const chooseCredentials = async (...more: Credential[]): Promise<void> => choose(await makeCredentials(...more));

const agentWith = (data: Credential['data']): Credential => ({ name: 'Agent', type: 'agentSessionKeyApi', data });
const ownerWith = (data: Credential['data']): Credential => ({
	name: 'Owner',
	type: 'smartAccountOwnerApi',
	data: { signWith: 'privateKey', ...data },
});

const agentOf = ({ address, keys: [key] }: SmartAccount): Credential[] => [
	agentWith({ accountAddress: address, privateKey: key!.privateKey }),
];

describeNode(new SessionKey().description, agentOf, (operation) => {
	async function fillPayment(amount: string): Promise<void> {
		await node.identify('recipient', 'Address', payee);
		await node.identify('token', 'Address', token);
		await node.fill('amount', amount);
	}

	operation('Send a payment', async ({ account, run }) => {
		const before = { usd: await usdOf(payee), eth: await weiOf(world.devnet, payee) };
		await node.identify('recipient', 'Address', payee);
		await node.pick('token', 'ETH');
		await node.fill('amount', '0.05');
		await node.fill('reference', 'editor/native');
		expect(await run()).toMatchObject([{ status: 'paid', to: payee, amount: '0.05', token: 'ETH' }]);
		expect((await weiOf(world.devnet, payee)) - before.eth).toBe(parseEther('0.05'));

		await fillPayment('12.50');
		await node.fill('reference', 'editor/token');
		const payment = { reference: 'editor/token', amount: '12.5', token: 'dUSD' };
		expect(await run()).toMatchObject([{ status: 'paid', ...payment }]);
		expect(await run()).toMatchObject([{ status: 'alreadyPaid', ...payment }]);
		expect((await usdOf(payee)) - before.usd).toBe(usd('12.50'));
		expect(await usdOf(account.address)).toBe(usd('987.50'));
	});

	const [anna, ben] = [freshAddress(), freshAddress()];
	operation(
		'Send a batch of payments',
		async ({ account, run }) => {
			const before = await Promise.all([anna, ben].map(usdOf));
			await node.expression('recipient', '={{ $json.who }}');
			await node.identify('token', 'Address', token);
			await node.expression('amount', '={{ $json.salary }}');
			await node.fill('reference', 'editor/batch');
			const lines = [
				{ to: anna, amount: '20.25' },
				{ to: ben, amount: '30' },
			];
			expect(await run()).toMatchObject(lines.map((line) => ({ ...line, status: 'paid' })));
			expect(await run()).toMatchObject(lines.map((line) => ({ ...line, status: 'alreadyPaid' })));
			expect(await usdOf(account.address)).toBe(usd('949.75'));
			const received = (await Promise.all([anna, ben].map(usdOf))).map((now, index) => now - before[index]!);
			expect(received).toEqual(['20.25', '30'].map(usd));
		},
		{
			items: [
				{ who: anna, salary: '20.25' },
				{ who: ben, salary: '30' },
			],
		},
	);

	operation('Check a payment', async ({ account, run }) => {
		await fillPayment('90');
		expect(await run()).toMatchObject([{ allowed: true }]);
		await node.fill('amount', '100.01');
		expect(await run()).toMatchObject([{ allowed: false, code: 'tokenLimitExceeded' }]);
		expect(await usdOf(account.address)).toBe(usd('1000'));
	});

	operation(
		'Request approval of payments',
		async ({ account, run }) => {
			await fillPayment('12.50');
			await node.fill('reference', 'editor/approval');
			expect(await run()).toMatchObject([{ approvalStatus: 'notNeeded' }]);
			expect(await usdOf(account.address)).toBe(usd('1000'));
		},
		{
			credentials: ({ address, keys: [key] }) => [
				agentWith({
					accountAddress: address,
					privateKey: key!.privateKey,
					approvers: freshAddress(),
					approvalAbove: `100 ${token}`,
				}),
			],
		},
	);

	operation('Get a payment', async ({ account, run }) => {
		await paid(account, { 'editor/before': '7' });
		await node.fill('reference', 'editor/before');
		expect(await run()).toMatchObject([{ status: 'paid', reference: 'editor/before', amount: '7', to: payee }]);
		await node.fill('reference', 'editor/never');
		expect(await run()).toMatchObject([{ status: 'unclaimed', reference: 'editor/never' }]);
	});

	operation('Get many payments', async ({ account, run }) => {
		await paid(account, { 'editor/one': '1', 'editor/two': '2' });
		expect(await run()).toMatchObject([
			{ status: 'paid', amount: '2', to: payee },
			{ status: 'paid', amount: '1', to: payee },
		]);
	});

	operation('Execute a contract function', async ({ run }) => {
		await node.fill('contract', token);
		await node.fill('function', 'transfer(address to, uint256 amount)');
		await editor.page.getByText('to (address)').waitFor();
		expect(await node.fields()).toEqual(
			expect.arrayContaining(['arguments.value["to"]', 'arguments.value["amount"]', 'reference']),
		);
		await node.fill('arguments.value["to"]', payee);
		await node.fill('arguments.value["amount"]', '2500000');
		await node.fill('reference', 'editor/contract');
		const before = await usdOf(payee);
		const call = { function: 'transfer', reference: 'editor/contract' };
		expect(await run()).toMatchObject([{ status: 'paid', ...call }]);
		expect(await run()).toMatchObject([{ status: 'alreadyPaid', ...call }]);
		expect((await usdOf(payee)) - before).toBe(usd('2.5'));
	});

	operation('Read from a contract', async ({ account, run }) => {
		await node.fill('contract', token);
		await node.fill('function', 'balanceOf(address owner) view returns (uint256)');
		await editor.page.getByText('owner (address)').waitFor();
		await node.fill('arguments.value["owner"]', account.address);
		expect(await run()).toMatchObject([{ function: 'balanceOf', result: String(usd('1000')) }]);
	});

	operation(
		'Create a key',
		async ({ run }) => {
			const [created] = await run();
			expect(created).toMatchObject({ status: 'created', keyAddress: expect.stringMatching(/^0x\w{40}$/) });
			expect(JSON.stringify(created)).not.toMatch(/0x\w{64}/);
			expect(await run()).toMatchObject([{ status: 'alreadyThere', keyAddress: created!.keyAddress }]);
		},
		{ credentials: ({ address }) => [agentWith({ accountAddress: address })] },
	);

	operation('Get the key', async ({ key, run }) => {
		expect(await run()).toMatchObject([
			{ keyAddress: key, registered: true, tokenLimits: [{ limit: '100', left: '100' }] },
		]);
	});

	operation('Finish the rotation of the key', async ({ account, key, run }) => {
		await node.choose('operation', 'Create');
		await node.choose('purpose', 'Next Key (For Rotation)');
		const [next] = await run();
		expect(next).toMatchObject({ status: 'created', oldKeyAddress: key });

		await node.choose('operation', 'Finish Rotation');
		const early = await node.execute();
		expect(early).toMatchObject({ ok: false, description: expect.stringContaining('Have the owner rotate') });

		const args = [key, predecessorOf([key], key)!, next!.keyAddress as Address] as const;
		const abi = SessionKeyPluginExecutionFunctionAbi;
		await account.asOwner(encodeFunctionData({ abi, functionName: 'rotateSessionKey', args }));
		expect(await run()).toMatchObject([{ status: 'finished', keyAddress: next!.keyAddress, oldKeyAddress: key }]);

		await node.choose('resource', 'Payment');
		await node.choose('operation', 'Send');
		await fillPayment('3');
		await node.fill('reference', 'editor/rotated');
		expect(await run()).toMatchObject([{ status: 'paid' }]);
	});
});

const ownerOf = ({ address, owner }: SmartAccount): Credential[] => [
	ownerWith({ privateKey: owner.privateKey, accountAddress: address }),
];

describeNode(new SessionKeyManager().description, ownerOf, (operation) => {
	async function fillKey(prefix: string, key: Address, tag: string): Promise<void> {
		await node.fill(`${prefix}newSessionKey`, key);
		await node.fill(`${prefix}tag`, tag);
		await fillBudget(node, token, prefix, '50');
		await node.fill(`${prefix}gasLimit`, '0.5');
	}

	operation(
		'Install the session key plugin',
		async ({ account, run }) => {
			const key = freshAddress();
			await node.addEntry('keys');
			await fillKey('keys.values[0].', key, 'first');
			await node.toggle('dryRun', true);
			expect(await run()).toMatchObject([{ status: 'dryRun', needsAcceptedRisks: [] }]);
			expect(await world.devnet.request('eth_getCode', [account.address, 'latest'])).toBe('0x');
			await node.toggle('dryRun', false);
			expect(await run()).toMatchObject([
				{ status: 'done', account: account.address, key: { keyAddress: key, tag: 'first', asPlanned: true } },
			]);
		},
		{
			account: { deployed: false, keys: [] },
			credentials: ({ owner: { privateKey } }) => [ownerWith({ privateKey })],
		},
	);

	operation('Get the session key plugin', async ({ key, run }) => {
		expect(await run()).toMatchObject([{ installed: true, sessionKeys: [{ keyAddress: key, tag: 'payroll' }] }]);
	});

	operation('Uninstall the session key plugin', async ({ account, key, run }) => {
		await node.toggle('dryRun', true);
		expect(await run()).toMatchObject([{ status: 'dryRun', endedSessionKeys: [key] }]);
		await node.toggle('dryRun', false);
		expect(await run()).toMatchObject([{ status: 'done', deleted: true, account: account.address }]);
		await node.choose('operation', 'Get');
		expect(await run()).toMatchObject([{ installed: false, sessionKeys: [] }]);
	});

	operation('Add a session key', async ({ run }) => {
		const key = freshAddress();
		await fillKey('', key, 'invoices');
		expect(await run()).toMatchObject([{ status: 'done', key: { keyAddress: key, tag: 'invoices', asPlanned: true } }]);
	});

	operation('Get a session key', async ({ key, run }) => {
		await node.identify('sessionKey', 'By Tag', 'payroll');
		expect(await run()).toMatchObject([{ keyAddress: key, tag: 'payroll', status: 'active' }]);
	});

	operation('Get many session keys', async ({ key, run }) => {
		expect(await run()).toMatchObject([{ keyAddress: key, tag: 'payroll' }]);
	});

	operation('Remove a session key', async ({ account, key, run }) => {
		await node.pick('sessionKey', 'payroll');
		expect(await run()).toMatchObject([{ status: 'done', deleted: true, account: account.address }]);
		await node.choose('operation', 'Get');
		await node.identify('sessionKey', 'Address', key);
		expect(await node.execute()).toMatchObject({ ok: false, message: expect.stringContaining(key) });
	});

	operation('Rotate a session key', async ({ key, run }) => {
		const next = freshAddress();
		await node.pick('sessionKey', 'payroll');
		await node.fill('newSessionKey', next);
		expect(await run()).toMatchObject([
			{ status: 'done', oldKeyAddress: key, keyAddress: next, newKeyIsRegistered: true, oldKeyIsRegistered: false },
		]);
	});

	operation('Set a spend limit of a session key', async ({ key, run }) => {
		await node.pick('sessionKey', 'payroll');
		await node.identify('token', 'Address', token);
		await node.fill('amount', '250.50');
		await node.choose('refresh', 'Every 28 Days');
		expect(await run()).toMatchObject([
			{
				status: 'done',
				keyAddress: key,
				key: { tokenLimits: [{ limit: '250.5', renewsAfterSeconds: 2_419_200 }] },
			},
		]);
	});

	operation('Update the permissions of a session key', async ({ key, run }) => {
		await node.pick('sessionKey', 'payroll');
		await node.addOption('Changes', 'Budgets');
		await fillBudget(node, token, 'changes.', '75');
		expect(await run()).toMatchObject([
			{ status: 'done', keyAddress: key, key: { asPlanned: true, tokenLimits: [{ limit: '75' }] } },
		]);
	});

	operation('Get the smart account', async ({ account, run }) => {
		expect(await run()).toMatchObject([
			{
				account: account.address,
				owners: [account.owner.address],
				sessionKeys: 1,
				balances: expect.arrayContaining([{ token: 'ETH', balance: '5' }]),
			},
		]);
	});

	operation(
		'Get the approval link of this run',
		async ({ account, run }) => {
			const [before] = await run();
			expect(before).toMatchObject({ approvalUrl: expect.stringMatching(/^http/) });
			const [link, change] = ['Get the approval link of this run', 'Add a session key'];
			await editor.addNode('Session Key Manager', change);
			await node.choose('signedBy', "Owner's Wallet");
			await chooseCredentials();
			await node.fill('accountAddress', account.address);
			const key = freshAddress();
			await fillKey('', key, 'by wallet');
			await editor.screenshotForm('form-sessionKeyManager-Owners-Wallet');
			await editor.startWorkflow();
			await editor.openNode(link);
			await editor.screenshot('workflow-waits-for-owner');
			let approvalUrl = before!.approvalUrl;
			while (approvalUrl === before!.approvalUrl) [{ approvalUrl }] = (await node.output()).items as [Item];
			await node.close();

			const page = await editor.page.context().newPage();
			await installWallet(page, { privateKey: account.owner.privateKey, chainId: world.devnet.chainId });
			await page.goto(String(approvalUrl));
			await page.getByRole('button', { name: 'Sign with Test Wallet' }).click();
			await page.locator('#outcome-title', { hasText: 'Done' }).waitFor();
			await page.close();

			await editor.openNode(change);
			expect((await node.output()).items).toMatchObject([
				{ approval: 'approved', status: 'done', key: { keyAddress: key, tag: 'by wallet', asPlanned: true } },
			]);
		},
		{ credentials: () => [] },
	);

	operation('Prepare an emergency stop of all session keys', async ({ account, run }) => {
		const [prepared] = await run();
		expect(prepared).toMatchObject({ status: 'prepared', account: account.address });
		await node.choose('operation', 'Get');
		expect(await run()).toMatchObject([{ sessionKeyPluginInstalled: true, sessionKeys: 1 }]);
	});

	operation(
		'Pull the emergency stop of all session keys',
		async ({ account, run }) => {
			await node.choose('operation', 'Prepare Emergency Stop');
			await chooseCredentials(...ownerOf(account));
			const [prepared] = (await run()) as [{ stopCode: string }];
			// Pulling it asks for no owner's credential.
			await node.choose('operation', 'Pull Emergency Stop');
			await node.fill('stopCode', prepared.stopCode);
			expect(await run()).toMatchObject([{ status: 'stopped', account: account.address }]);
			await node.choose('operation', 'Get');
			expect(await run()).toMatchObject([{ sessionKeyPluginInstalled: false, sessionKeys: 0 }]);
		},
		{ credentials: () => [] },
	);

	operation(
		'Get the statement of the smart account',
		async ({ account, run }) => {
			await paid(account, { 'editor/books': '12.50' });
			await node.fill('accountAddress', account.address);
			await node.choose('period', 'This Month');
			await node.choose('register', 'Input Items');
			const rows = await run();
			expect(rows.filter(({ kind }) => kind === 'payment')).toMatchObject([
				{ reference: 'editor/books', address: payee, out: '12.5', token: 'dUSD', register: 'paidExactly' },
			]);
			expect(rows.filter(({ kind, token }) => kind === 'closing' && token === 'dUSD')).toMatchObject([
				{ balance: '987.5', sum: 'agrees' },
			]);
		},
		{ credentials: () => [], items: [{ reference: 'editor/books', recipient: payee, amount: '12.50' }] },
	);

	operation(
		'Submit a signed operation of the account',
		async ({ account, run }) => {
			await node.choose('resource', 'Key');
			await node.choose('operation', 'Remove');
			await node.choose('signedBy', 'Prepare Only');
			await node.fill('accountAddress', account.address);
			await node.pick('sessionKey', 'payroll');
			const [prepared] = (await run()) as [{ message: Hex; operation: object }];
			expect(prepared).toMatchObject({ status: 'prepared', owners: [account.owner.address] });

			const signer = privateKeyToAccount(account.owner.privateKey);
			const signature = await signer.signMessage({ message: { raw: prepared.message } });
			await node.choose('resource', 'Account');
			await node.choose('operation', 'Submit Signed');
			await node.expression('userOperation', JSON.stringify(prepared.operation));
			await node.fill('signature', signature);
			expect(await run()).toMatchObject([{ status: 'done', account: account.address }]);
			await node.choose('operation', 'Get');
			await chooseCredentials(...ownerOf(account));
			expect(await run()).toMatchObject([{ sessionKeys: 0 }]);
		},
		{ credentials: () => [] },
	);
});

it('Session Key Trigger', async () => {
	const { displayName, name } = new SessionKeyTrigger().description;
	const account = await fundedAccount(world.devnet, { eth: parseEther('5'), keys: [payroll()] });
	await paid(account, { 'editor/watched': '4' });
	const type = `n8n-nodes-session-keys.${name}`;
	const trigger = { name: displayName, type, typeVersion: 1, position: [0, 0] as [number, number], parameters: {} };
	const { id } = await world.rest.createWorkflow({ name: displayName, nodes: [trigger], connections: {} });
	await editor.openWorkflow(id);
	await editor.openNode(displayName);
	await chooseCredentials();
	await editor.screenshotForm(`form-${name}`);
	await node.fill('accountAddress', account.address);
	await node.addOption('Options', 'Confirmations');
	await node.fill('options.confirmations', '1');
	const { items } = await node.execute();
	await editor.screenshot(`result-${name}`);
	expect(items).toMatchObject([{ event: 'paymentMade', to: payee, amount: '4', token: 'dUSD' }]);
});

it('leaves no secret in n8n’s database and log', async () => {
	expect(secrets.length).toBeGreaterThan(0);
	expect(await world.leaked([...secrets, world.devnet.url])).toEqual([]);
});
