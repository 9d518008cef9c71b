import { randomUUID } from 'node:crypto';
import type { IDataObject, INodeCredentialTestResult } from 'n8n-workflow';
import { SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import { generatePrivateKey } from 'viem/accounts';
import { testAgentSessionKeyApi } from '../../nodes/SessionKey/testAgentSessionKeyApi';
import { smartAccountOwnerTest } from '../../nodes/SessionKeyManager/owner';
import { testAlchemyApi } from '../../nodes/shared/testAlchemyApi';
import { freshAddress, post } from '../support/payer';
import { alchemyApiFor } from '../support/credentials';
import type { FaultRule } from '../../devnet';
import { connect, fundedAccount, type DevnetClient } from './support/devnet';

let devnet: DevnetClient;
beforeAll(async () => {
	devnet = await connect();
});

/** What n8n hands to the test of a credential: no node, and an HTTP helper of its own. */
const context = {
	helpers: {
		request: async ({ uri, body }: { uri: string; body: unknown }) => {
			const { status: statusCode, ...reply } = await post(uri, body, 20_000);
			return { statusCode, ...reply };
		},
	},
} as never;

async function pressed(
	test: (this: never, credential: never) => Promise<INodeCredentialTestResult>,
	data: IDataObject,
): Promise<string> {
	const { status, message } = await test.call(context, { id: '1', name: 'x', type: 'y', data } as never);
	return `${status}: ${message}`;
}

const here = () => ({ testNetwork: 'custom', secretTestUrl: devnet.url });

describe('the test of the Alchemy API credential', () => {
	const custom = (more: IDataObject = {}) => ({
		...alchemyApiFor(devnet),
		...more,
	});

	it('says which chain answers', async () => {
		expect(await pressed(testAlchemyApi, custom())).toBe(`OK: Connected to Chain ${devnet.chainId}`);
	});

	it('says when it is another chain, is no bundler, refuses the key, or can not be reached', async () => {
		expect(await pressed(testAlchemyApi, custom({ chainId: 5 }))).toContain(
			`Error: The endpoint is on chain ${devnet.chainId}`,
		);
		const noBundler = await pressed(
			testAlchemyApi,
			custom({ secretBundlerUrl: await bundlerWithout(['ByHash', LIST]) }),
		);
		expect(noBundler).toContain('Error: The endpoint answers, but not as a bundler');
		const secretRpcUrl = devnet.url.replace('devnet', 'secret-wrong-key');
		const refused = await pressed(testAlchemyApi, custom({ secretRpcUrl }));
		expect(refused).toContain('Error: The endpoint refused the API key');
		expect(refused).not.toContain('secret-wrong-key');
		expect(await pressed(testAlchemyApi, custom({ secretRpcUrl: 'ftp://x' }))).toContain('does not begin with http');
	});

	const LIST = 'eth_supportedEntryPoints';
	const faulty = async (fault: object, match: string) => {
		const other = devnet.withKey(`bundler-${randomUUID()}`);
		await other.faults.set({ ...fault, match } as FaultRule);
		return other.url;
	};
	/** A bundler's URL without these methods. */
	const bundlerWithout = (methods: string[]) =>
		faulty({ kind: 'error', code: -32601, message: 'method not found' }, methods.join('|'));
	/** The URL of one that serves only EntryPoint v0.7. */
	const retired = () => faulty({ kind: 'answer', result: ['0x0000000071727De22E5E9d8BAf0edAc6f37da032'] }, LIST);

	it('says when the bundler has retired EntryPoint v0.6, and what to do; not naming its EntryPoints is no fault', async () => {
		const secretBundlerUrl = await retired();
		expect(await pressed(testAlchemyApi, custom({ secretBundlerUrl }))).toBe(
			'Error: This bundler does not take operations for EntryPoint v0.6, or no longer does; your smart account needs one that ' +
				'does. Fill in the URL of one as "Second Bundler URL" in the credential "Alchemy API": of another provider, or a ' +
				'bundler of your own (docs/providers.md).',
		);
		const silent = await bundlerWithout([LIST]);
		expect(await pressed(testAlchemyApi, custom({ secretBundlerUrl: silent }))).toBe(
			`OK: Connected to Chain ${devnet.chainId}`,
		);
	});

	it('tests the second bundler as well, which may be the only one for EntryPoint v0.6', async () => {
		const network = `Chain ${devnet.chainId}`;
		const second = (secretSecondBundlerUrl: string, more: IDataObject = {}) =>
			pressed(testAlchemyApi, custom({ secretSecondBundlerUrl, ...more }));
		expect(await second(devnet.url)).toBe(`OK: Connected to ${network}, with a second bundler`);
		expect(await second(devnet.url, { secretBundlerUrl: await retired() })).toBe(
			`OK: Connected to ${network}. Only the second bundler takes operations for EntryPoint v0.6: they all go there`,
		);
		expect(await second(await retired())).toContain(
			'Error: "Second Bundler URL" does not take operations for EntryPoint',
		);
		expect(await second(await bundlerWithout(['ByHash', LIST]))).toContain(
			'Error: "Second Bundler URL" answers, but not as a bundler',
		);
		expect(await second(await faulty({ kind: 'answer', result: '0x5' }, 'eth_chainId'))).toContain(
			'Error: "Second Bundler URL" is a bundler of chain 5, but',
		);
		const wrongKey = await second(devnet.url.replace('devnet', 'secret-wrong-key'));
		expect(wrongKey).toContain('Error: The endpoint refused the API key');
		expect(wrongKey).not.toContain('secret-wrong-key');
		expect(await second('second.example')).toContain(
			'"Second Bundler URL" in the Alchemy API credential does not begin',
		);
	});
});

describe('the test of the Agent Session Key API credential', () => {
	it('says what is unreadable in its rules, and how many payees it has', async () => {
		const { address: accountAddress, keys } = await fundedAccount(devnet, { keys: [{}] });
		const test = (rules: IDataObject) =>
			pressed(testAgentSessionKeyApi, { accountAddress, privateKey: keys[0]!.privateKey, ...here(), ...rules });
		const anna = `Anna, ${freshAddress()}`;
		const empty = { payees: '', onlyPayees: false, mostPerPayment: '', mostPerRun: '' };
		expect(await test(empty)).toMatch(/^OK: The session key 0x\w+ is registered on 0x\w+$/);
		expect(await test({ payees: anna })).toMatch(/^OK: .*\. It has 1 payee$/);
		expect(await test({ payees: `${anna}\nBen, ${freshAddress()}`, onlyPayees: true })).toMatch(
			/^OK: .*\. It has 2 payees, and n8n pays nobody else with it$/,
		);
		expect(await test({ payees: `${anna}\nBen` })).toContain('Error: Line 2 of "Payees" is "Ben"');
		expect(await test({ onlyPayees: true })).toContain('Error: "Only These Payees" is on');
		expect(await test({ mostPerPayment: '500' })).toContain('Error: A line of "Most per Payment" is "500"');
		expect(await test({ mostPerRun: '500 DOGE' })).toContain(
			`Error: "Most per Run" names the token "DOGE", which is not known on Chain ${devnet.chainId}`,
		);
		// Before the key, and before anything is asked, where the network is known by its name.
		const known = { testNetwork: 'base', privateKey: '', mostPerPayment: '0.0000001 USDC' };
		expect(await test(known)).toContain('Error: "Most per Payment" is 0.0000001, which has 7 decimal places');
	});

	it('says whether the key is registered, and until when it may act', async () => {
		const past = new SessionKeyPermissionsBuilder().setTimeRange({ validFrom: 0, validUntil: 1_700_000_000 });
		const { address: accountAddress, keys } = await fundedAccount(devnet, { keys: [{}, { permissions: past }] });
		const [good, expired] = keys.map(({ privateKey }) => ({ accountAddress, privateKey, ...here() }));
		expect(await pressed(testAgentSessionKeyApi, good!)).toContain(
			`OK: The session key ${keys[0]!.address} is registered`,
		);
		expect(await pressed(testAgentSessionKeyApi, expired!)).toContain('ended on 14 November 2023');
		const unknown = { ...good!, privateKey: generatePrivateKey() };
		expect(await pressed(testAgentSessionKeyApi, unknown)).toMatch(/Error: The session key 0x\w+ is not registered on/);
		const changed = { ...good!, keyAddress: freshAddress() };
		expect(await pressed(testAgentSessionKeyApi, changed)).toContain('but the credential says it must be');
		// n8n gives the test of a form no key that was born here; its address is enough.
		const { privateKey: _, ...form } = good!;
		expect(await pressed(testAgentSessionKeyApi, { ...form, keyAddress: keys[0]!.address })).toContain('OK');
		// How it begins is no fault.
		expect(await pressed(testAgentSessionKeyApi, form)).toContain('OK: There is no key for');
		expect(await pressed(testAgentSessionKeyApi, { ...form, accountAddress: '0x12' })).toContain('Error: ');
	});
});

describe('the test of the Smart Account Owner API credential', () => {
	it('says whether this is an owner of the account, also of one that does not exist yet', async () => {
		const account = await fundedAccount(devnet);
		const future = await fundedAccount(devnet, { deployed: false });
		const data = (from: typeof account, more: IDataObject = {}) => ({
			signWith: 'privateKey',
			privateKey: from.owner.privateKey,
			accountAddress: from.address,
			salt: '0',
			...here(),
			...more,
		});
		const { address } = account.owner;
		expect(await pressed(smartAccountOwnerTest, data(account))).toBe(
			`OK: ${address} is an owner of the account ${account.address}`,
		);
		expect(await pressed(smartAccountOwnerTest, data(future))).toContain(
			`will own the account ${future.address}. It is not created yet: the first change does that, and money at its address is safe`,
		);
		const stranger = data(account, { privateKey: generatePrivateKey() });
		expect(await pressed(smartAccountOwnerTest, stranger)).toContain(`which is owned by ${address}`);
		const token = data(account, { accountAddress: devnet.tokens.usd6.address });
		expect(await pressed(smartAccountOwnerTest, token)).toContain('but not a Modular Account');
	});
});
