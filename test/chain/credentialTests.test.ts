import type { IDataObject, INodeCredentialTestResult } from 'n8n-workflow';
import { SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import { generatePrivateKey } from 'viem/accounts';
import { testAgentSessionKeyApi } from '../../nodes/SessionKey/testAgentSessionKeyApi';
import { smartAccountOwnerTest } from '../../nodes/SessionKeyManager/owner';
import { testAlchemyApi } from '../../nodes/shared/testAlchemyApi';
import { freshAddress, post } from '../support/payer';
import { alchemyApiFor } from '../support/credentials';
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
		const message = 'the method eth_supportedEntryPoints does not exist';
		const chainOnly = devnet.withKey('chain-only');
		await chainOnly.faults.set({ kind: 'error', code: -32601, message, match: ['eth_supportedEntryPoints'] });
		const noBundler = await pressed(testAlchemyApi, custom({ secretBundlerUrl: chainOnly.url }));
		expect(noBundler).toContain('Error: The endpoint answers, but not as a bundler');
		const secretRpcUrl = devnet.url.replace('devnet', 'secret-wrong-key');
		const refused = await pressed(testAlchemyApi, custom({ secretRpcUrl }));
		expect(refused).toContain('Error: The endpoint refused the API key');
		expect(refused).not.toContain('secret-wrong-key');
		expect(await pressed(testAlchemyApi, custom({ secretRpcUrl: 'ftp://x' }))).toContain('does not begin with http');
	});
});

describe('the test of the Agent Session Key API credential', () => {
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
