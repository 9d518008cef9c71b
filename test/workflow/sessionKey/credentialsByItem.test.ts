import type { IDataObject } from 'n8n-workflow';
import { connect, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { freshAddress, payingAccount } from '../../support/payer';
import { agentOf, byAddress } from '../support/agent';

jest.setTimeout(60_000);

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

describe('a credential whose fields come from expressions, and differ by item', () => {
	const recipients = [freshAddress(), freshAddress()];
	let accounts: SmartAccount[];
	let run: ReturnType<typeof agentOf>['run'];
	const parameters = (): IDataObject => ({
		recipient: '={{ $json.to }}',
		amount: '1.5',
		token: byAddress(devnet.tokens.usd6.address),
		reference: 'salary/2026-11',
	});
	const more = {
		items: recipients.map((to) => ({ to })),
		credentialsOfItem: (type: string, itemIndex: number) => {
			const { address, keys } = accounts[itemIndex]!;
			return type === 'agentSessionKeyApi' ? { accountAddress: address, privateKey: keys[0]!.privateKey } : undefined;
		},
	};

	beforeAll(async () => {
		accounts = [];
		for (let made = 0; made < 2; made++) accounts.push((await payingAccount(devnet, { kind: 'free lanes' })).account);
		({ run } = agentOf(devnet, accounts[0]!));
	});

	it('is not used for a batch or a check, where all items go together', async () => {
		for (const operation of ['sendBatch', 'check']) {
			const { error } = await run('payment', operation, parameters(), more);
			expect(error?.message).toMatch(/credentials are not the same for item 2/);
		}
		for (const to of recipients) expect(await dollarsOf(devnet, to)).toBe(0n);
	});

	it('is told of each item, with On Error: Continue', async () => {
		for (const operation of ['sendBatch', 'check']) {
			const { items } = await run('payment', operation, parameters(), { ...more, continueOnFail: true });
			expect(items.map(({ json }) => json)).toMatchObject([
				{ status: 'notSent', summary: expect.stringContaining('because of item 2') },
				{ status: 'notSent', error: expect.stringContaining('credentials are not the same for item 2') },
			]);
		}
	});

	it('pays each item from its own account', async () => {
		const { items } = await run('payment', 'send', { ...parameters(), simplify: false }, more);
		expect(items.map(({ json }) => [json.status, json.account])).toEqual(
			accounts.map(({ address }) => ['paid', address]),
		);
		for (const to of recipients) expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
	});
});
