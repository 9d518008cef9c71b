import type { IDataObject } from 'n8n-workflow';
import { connect, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { freshAddress, payingAccount } from '../../support/payer';
import { agentOf, byAddress, type Agent } from '../support/agent';

jest.setTimeout(300_000);

let devnet: DevnetClient;
let account: SmartAccount;
let agent: Agent;

beforeAll(async () => {
	devnet = await connect();
	({ account } = await payingAccount(devnet, { kind: 'free lanes' }));
	agent = agentOf(devnet, account);
});

const payments = (more: IDataObject = {}): IDataObject => ({
	recipient: '={{ $json.who }}',
	token: byAddress(devnet.tokens.usd6.address),
	amount: '={{ $json.amount }}',
	...more,
});

const people = (...amounts: unknown[]): IDataObject[] =>
	amounts.map((amount) => ({ who: freshAddress(), amount }) as IDataObject);

const sends = async () =>
	(await devnet.calls.list()).flatMap(({ methods }) => methods).filter((one) => one === 'eth_sendUserOperation').length;

describe.each<[string, unknown, RegExp]>([
	['is no amount', '1,5', /^Item 2: "Amount" is "1,5", not a decimal amount/],
	['has more decimals than the token', '1.0000001', /^Item 2: "Amount" is 1.0000001, which has 7 decimal places/],
	['is missing', undefined, /^Item 2: "Amount" is empty/],
])('of several items, one whose amount %s', (_, wrong, message) => {
	it('stops a batch by its number, before anything is sent', async () => {
		await devnet.calls.clear();
		const items = people('1', wrong, '2');
		const error = await agent.error('payment', 'sendBatch', payments({ reference: 'salaries/2026-11' }), { items });
		expect(error.message).toMatch(message);
		expect(error.context.itemIndex).toBe(1);
		expect(await sends()).toBe(0);
		expect(await dollarsOf(devnet, items[0]!.who as never)).toBe(0n);
	});

	it('is the only one of a batch that is marked, with Continue On Fail', async () => {
		await devnet.calls.clear();
		const more = { items: people('1', wrong, '2'), continueOnFail: true };
		const out = await agent.items('payment', 'sendBatch', payments({ reference: 'salaries/2026-12' }), more);
		expect(out.map(({ status }) => status)).toEqual(['notSent', 'notSent', 'notSent']);
		expect(out.map((json) => 'error' in json)).toEqual([false, true, false]);
		expect(out[1]).toMatchObject({ error: expect.stringMatching(message), refusal: { code: 'invalidInput', item: 2 } });
		expect(out[0]).toEqual({ status: 'notSent', summary: expect.stringContaining('because of item 2') });
		expect(await sends()).toBe(0);
	});

	it('is the only one that a check does not answer, with Continue On Fail', async () => {
		const more = { items: people('1', wrong, '2'), continueOnFail: true };
		const out = await agent.items('payment', 'check', payments(), more);
		expect(out.map(({ allowed }) => allowed)).toEqual([true, undefined, true]);
		expect(out[1]).toMatchObject({ error: expect.stringMatching(message) });
		expect((await agent.error('payment', 'check', payments(), { items: more.items })).message).toMatch(message);
	});
});

describe('what an expression gave instead of a value', () => {
	it.each<[string, string, () => IDataObject, RegExp]>([
		['Allow Repeats as nothing', 'send', () => ({ allowRepeats: '={{ $json.x }}' }), /"Allow Repeats" is empty/],
		['Allow Repeats as a word', 'send', () => ({ allowRepeats: '={{ "maybe" }}' }), /"Allow Repeats" is "maybe"/],
		[
			'Allow Repeats as the text false',
			'send',
			() => ({ allowRepeats: '={{ "FALSE" }}', reference: '={{ "" }}' }),
			/"Payment Reference" is empty/,
		],
		['a token as nothing', 'send', () => ({ token: '={{ $json.x }}' }), /"Token" is empty/],
		['a burned payment', 'send', () => ({ recipient: '0x000000000000000000000000000000000000dEaD' }), /nobody owns it/],
	])('stops %s', async (_, operation, wrong, message) => {
		await devnet.calls.clear();
		const given = payments({ recipient: freshAddress(), amount: '1', reference: 'salary/2026-11/anna', ...wrong() });
		expect((await agent.error('payment', operation, given)).message).toMatch(message);
		expect(await sends()).toBe(0);
	});

	it.each(['={{ $json.x }}', '={{ null }}', '={{ NaN }}', '={{ false }}', '={{ "" }}'])(
		'stops Contract: Execute with %s as its Value',
		async (value) => {
			const given = {
				contract: devnet.tokens.usd6.address,
				function: 'transfer(address to, uint256 amount)',
				arguments: { mappingMode: 'defineBelow', value: { to: freshAddress(), amount: '5' } },
				reference: 'deposit/4711',
				value,
			};
			await devnet.calls.clear();
			expect((await agent.error('contract', 'execute', given)).message).toMatch(/^"Value" is /);
			expect(await sends()).toBe(0);
		},
	);
});

describe('Contract: Read', () => {
	const read = (signature: string, more: IDataObject = {}) =>
		agent.error('contract', 'read', {
			contract: devnet.tokens.usd6.address,
			function: signature,
			arguments: { mappingMode: 'defineBelow', value: { who: account.address } },
			...more,
		});

	it.each<[string, () => ReturnType<typeof read>, RegExp]>([
		['no returns are declared', () => read('balanceOf(address who) view'), /does not say what balanceOf returns/],
		[
			'no contract stands there',
			() => read('balanceOf(address who) view returns (uint256)', { contract: freshAddress() }),
			/There is no contract at 0x/,
		],
		[
			'it answers something else',
			() => read('balanceOf(address who) view returns (uint256, string)'),
			/the contract answered 32 bytes that are something else/,
		],
		[
			'the contract has no such function',
			() => read('nothingOfTheKind(address who) view returns (uint256)'),
			/The contract refused to answer nothingOfTheKind|the contract answered nothing/,
		],
		[
			'it refuses',
			() =>
				read('transferFrom(address who, address to, uint256 amount) returns (bool)', {
					arguments: { mappingMode: 'defineBelow', value: { who: freshAddress(), to: freshAddress(), amount: '5' } },
				}),
			/The contract refused to answer transferFrom: .*\w/,
		],
	])('says in a sentence that %s', async (_, run, message) => {
		const error = await run();
		expect(error.message).toMatch(message);
		expect(error.description).toMatch(/\w{4,}.*\.$/);
	});
});
