import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { fundedAccount, tokenBudget, type SmartAccount } from '../../devnet';
import { openEditor, type CredentialTest, type Editor } from './editor';
import type { Form } from './form';
import { connect, type World } from './support/world';

jest.setTimeout(300_000);

let world: World;
let editor: Editor;
let account: SmartAccount;

beforeAll(async () => {
	world = await connect();
	const permissions = tokenBudget(world.devnet.tokens.usd6, 100_000_000n);
	account = await fundedAccount(world.devnet, { keys: [{ tag: 'payroll', permissions }] });
	editor = await openEditor(world.url);
});

afterAll(() => editor?.close());

/** Makes a credential, and keeps a picture of the form with what its test said. */
async function create(type: string, picture: string, fillIn: (form: Form) => Promise<void>): Promise<CredentialTest> {
	const test = await editor.createCredential(type, `${type} ${picture}`, async (form) => {
		await editor.screenshotForm(`credential-${type.split(' ')[0]?.toLowerCase()}-empty`);
		await fillIn(form);
	});
	await editor.screenshotForm(`credential-${picture}`);
	if (!test) throw new Error(`${type} was not tested`);
	return test;
}

describe('Alchemy API', () => {
	const custom = (url: string, chainId: number) => async (form: Form) => {
		await form.choose('network', 'Custom (Any Provider)');
		await form.fill('secretRpcUrl', url);
		await form.fill('chainId', String(chainId));
	};

	it('is tested as soon as it is saved', async () => {
		const { url, chainId } = world.devnet;
		expect(await create('Alchemy API', 'alchemy', custom(url, chainId))).toEqual({
			ok: true,
			message: expect.stringContaining('success') as string,
		});
	});

	it('says that the API key is not known', async () => {
		const url = world.devnet.url.replace(/[^/]+$/, 'no-such-key');
		const { ok, message } = await create('Alchemy API', 'alchemy-wrong-key', custom(url, world.devnet.chainId));
		expect(ok).toBe(false);
		expect(message).toContain('API key');
		expect(message).not.toContain('no-such-key');
	});

	it('says that nothing answers', async () => {
		const { ok, message } = await create(
			'Alchemy API',
			'alchemy-unreachable',
			custom('http://127.0.0.1:9/v2/k', 31337),
		);
		expect(ok).toBe(false);
		expect(message).toContain('could not be reached. Check the URL');
	});

	it('says that it is another chain', async () => {
		const { ok, message } = await create('Alchemy API', 'alchemy-wrong-chain', custom(world.devnet.url, 1));
		expect(ok).toBe(false);
		expect(message).toContain(`The endpoint is on chain ${world.devnet.chainId}, but this credential says Chain 1`);
	});
});

describe('Agent Session Key API', () => {
	const agent = (privateKey: string) => async (form: Form) => {
		await form.fill('accountAddress', account.address);
		await form.fill('privateKey', privateKey);
		await form.choose('testNetwork', 'Custom (Any Provider)');
		await form.fill('secretTestUrl', world.devnet.url);
	};

	it('finds the key on the account', async () => {
		const { ok } = await create('Agent Session Key API', 'agent', agent(account.keys[0]!.privateKey));
		expect(ok).toBe(true);
	});

	it('says that the key is not registered, and what the owner has to do', async () => {
		const stranger = generatePrivateKey();
		const { ok, message } = await create('Agent Session Key API', 'agent-not-registered', agent(stranger));
		expect(ok).toBe(false);
		expect(message).toContain(`The session key ${privateKeyToAccount(stranger).address} is not registered`);
		expect(message).toContain('Session Key Manager');
	});

	it('says that the key is no key, without repeating it', async () => {
		const { ok, message } = await create('Agent Session Key API', 'agent-no-key', agent('0x1234567890abcdef'));
		expect(ok).toBe(false);
		expect(message).not.toContain('1234567890abcdef');
	});
});

describe('Smart Account Owner API', () => {
	const onThisChain = async (form: Form) => {
		await form.choose('testNetwork', 'Custom (Any Provider)');
		await form.fill('secretTestUrl', world.devnet.url);
	};
	const owner = (privateKey: string) => async (form: Form) => {
		await form.fill('privateKey', privateKey);
		await onThisChain(form);
	};

	it('finds the owner among those of the account', async () => {
		expect((await create('Smart Account Owner API', 'owner', owner(account.owner.privateKey))).ok).toBe(true);
	});

	it('says that it is no key, without repeating it', async () => {
		const { ok, message } = await create('Smart Account Owner API', 'owner-no-key', owner('0x1234567890abcdef'));
		expect(ok).toBe(false);
		expect(message).toContain('not a private key');
		expect(message).not.toContain('1234567890abcdef');
	});

	it('takes a mnemonic', async () => {
		const test = await create('Smart Account Owner API', 'owner-mnemonic', async (form) => {
			await form.choose('signWith', 'Mnemonic');
			await form.fill('secretMnemonic', 'test test test test test test test test test test test junk');
			await onThisChain(form);
		});
		expect(test.ok).toBe(true);
	});
});

it('leaves no secret in n8n’s database and log', async () => {
	const secrets = [account.owner.privateKey, account.keys[0]!.privateKey, world.devnet.url];
	expect(await world.leaked([...secrets, 'test test test test test test junk'])).toEqual([]);
});
