import type { IDataObject } from 'n8n-workflow';
import { connect, type DevnetClient } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { freshAddress, payingAccount } from '../../support/payer';
import { agentOf, byAddress } from '../support/agent';

jest.setTimeout(60_000);

it('looks a payment up over another provider, which needs no bundler', async () => {
	const devnet = await connect();
	const { account } = await payingAccount(devnet, { kind: 'free lanes' });
	const parameters = {
		recipient: freshAddress(),
		token: byAddress(devnet.tokens.usd6.address),
		amount: '1.5',
		reference: 'elsewhere/1',
	};
	const [paid] = await agentOf(devnet, account).items('payment', 'send', parameters);
	// The chain alone: it knows no method of a bundler.
	const elsewhere = agentOf(devnet, account, { alchemyApi: { secretRpcUrl: devnet.chainUrl } });
	const look = (reference: string) => elsewhere.items('payment', 'get', { findBy: 'reference', reference });
	const { transaction } = paid!;
	expect(await look('elsewhere/1')).toMatchObject([{ status: 'paid', transaction }]);
	expect(await look('elsewhere/2')).toMatchObject([{ status: 'unclaimed' }]);
});

describe('when the bundler takes operations for EntryPoint v0.6 no more', () => {
	const RETIRED = {
		kind: 'error',
		code: -32602,
		message: 'Unsupported entry point: 0x5FF1',
		match: '^eth_.*UserOp',
	} as const;
	const second = 'second-bundler-secret-key';

	async function paying(alchemyApi: (devnet: DevnetClient) => IDataObject) {
		const devnet = await connect();
		const { account } = await payingAccount(devnet, { kind: 'free lanes' });
		await devnet.faults.set(RETIRED);
		const agent = agentOf(devnet, account, { alchemyApi: alchemyApi(devnet) });
		agent.secrets.push(second);
		const recipient = freshAddress();
		const reference = 'retired/1';
		return {
			devnet,
			agent,
			payment: { recipient, token: byAddress(devnet.tokens.usd6.address), amount: '1.5', reference },
		};
	}

	it('a payment goes to the second bundler of the credential', async () => {
		const { devnet, agent, payment } = await paying((by) => ({ secretSecondBundlerUrl: by.withKey(second).url }));
		expect(await agent.items('payment', 'send', payment)).toMatchObject([{ status: 'paid' }]);
		expect(await dollarsOf(devnet, payment.recipient)).toBe(1_500_000n);
		const { agent: without } = await paying(() => ({}));
		await expect(without.items('payment', 'send', payment)).rejects.toMatchObject({
			message: expect.stringContaining('does not take operations for EntryPoint v0.6'),
			description: expect.stringContaining('"Second Bundler URL" in the credential "Alchemy API"'),
		});
	});

	it('no message holds the second bundler’s URL, whatever that says', async () => {
		const { devnet, agent, payment } = await paying((by) => ({ secretSecondBundlerUrl: by.withKey(second).url }));
		const message = `no such key: ${devnet.withKey(second).url}`;
		await devnet.withKey(second).faults.set({ ...RETIRED, message });
		// `agent` looks for it in everything that was stored or said.
		const { message: shown } = await agent.error('payment', 'send', payment);
		expect(shown).toContain('no such key');
		await devnet.withKey(second).faults.clear();
	});
});
