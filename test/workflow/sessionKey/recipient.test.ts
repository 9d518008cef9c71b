import {
	traverseNodeParameters,
	type ILoadOptionsFunctions,
	type IDataObject,
	type FromAIArgument,
} from 'n8n-workflow';
import type { Address } from 'viem';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import { searchPayees } from '../../../nodes/SessionKey/recipient';
import { connect, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { freshAddress, payingAccount } from '../../support/payer';
import { runNode } from '../../support/runNode';
import { template } from '../../support/templates';
import { agentOf, byAddress, type Agent } from '../support/agent';

jest.setTimeout(60_000);

let devnet: DevnetClient;
let account: SmartAccount;
let agent: Agent;
let anna: Address;
let ben: Address;

beforeAll(async () => {
	devnet = await connect();
	({ account } = await payingAccount(devnet, { kind: 'free lanes' }));
	[anna, ben] = [freshAddress(), freshAddress()];
	agent = agentOf(devnet, account, { agentSessionKeyApi: { payees: `Anna Berg, ${anna}\nBen Mayer, ${ben}` } });
});

let references = 0;
const payment = (recipient: unknown, more: IDataObject = {}): IDataObject => ({
	recipient: recipient as IDataObject,
	token: byAddress(devnet.tokens.usd6.address),
	amount: '1.5',
	reference: `recipient/${++references}`,
	...more,
});
const by = (mode: string, value: string) => ({ __rl: true, mode, value });
const short = (address: Address) => `${address.slice(0, 6)}…${address.slice(-4)}`;

describe('a recipient', () => {
	it.each<[string, () => unknown, IDataObject?]>([
		['chosen from the list', () => by('list', `Anna Berg, ${anna}`)],
		['by name', () => by('name', 'anna  BERG')],
		['by address', () => by('address', anna)],
		['by address in small letters', () => by('address', ` ${anna.toLowerCase()} `)],
		['by the name that an expression gives', () => by('name', '={{ $json.who }}'), { who: 'Anna Berg' }],
		['by the address that an expression gives', () => by('address', '={{ $json.who }}'), { who: 'the address' }],
		[
			'by the name that an expression gives for an address',
			() => by('address', '={{ $json.who }}'),
			{ who: 'Anna Berg' },
		],
		['by name and address together', () => by('address', '={{ $json.who }}, {{ $json.to }}'), { who: 'Anna Berg' }],
		['by name and address as a name', () => by('name', '={{ $json.who }}, {{ $json.to }}'), { who: 'Anna Berg' }],
		['as plain text, an address', () => anna],
		['as plain text, a name', () => 'Anna Berg'],
		['as plain text of an expression', () => '={{ $json.who }}', { who: 'Anna Berg' }],
	])('%s is paid, and named in the item', async (_, recipient, item = {}) => {
		const before = await dollarsOf(devnet, anna);
		const json = { to: anna, ...item, ...(item.who === 'the address' && { who: anna }) };
		const [paid] = await agent.items('payment', 'send', payment(recipient()), { items: [json] });
		expect(paid).toMatchObject({ status: 'paid', to: anna, toName: 'Anna Berg' });
		expect(Object.keys(paid!).slice(4, 6)).toEqual(['to', 'toName']);
		expect(paid!.summary).toMatch(new RegExp(`^Paid 1\\.5 dUSD to Anna Berg \\(${short(anna)}\\)\\. `));
		expect((await dollarsOf(devnet, anna)) - before).toBe(1_500_000n);
	});

	it.each<[string, () => unknown, RegExp, RegExp]>([
		[
			'a name that is not on the list',
			() => by('name', 'Ana Berg'),
			/"Ana Berg", which is not the name of a payee/,
			/Anna Berg/,
		],
		['an address in the place of a name', () => by('name', freshAddress()), /not the name of a payee/, /Payees/],
		['64 digits in the place of a name', () => by('name', `0x${'a7'.repeat(32)}`), /not shown/, /Payees/],
		['a name of ENS', () => by('address', '={{ "anna.eth" }}'), /not the name of a payee/, /never guessed/],
		['an unknown name with an address', () => by('address', `Zoe, ${anna}`), /"Zoe", which is not the name/, /./],
		['nothing', () => by('name', '={{ "" }}'), /"Recipient" is empty/, /./],
		['what an expression did not give', () => by('address', '={{ $json.nobody }}'), /"Recipient" is empty/, /./],
		['a number', () => by('name', '={{ 7 }}'), /"Recipient" is 7/, /./],
	])('%s is refused', async (_, recipient, message, remedy) => {
		await devnet.calls.clear();
		const error = await agent.error('payment', 'send', payment(recipient()));
		expect(error.message).toMatch(message);
		expect(error.description).toMatch(remedy);
		expect(await devnet.calls.list()).toEqual([]);
	});

	it('whose address in the list has changed since it was chosen is told so, and not paid', async () => {
		const old = freshAddress();
		const chosen = payment(by('list', `Anna Berg, ${old}`));
		const error = await agent.error('payment', 'send', chosen);
		expect(error.message).toBe(
			`The address of "Anna Berg" is ${anna} under Payees, and this payment would go to ${old}.`,
		);
		const [checked] = await agent.items('payment', 'check', chosen);
		expect(checked).toMatchObject({ allowed: false, code: 'notAPayee', to: old, toName: '' });
		expect(await dollarsOf(devnet, old)).toBe(0n);
	});

	it('that a sheet has with another address than the list stops the whole batch, and the line is named', async () => {
		const old = freshAddress();
		const people = [
			{ name: 'Anna Berg', address: anna },
			{ name: 'Ben Mayer', address: old },
		];
		const before = await dollarsOf(devnet, anna);
		const row = by('address', '={{ $json.name }}, {{ $json.address }}');
		const error = await agent.error('payment', 'sendBatch', payment(row), { items: people });
		expect(error.message).toContain(`Payment 2 of 2: The address of "Ben Mayer" is ${ben} under Payees`);
		expect(await dollarsOf(devnet, anna)).toBe(before);
		expect(await dollarsOf(devnet, old)).toBe(0n);
	});

	it('without a name has none', async () => {
		const [stranger] = await agent.items('payment', 'send', payment(by('address', freshAddress())));
		expect(stranger).toMatchObject({ status: 'paid', toName: '' });
		const [plain] = await agentOf(devnet, account).items('payment', 'send', payment(by('address', anna)));
		expect(plain).toMatchObject({ status: 'paid' });
		expect(plain).not.toHaveProperty('toName');
	});

	it('is named in lists of payments', async () => {
		const parameters = payment(by('name', 'Ben Mayer'));
		await agent.items('payment', 'send', parameters);
		const [found] = await agent.items('payment', 'get', { findBy: 'reference', reference: parameters.reference });
		expect(found).toMatchObject({ to: ben, toName: 'Ben Mayer', summary: expect.stringContaining('to Ben Mayer (') });
		const [listed] = await agent.items('payment', 'getMany', { returnAll: true });
		expect(listed).toMatchObject({ to: ben, toName: 'Ben Mayer' });
	});
});

describe('the list of recipients', () => {
	const search = (payees: unknown, filter?: string) =>
		searchPayees.call({ getCredentials: async () => ({ payees }) } as unknown as ILoadOptionsFunctions, filter);

	it('is that of the credential, by a part of the name', async () => {
		const { payees } = agent.credentials.agentSessionKeyApi!;
		const all = await search(payees);
		expect(all.results).toEqual([
			{ name: `Anna Berg (${short(anna)})`, value: `Anna Berg, ${anna}` },
			{ name: `Ben Mayer (${short(ben)})`, value: `Ben Mayer, ${ben}` },
		]);
		expect((await search(payees, 'mAY')).results).toEqual([all.results[1]]);
		expect((await search(undefined)).results).toEqual([]);
	});

	it('that can not be read says so', async () => {
		await expect(search('Anna')).rejects.toThrow('Line 1 of "Payees" is "Anna", not a name and an address');
	});
});

describe('an AI agent', () => {
	const pay = () =>
		template('ai-agent-with-budget').nodes.find(({ name }) => name === 'Pay')!.parameters as IDataObject;
	/** The node as n8n gives it to an agent, called with what the agent says. */
	const call = async (said: IDataObject, onlyPayees: boolean) => {
		const tool = new SessionKey();
		tool.description = { ...tool.description, name: 'sessionKeyTool' };
		const parameters = { ...pay(), token: byAddress(devnet.tokens.usd6.address) };
		const { alchemyApi = {}, agentSessionKeyApi } = agent.credentials;
		const credentials = { alchemyApi, agentSessionKeyApi: { ...agentSessionKeyApi, onlyPayees } };
		const { items, error } = await runNode(tool, { parameters, credentials, items: [said] });
		if (error) throw error;
		return items[0]!.json;
	};

	it('is asked for the recipient inside the locator', () => {
		const asked: FromAIArgument[] = [];
		traverseNodeParameters(pay() as never, asked);
		expect(asked.map(({ key }) => key)).toEqual(['recipient', 'amount', 'invoice']);
		expect(asked[0]!.description).toContain('name of a payee');
	});

	it('pays by name, and nobody else where only payees are paid', async () => {
		const thief = freshAddress();
		const before = await dollarsOf(devnet, anna);
		const paid = await call({ recipient: 'Anna Berg', amount: '2', invoice: 'ai-1' }, true);
		expect(paid).toMatchObject({ status: 'paid', toName: 'Anna Berg' });
		expect((await dollarsOf(devnet, anna)) - before).toBe(2_000_000n);

		const refused = await call({ recipient: thief, amount: '2', invoice: 'ai-2' }, true);
		expect(refused).toMatchObject({ status: 'notSent', why: expect.stringContaining('is not among the payees') });
		const named = await call({ recipient: `Anna Berg, ${thief}`, amount: '2', invoice: 'ai-3' }, true);
		expect(named).toMatchObject({ status: 'notSent', why: expect.stringContaining('The address of "Anna Berg" is') });
		const guessed = await call({ recipient: 'Anna', amount: '2', invoice: 'ai-4' }, true);
		expect(guessed).toMatchObject({ status: 'notSent', whatHelps: expect.stringContaining('Anna Berg') });
		expect(await dollarsOf(devnet, thief)).toBe(0n);
		expect(await call({ recipient: thief, amount: '2', invoice: 'ai-5' }, false)).toMatchObject({ status: 'paid' });
	});

	it('is told the names and the rules with the budget', async () => {
		const rules = { onlyPayees: true, mostPerPayment: '500 ETH', mostPerRun: '1000.5 ETH' };
		const told = agentOf(devnet, account, {
			agentSessionKeyApi: { ...agent.credentials.agentSessionKeyApi, ...rules },
		});
		const [key] = await told.items('key', 'get', { simplify: true });
		expect(key).toMatchObject({
			payees: ['Anna Berg', 'Ben Mayer'],
			onlyPayees: true,
			mostPerPayment: ['500 ETH'],
			mostPerRun: ['1000.5 ETH'],
		});
	});
});
