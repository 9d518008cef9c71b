import { parseEther, parseUnits } from 'viem';
import { fundedAccount, type SmartAccount } from '../../devnet';
import { accountOf } from '../../devnet/accounts';
import { alchemyApiFor } from '../support/credentials';
import { openEditor, type Editor, type NodeOutput } from './editor';
import { fillBudget } from './support/budget';
import { connect, type World } from './support/world';

jest.setTimeout(300_000);

let world: World;
let editor: Editor;
/** Money waits where it will stand; nobody has created it yet. */
let account: SmartAccount;
let credentials: Awaited<ReturnType<World['credentials']>>;
let stranger: string;

const payroll = accountOf();
const invoices = accountOf();
const strangerKey = accountOf();

beforeAll(async () => {
	world = await connect();
	const { devnet } = world;
	account = await fundedAccount(devnet, { deployed: false, eth: parseEther('5') });
	const owner = (name: string, privateKey: string) => ({
		name,
		type: 'smartAccountOwnerApi',
		data: { signWith: 'privateKey', privateKey, accountAddress: account.address, salt: '0' },
	});
	const [other] = Object.values(await world.credentials(owner('Stranger', strangerKey.privateKey)));
	stranger = other!.name;
	credentials = await world.credentials(
		{
			name: 'Chain of the owner',
			type: 'alchemyApi',
			data: alchemyApiFor(devnet),
		},
		{
			...owner('Owner', account.owner.privateKey),
			data: { signWith: 'privateKey', privateKey: account.owner.privateKey },
		},
	);
	editor = await openEditor(world.url);
	await editor.newWorkflow();
	await editor.addNode('Manual Trigger');
	await editor.addNode('Session Key Manager', 'Install the session key plugin');
	await editor.node.useCredential(credentials.alchemyApi!.name, 'Alchemy API');
	await editor.node.useCredential(credentials.smartAccountOwnerApi!.name, 'Smart Account Owner API');
});

afterAll(() => editor?.close());

async function run(picture: string): Promise<NodeOutput> {
	try {
		return await editor.node.execute();
	} finally {
		await editor.screenshot(picture);
	}
}

it('says first what installing would do, then creates the account and adds the key in one operation', async () => {
	const { node } = editor;
	await node.addEntry('keys');
	await node.fill('keys.values[0].newSessionKey', payroll.address);
	await node.fill('keys.values[0].tag', 'payroll');
	await fillBudget(node, world.devnet.tokens.usd6.address, 'keys.values[0].', '100');
	await node.fill('keys.values[0].gasLimit', '0.5');
	await node.toggle('dryRun', true);
	await editor.screenshotForm('form-sessionKeyManager-plugin-install-filled');
	expect((await run('manager-install-dryRun')).items).toMatchObject([{ status: 'dryRun', needsAcceptedRisks: [] }]);
	await node.toggle('dryRun', false);
	const { ok, items } = await run('manager-install');
	expect({ ok, items }).toMatchObject({
		ok: true,
		items: [{ status: 'done', account: account.address, key: { keyAddress: payroll.address, tag: 'payroll' } }],
	});
});

it('refuses a key that could burn everything as gas, until the owner agrees', async () => {
	const { node } = editor;
	await node.choose('resource', 'Key');
	await node.choose('operation', 'Add');
	await node.fill('newSessionKey', invoices.address);
	await node.fill('tag', 'invoices');
	await fillBudget(node, world.devnet.tokens.usd6.address, '', '50');
	await node.choose('gasProtection', 'None');
	await editor.screenshotForm('form-sessionKeyManager-key-add-filled');
	const { ok, message, description } = await run('refusal-gas-without-limit');
	expect(ok).toBe(false);
	expect(`${message} ${description}`).toContain('Gas Without Limit');
});

it('refuses a private key where an address belongs, without repeating it', async () => {
	const { node } = editor;
	await node.fill('newSessionKey', invoices.privateKey);
	const { ok, message, description } = await run('refusal-private-key');
	expect(ok).toBe(false);
	expect(message).toContain('looks like a private key');
	expect(`${message} ${description}`).not.toContain(invoices.privateKey.slice(2));
	await node.fill('newSessionKey', invoices.address);
});

it('adds a key with a gas limit', async () => {
	const { node } = editor;
	await node.choose('gasProtection', 'Gas Budget');
	await node.fill('gasLimit', '0.2');
	expect((await run('manager-add')).items).toMatchObject([
		{ status: 'done', key: { keyAddress: invoices.address, tag: 'invoices', asPlanned: true } },
	]);
});

it('sets a spend limit of a key that is chosen from the list', async () => {
	const { node } = editor;
	await node.choose('resource', 'Permission');
	await node.pick('sessionKey', 'payroll');
	await node.identify('token', 'Address', world.devnet.tokens.usd6.address);
	await node.fill('amount', '250.50');
	await node.choose('refresh', 'Every 28 Days');
	await editor.screenshotForm('form-sessionKeyManager-permission-setSpendLimit-filled');
	const { items } = await run('manager-setSpendLimit');
	expect(items).toMatchObject([{ status: 'done', keyAddress: payroll.address }]);
	const [{ key }] = items as [{ key: { tokenLimits: Array<{ limit: string }> } }];
	expect(key.tokenLimits).toMatchObject([{ limit: '250.5' }]);
	expect(parseUnits('250.5', 6)).toBe(250_500_000n);
});

it('lists the keys, and takes one away', async () => {
	const { node } = editor;
	await node.choose('resource', 'Key');
	await node.choose('operation', 'Get Many');
	expect((await run('manager-getMany')).items).toMatchObject([{ tag: 'invoices' }, { tag: 'payroll' }]);
	await node.choose('operation', 'Remove');
	await node.pick('sessionKey', 'invoices');
	expect((await run('manager-remove')).items).toMatchObject([{ status: 'done', deleted: true }]);
	await node.choose('operation', 'Get');
	await node.identify('sessionKey', 'By Tag', 'payroll');
	expect((await run('manager-get')).items).toMatchObject([{ tag: 'payroll', keyAddress: payroll.address }]);
	await node.identify('sessionKey', 'By Tag', 'invoices');
	expect((await run('refusal-no-such-key')).ok).toBe(false);
});

it('refuses somebody who is not an owner', async () => {
	const { node } = editor;
	await node.choose('resource', 'Account');
	await node.choose('operation', 'Get');
	expect((await run('manager-account')).items).toMatchObject([{ account: account.address, sessionKeys: 1 }]);
	await node.useCredential(stranger, 'Smart Account Owner API');
	const { ok, message, description } = await run('refusal-not-an-owner');
	expect(ok).toBe(false);
	expect(message).toContain(`${strangerKey.address}, the owner in the credential, does not own the smart account`);
	expect(description).toContain(account.owner.address);
});

it('leaves no secret in n8n’s database and log', async () => {
	const secrets = [account.owner.privateKey, strangerKey.privateKey, payroll.privateKey, world.devnet.url];
	expect(await world.leaked(secrets)).toEqual([]);
});
