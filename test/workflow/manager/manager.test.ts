import { NodeHelpers, type IDataObject, type INodeProperties } from 'n8n-workflow';
import { SessionKeyManager } from '../../../nodes/SessionKeyManager/SessionKeyManager.node';
import { smartAccountOwnerTest } from '../../../nodes/SessionKeyManager/owner';
import { runNode } from '../../support/runNode';

/** Well-known test material, worth nothing. */
const OWNER_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const MNEMONIC = 'test test test test test test test test test test test junk';
const FIRST_OF_MNEMONIC = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';

const credentialsWith = (owner: IDataObject = {}) => ({
	alchemyApi: { network: 'custom', secretRpcUrl: 'http://127.0.0.1:1/secret-api-key', chainId: 31337 },
	smartAccountOwnerApi: { signWith: 'privateKey', privateKey: OWNER_KEY, accountAddress: '', salt: '0', ...owner },
});
const SECRETS = ['secret-api-key', OWNER_KEY.slice(2), 'junk'];

describe('Session Key Manager in a workflow', () => {
	it('says that an endpoint can not be reached, without its address', async () => {
		const { error, stored } = await runNode(new SessionKeyManager(), {
			parameters: { resource: 'account', operation: 'get' },
			credentials: credentialsWith(),
		});
		expect(error?.message).toContain('could not be reached');
		for (const secret of SECRETS) expect(stored).not.toContain(secret);
	});

	it('goes on with items that say why, each paired with its own', async () => {
		const { items, stored } = await runNode(new SessionKeyManager(), {
			parameters: {
				resource: 'key',
				operation: 'add',
				newSessionKey: '={{ $json.key }}',
				tag: 'x',
				gasProtection: 'limit',
				gasLimit: '={{ $json.gas }}',
			},
			credentials: credentialsWith(),
			items: [
				{ key: 'Anna', gas: '1' },
				{ key: OWNER, gas: '' },
				{ key: OWNER_KEY, gas: '1' },
			],
			continueOnFail: true,
		});
		expect(items.map(({ json }) => json.error)).toEqual([
			expect.stringContaining('"Anna", not an address'),
			expect.stringContaining('"Gas Budget (ETH)" is empty'),
			expect.stringContaining('looks like a private key'),
		]);
		expect(items.map(({ json }) => json.status)).toEqual(['notDone', 'notDone', 'notDone']);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(items.every(({ json }) => typeof json.remedy === 'string' && json.remedy !== '')).toBe(true);
		// The third item brought the key itself in; the node must not carry it on.
		expect(JSON.stringify(items)).not.toContain(OWNER_KEY.slice(2));
		expect(stored).not.toContain('secret-api-key');
	});

	it.each<[string, IDataObject, string]>([
		['a key that is none', { privateKey: '0x1234secret' }, 'not a private key'],
		['no key', { privateKey: '' }, '"Private Key" in the Smart Account Owner API credential is empty'],
		['a key as a number', { privateKey: 1e76 }, 'is a number, which cannot hold a private key'],
		[
			'a mnemonic with a typo',
			{ signWith: 'mnemonic', secretMnemonic: 'test test test test test test test test test test tset junk' },
			'word 11 of 12 is not on the list',
		],
		[
			'a mnemonic with swapped words',
			{ signWith: 'mnemonic', secretMnemonic: 'test test test test test test test test test test junk test' },
			'their checksum fails',
		],
		['a mnemonic that is none', { signWith: 'mnemonic', secretMnemonic: 'junk words' }, 'not a mnemonic'],
		['a bad salt', { anotherAccount: true, salt: '-1' }, 'not a whole number'],
		['a bad address', { accountAddress: '0x12' }, 'not an address'],
	])('refuses a credential with %s, without showing it', async (_, owner, words) => {
		const { error } = await runNode(new SessionKeyManager(), {
			parameters: { resource: 'account', operation: 'get' },
			credentials: credentialsWith(owner),
		});
		expect(error?.message).toContain(words);
		expect(`${error?.message} ${error?.description} ${error?.stack}`).not.toMatch(/1234secret|junk|tset/);
	});

	it.each([
		['private key', { signWith: 'privateKey', privateKey: OWNER_KEY }, OWNER],
		['private key without 0x', { signWith: 'privateKey', privateKey: OWNER_KEY.slice(2) }, OWNER],
		['mnemonic', { signWith: 'mnemonic', secretMnemonic: ` ${MNEMONIC.toUpperCase()}  ` }, FIRST_OF_MNEMONIC],
	])('tells whose key it is: %s', async (_, data, address) => {
		const result = await smartAccountOwnerTest.call({} as never, { id: '1', name: 'x', type: 'y', data } as never);
		expect(result).toMatchObject({ status: 'OK', message: expect.stringContaining(address) });
	});

	it('tells what is wrong with a credential', async () => {
		const data = { signWith: 'mnemonic', secretMnemonic: 'junk' };
		const result = await smartAccountOwnerTest.call({} as never, { id: '1', name: 'x', type: 'y', data } as never);
		expect(result.status).toBe('Error');
		expect(result.message).not.toContain('junk');
	});

	it('refuses to be the tool of an agent', async () => {
		const context = { isToolExecution: () => true, getNode: () => ({ name: 'Manager' }) };
		await expect(new SessionKeyManager().execute.call(context as never)).rejects.toThrow('does not work as a tool');
		expect(new SessionKeyManager().description.usableAsTool).toBeFalsy();
	});
});

describe('who signs', () => {
	const { credentials, properties } = new SessionKeyManager().description;
	const node = (parameters: IDataObject) => ({ parameters: parameters as never, typeVersion: 1 }) as never;
	const asks = (parameters: IDataObject) => {
		const owner = credentials?.find(({ name }) => name === 'smartAccountOwnerApi');
		return NodeHelpers.displayParameter(parameters as never, owner as never, node(parameters), null);
	};

	it("asks for the owner's credential only where it signs or reads", () => {
		expect(asks({ resource: 'key', operation: 'add', signedBy: 'credential' })).toBe(true);
		expect(asks({ resource: 'key', operation: 'get' })).toBe(true);
		expect(asks({ resource: 'key', operation: 'add', signedBy: 'wallet' })).toBe(false);
		expect(asks({ resource: 'key', operation: 'add', signedBy: 'prepare' })).toBe(false);
		expect(asks({ resource: 'account', operation: 'submitSigned' })).toBe(false);
		expect(asks({ resource: 'account', operation: 'pullEmergencyStop' })).toBe(false);
		expect(asks({ resource: 'account', operation: 'getApprovalLink' })).toBe(false);
		expect(asks({ resource: 'account', operation: 'statement' })).toBe(false);
	});

	it.each([
		['account', 'prepareEmergencyStop'],
		['plugin', 'install'],
		['plugin', 'uninstall'],
		['key', 'add'],
		['key', 'remove'],
		['key', 'rotate'],
		['permission', 'setSpendLimit'],
		['permission', 'update'],
	])('lets choose for %s %s, and starts with the credential', (resource, operation) => {
		const [signedBy] = properties.filter(({ name }) => name === 'signedBy');
		expect(NodeHelpers.displayParameter({ resource, operation }, signedBy!, node({ resource, operation }), null)).toBe(
			true,
		);
		expect(signedBy?.default).toBe('credential');
	});
});

describe('the form', () => {
	const { properties } = new SessionKeyManager().description;
	const shownFor = (resource: string, operation: string) =>
		properties.filter(
			({ displayOptions }) =>
				(displayOptions?.show?.resource as string[] | undefined)?.includes(resource) &&
				(displayOptions?.show?.operation as string[] | undefined)?.includes(operation),
		);
	const operations = properties
		.filter(({ name }) => name === 'operation')
		.flatMap((property) => {
			const resource = (property.displayOptions?.show?.resource as string[])[0] as string;
			return (property.options as { value: string }[]).map(({ value }) => [resource, value] as const);
		});

	it('has the operations of the design', () => {
		expect(operations.map(([resource, operation]) => `${resource}.${operation}`).sort()).toEqual([
			'account.get',
			'account.getApprovalLink',
			'account.prepareEmergencyStop',
			'account.pullEmergencyStop',
			'account.statement',
			'account.submitSigned',
			'key.add',
			'key.get',
			'key.getMany',
			'key.remove',
			'key.rotate',
			'permission.setSpendLimit',
			'permission.update',
			'plugin.get',
			'plugin.install',
			'plugin.uninstall',
		]);
	});

	it.each(operations.filter(([, operation]) => !/^(get|submit|prepare|pull|statement)/.test(operation)))(
		'offers a dry run: %s %s',
		(...of) => {
			expect(shownFor(...of).find(({ name }) => name === 'dryRun')).toMatchObject({ default: false });
		},
	);

	it('starts a token safely: payments only, and a limit to be typed', () => {
		const [budgets] = shownFor('key', 'add').filter(({ name }) => name === 'budgets');
		const [{ values }] = budgets?.options as unknown as [{ values: INodeProperties[] }];
		expect(values.find(({ name }) => name === 'functions')?.default).toBe('transfer');
		expect(shownFor('key', 'add').find(({ name }) => name === 'gasProtection')?.default).toBe('limit');
	});
});
