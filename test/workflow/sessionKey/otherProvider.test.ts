import { connect } from '../../chain/support/devnet';
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
