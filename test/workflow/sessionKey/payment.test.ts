import type { IDataObject } from 'n8n-workflow';
import { parseEther, parseUnits, zeroAddress } from 'viem';
import { connect, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { dollarsOf, weiOf } from '../../chain/support/onChain';
import { accountOf } from '../../../devnet/accounts';
import { minedReceipt } from '../../../devnet/operations';
import { freshAddress, payingAccount } from '../../support/payer';
import { agentOf, byAddress, NATIVE, type Agent } from '../support/agent';

jest.setTimeout(60_000);

let devnet: DevnetClient;
let account: SmartAccount;
let agent: Agent;
const nativeRecipient = freshAddress();
let dollar: IDataObject;

beforeAll(async () => {
	devnet = await connect();
	({ account } = await payingAccount(devnet, { kind: 'free lanes', recipients: [nativeRecipient] }));
	agent = agentOf(devnet, account);
	dollar = byAddress(devnet.tokens.usd6.address);
});

afterEach(() => devnet.faults.clear());

let references = 0;
const newReference = () => `workflow/${++references}`;

/** Everything that a person fills in for a payment of one and a half dollars. */
const payment = (more: IDataObject = {}): IDataObject => ({
	recipient: freshAddress(),
	token: dollar,
	amount: '1.5',
	reference: newReference(),
	...more,
});

const HASH = /^0x[0-9a-f]{64}$/;

describe('payment.send', () => {
	it('gives an item whose first columns say what a person wants to know', async () => {
		const parameters = payment({ amount: '12.50' });
		const [item] = await agent.items('payment', 'send', parameters);
		const { transaction, userOperationHash } = item!;
		const to = parameters.recipient as string;
		expect(Object.entries(item!)).toEqual([
			['status', 'paid'],
			['reference', parameters.reference],
			['amount', '12.5'],
			['token', 'dUSD'],
			['to', to],
			['summary', `Paid 12.5 dUSD to ${to.slice(0, 6)}…${to.slice(-4)}. ${item!.left as string} of 500 left.`],
			['left', expect.stringMatching(/^4\d\d(\.\d+)?$/)],
			['limit', '500'],
			['reopensAt', ''],
			['transaction', expect.stringMatching(HASH)],
			['link', `https://explorer.example/tx/${transaction as string}`],
			['userOperationHash', expect.stringMatching(HASH)],
		]);
		expect(transaction).not.toBe(userOperationHash);
		expect(await dollarsOf(devnet, to as `0x${string}`)).toBe(12_500_000n);
	});

	it('gives all there is to know with Simplify off, the same first', async () => {
		const parameters = payment({ amount: '12.50', simplify: false });
		const [item] = await agent.items('payment', 'send', parameters);
		const [short] = await agent.items('payment', 'send', { ...parameters, simplify: true });
		expect(Object.keys(item!).slice(0, Object.keys(short!).length)).toEqual(Object.keys(short!));
		expect(item).toMatchObject({
			time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
			localTime: expect.stringMatching(/^\d{1,2} \w+ \d{4} at \d\d:\d\d \(UTC\)$/),
			gas: expect.stringMatching(/^0\.\d+$/),
			gasPaidBy: account.address,
			blockNumber: expect.any(Number),
			account: account.address,
			keyAddress: account.keys[0]!.address,
			tokenAddress: devnet.tokens.usd6.address,
			decimals: 6,
			decimalsFrom: 'token',
		});
		expect(item?.budgets).toContainEqual(expect.objectContaining({ budget: 'token', limit: '500', token: 'dUSD' }));
	});

	it('pays each item under its own reference, in order, and pairs each result with its item', async () => {
		const items = ['1', '2.25', '0.000001'].map((amount, index) => ({
			who: freshAddress(),
			amount,
			name: `person ${index}`,
		}));
		const { items: out } = await agent.run(
			'payment',
			'send',
			payment({
				recipient: '={{ $json.who }}',
				amount: '={{ $json.amount }}',
				reference: '=salary/2026-11/{{ $json.name }}',
			}),
			{ items },
		);
		expect(out.map(({ json }) => [json.status, json.reference, json.to, json.amount])).toEqual(
			items.map(({ who, amount, name }) => ['paid', `salary/2026-11/${name}`, who, amount]),
		);
		expect(out.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(await dollarsOf(devnet, items[2]!.who)).toBe(1n);
	});

	it('says alreadyPaid when the workflow runs again, with what the first run did', async () => {
		const parameters = payment({ simplify: false });
		const [first] = await agent.items('payment', 'send', parameters);
		const [second] = await agent.items('payment', 'send', parameters);
		const same = ['reference', 'account', 'to', 'amount', 'token', 'userOperationHash', 'transaction', 'time', 'gas'];
		expect(second?.status).toBe('alreadyPaid');
		expect(second?.summary).toMatch(
			/^Already paid on \d+ \w+ \d{4} at \d\d:\d\d: 1\.5 dUSD to 0x.*\. Nothing was sent now\.$/,
		);
		for (const name of same) expect([name, second?.[name]]).toEqual([name, first?.[name]]);
		expect(await dollarsOf(devnet, parameters.recipient as `0x${string}`)).toBe(1_500_000n);
	});

	it('pays native money, by its choice in the list', async () => {
		const parameters = payment({ recipient: nativeRecipient, token: NATIVE, amount: '0.01', simplify: false });
		const [item] = await agent.items('payment', 'send', parameters);
		expect(item).toMatchObject({ status: 'paid', token: 'ETH', amount: '0.01' });
		expect(item).not.toHaveProperty('tokenAddress');
		expect(await weiOf(devnet, nativeRecipient)).toBe(parseEther('0.01'));
	});

	it('pays again each time with Allow Repeats, without a reference', async () => {
		const { reference: _, ...parameters } = payment({ allowRepeats: true });
		for (let times = 0; times < 2; times++) {
			const [item] = await agent.items('payment', 'send', parameters);
			expect(item?.status).toBe('paid');
			expect(item).not.toHaveProperty('reference');
		}
		expect(await dollarsOf(devnet, parameters.recipient as `0x${string}`)).toBe(3_000_000n);
	});

	it.each([
		['text', '1250.50', 1_250_500_000n],
		['a number', 0.1, 100_000n],
		['the result of an expression', '={{ 0.5 + 0.25 }}', 750_000n],
	])('takes an amount that is %s', async (_, amount, units) => {
		const { account: rich } = await payingAccount(devnet, { kind: 'free lanes', tokenLimit: parseUnits('2000', 6) });
		await minedReceipt(devnet, await devnet.request('eth_sendTransaction', [mintTo(rich)]));
		const parameters = payment({ amount });
		await agentOf(devnet, rich).items('payment', 'send', parameters);
		expect(await dollarsOf(devnet, parameters.recipient as `0x${string}`)).toBe(units);
	});

	it('has the policy of the credential pay the gas', async () => {
		const { sponsoring: gasPolicyId } = devnet.gasManager.policies;
		const sponsored = agentOf(devnet, account, { alchemyApi: { gasPolicyId } });
		const before = await weiOf(devnet, account.address);
		const [item] = await sponsored.items('payment', 'send', payment({ simplify: false }));
		expect(item).toMatchObject({ status: 'paid', gasPaidBy: devnet.gasManager.paymaster });
		expect(await weiOf(devnet, account.address)).toBe(before);
	});

	it('says pending when no block has it within the time limit, and that running again is safe', async () => {
		await devnet.faults.set({ kind: 'drop', match: ['eth_sendUserOperation'], carriedOut: false });
		const parameters = payment({ options: { timeLimit: 2 } });
		const [item] = await agent.items('payment', 'send', parameters);
		expect(item).toMatchObject({
			status: 'pending',
			userOperationHash: expect.stringMatching(HASH),
			summary: expect.stringMatching(
				/^Not known yet: 1\.5 dUSD to 0x.* it may still be paid\. Running this again with the same reference is safe/,
			),
			transaction: '',
		});
		await devnet.faults.clear();
		const [again] = await agent.items('payment', 'send', parameters);
		expect(again).toMatchObject({ status: 'paid' });
		expect((await agent.items('payment', 'send', parameters))[0]).toMatchObject({ status: 'alreadyPaid' });
	});

	describe('stops before anything is sent, and says what to mend, for', () => {
		// What n8n makes of a field that isn't in the item. A field left empty in the form is refused by n8n itself.
		const missing = '={{ $json.missing }}';
		it.each<[string, () => IDataObject, RegExp]>([
			['an amount with a comma', () => ({ amount: '1,5' }), /"Amount" is "1,5", not a decimal amount/],
			['an amount in words', () => ({ amount: 'ten' }), /"Amount" is "ten"/],
			['an amount of nothing', () => ({ amount: '0' }), /"Amount" is 0/],
			['a negative amount', () => ({ amount: '-1' }), /"Amount" is "-1"/],
			['more decimals than the token has', () => ({ amount: '1.0000001' }), /7 decimal places; this unit has 6/],
			['no amount', () => ({ amount: missing }), /"Amount" is empty/],
			['a number that lost digits', () => ({ amount: '={{ 0.1 + 0.2 }}' }), /is the number 0.30000000000000004/],
			['a time limit in words', () => ({ options: { timeLimit: '={{ "soon" }}' } }), /"Time Limit" is "soon"/],
			['no confirmations', () => ({ options: { confirmations: '={{ 0 }}' } }), /"Confirmations" is 0/],
			['a name instead of an address', () => ({ recipient: 'anna.eth' }), /"Recipient" is "anna.eth", not an address/],
			['no recipient', () => ({ recipient: missing }), /"Recipient" is empty/],
			['a wrong checksum', () => ({ recipient: wrongChecksum() }), /checksum fails/],
			['a private key as recipient', () => ({ recipient: accountOf().privateKey }), /"Recipient"/],
			['an address that is no token', () => ({ token: byAddress(nativeRecipient) }), /no ERC-20 token/],
			['no reference', () => ({ reference: missing }), /"Payment Reference" is empty/],
			[
				'a reference with a missing part',
				() => ({ reference: '=salary/{{ $json.nmae }}/11' }),
				/a part of it was missing/,
			],
			['a reference that ends early', () => ({ reference: '=salary/{{ $json.nmae }}' }), /a part of it was missing/],
			['a reference of an object', () => ({ reference: '={{ $json }}' }), /"Payment Reference"/],
			['a gas fee that is none', () => ({ options: { feeCap: 'cheap' } }), /"Maximum Gas Fee" is "cheap"/],
			['too little money', () => ({ amount: '499', token: byAddress(devnet.tokens.coin18.address) }), /dCOIN/],
			['too high an amount', () => ({ amount: '500.01' }), /dUSD budget/],
			['a recipient of native money that is not allowed', () => ({ token: NATIVE, amount: '0.01' }), /0x/],
			['a gas price above the maximum', () => ({ options: { feeCap: '0.000000001' } }), /gwei/],
		])('%s', async (_, wrong, message) => {
			await devnet.calls.clear();
			const error = await agent.error('payment', 'send', payment(wrong()));
			expect(error.message).toMatch(message);
			expect(error.description).toMatch(/\w{4,}.*\.$/);
			expect(error.context.itemIndex).toBe(0);
			expect(`${error.message} ${error.description}`).not.toMatch(/undefined|\[object/);
			expect((await devnet.calls.list()).flatMap(({ methods }) => methods)).not.toContain('eth_sendUserOperation');
		});
	});

	it('stops when the reference paid something else, and says what it paid', async () => {
		const parameters = payment();
		await agent.items('payment', 'send', parameters);
		const error = await agent.error('payment', 'send', { ...parameters, amount: '1.6' });
		expect(error.message).toContain(`already paid something else: 1.5 dUSD to ${String(parameters.recipient)}`);
		expect(error.description).toContain('User operation: 0x');
	});

	it('names the item that stopped it; the ones before are paid, the ones behind are not', async () => {
		const recipients = [freshAddress(), freshAddress(), freshAddress()];
		const items = recipients.map((to, index) => ({ to, amount: index === 1 ? 'none' : '1' }));
		const parameters = payment({
			recipient: '={{ $json.to }}',
			amount: '={{ $json.amount }}',
			reference: '={{ $json.to }}',
		});
		const error = await agent.error('payment', 'send', parameters, { items });
		expect(error.context.itemIndex).toBe(1);
		expect(await Promise.all(recipients.map((to) => dollarsOf(devnet, to)))).toEqual([1_000_000n, 0n, 0n]);
	});

	it('with On Error: Continue goes on with an item that a workflow can branch on', async () => {
		const recipients = [freshAddress(), freshAddress(), freshAddress()];
		const items = [
			{ to: recipients[0]!, amount: '1' },
			{ to: recipients[1]!, amount: '1,5' },
			{ to: recipients[2]!, amount: '600' },
		];
		const parameters = payment({
			recipient: '={{ $json.to }}',
			amount: '={{ $json.amount }}',
			reference: '={{ $json.to }}',
		});
		const { items: out } = await agent.run('payment', 'send', parameters, { items, continueOnFail: true });
		expect(out.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(out.map(({ json }) => json)).toMatchObject([
			{ status: 'paid' },
			{ status: 'notSent', refusal: { code: 'invalidInput', field: 'Amount' }, error: expect.stringContaining('1,5') },
			{
				status: 'notSent',
				error: expect.stringContaining('dUSD'),
				remedy: expect.stringMatching(/\w/),
				refusal: { code: 'tokenLimitExceeded', data: { limit: '500', needed: '600', unit: 'dUSD' } },
			},
		]);
		expect(await Promise.all(recipients.map((to) => dollarsOf(devnet, to)))).toEqual([1_000_000n, 0n, 0n]);
	});

	it('with On Error: Continue names the fault of an endpoint', async () => {
		await devnet.faults.set({ kind: 'http', status: 503 });
		const { items } = await agent.run('payment', 'send', payment(), { continueOnFail: true });
		expect(items[0]?.json).toMatchObject({
			refusal: { code: 'endpointUnavailable' },
			error: expect.stringContaining('503'),
		});
	});
});

describe('credentials', () => {
	const KEY = accountOf();

	it.each<[string, () => Parameters<typeof agentOf>[2], RegExp]>([
		['another chain', () => ({ alchemyApi: { chainId: 8453 } }), /endpoint is on chain \d+, but the credential says/],
		['an unknown network', () => ({ alchemyApi: { network: 'base-goerli' } }), /"base-goerli", which is not known/],
		['no URL', () => ({ alchemyApi: { secretRpcUrl: '' } }), /"RPC URL" in the Alchemy API credential is empty/],
		['no http URL', () => ({ alchemyApi: { secretRpcUrl: 'ftp://secret.example' } }), /does not begin with http/],
		[
			'a wrong API key',
			() => ({ alchemyApi: { secretRpcUrl: devnet.url.replace(/v2.*/, 'v2/wrong') } }),
			/refused the API key/,
		],
		[
			'a URL where nobody is',
			() => ({ alchemyApi: { secretRpcUrl: 'http://127.0.0.1:1/secret' } }),
			/could not be reached/,
		],
		['a chain ID of none', () => ({ alchemyApi: { chainId: 0 } }), /"Chain ID" is 0, not a whole number/],
		['an unknown policy', () => ({ alchemyApi: { gasPolicyId: devnet.gasManager.policies.unknown } }), /policy/],
		['a used up policy', () => ({ alchemyApi: { gasPolicyId: devnet.gasManager.policies.exhausted } }), /policy/],
		['another key than pinned', () => ({ agentSessionKeyApi: { keyAddress: KEY.address } }), /must be 0x/],
		['a key that is none', () => ({ agentSessionKeyApi: { privateKey: `${KEY.privateKey}00` } }), /not a private key/],
		['the key zero', () => ({ agentSessionKeyApi: { privateKey: `0x${'0'.repeat(64)}` } }), /not a private key/],
		[
			'a strange key',
			() => ({ agentSessionKeyApi: { privateKey: KEY.privateKey } }),
			/not (?:registered|a session key)/i,
		],
		['no account', () => ({ agentSessionKeyApi: { accountAddress: '' } }), /"Smart Account Address" is empty/],
		['an account that is not there', () => ({ agentSessionKeyApi: { accountAddress: zeroAddress } }), /account/],
	])('with %s stop before anything is sent', async (_, options, message) => {
		const given = options();
		const wrong = agentOf(devnet, account, given);
		const { error, stored } = await wrong.run('payment', 'send', payment());
		expect(error?.message).toMatch(message);
		expect(error?.description).toMatch(/\w{4,}/);
		expect(stored).not.toMatch(/v2\/wrong|secret\.example|127\.0\.0\.1:1/);
		expect(stored.toLowerCase()).not.toContain(KEY.privateKey.slice(2));
	});

	it('with the right pinned address and a key without 0x pay', async () => {
		const { address, privateKey } = account.keys[0]!;
		const pinned = agentOf(devnet, account, {
			agentSessionKeyApi: { keyAddress: address.toLowerCase(), privateKey: ` ${privateKey.slice(2)} ` },
		});
		const [item] = await pinned.items('payment', 'send', payment());
		expect(item?.status).toBe('paid');
	});
});

function wrongChecksum(): string {
	const address = '0x95222290DD7278Aa3Ddd389Cc1E1d165CC4BAfe5';
	return address.replace('DD', 'dD');
}

function mintTo({ address }: SmartAccount) {
	const data = `0x40c10f19${address.slice(2).padStart(64, '0')}${parseUnits('1000', 6).toString(16).padStart(64, '0')}`;
	return { from: devnet.operator, to: devnet.tokens.usd6.address, data };
}
