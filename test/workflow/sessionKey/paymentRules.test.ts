import type { IDataObject } from 'n8n-workflow';
import { encodeFunctionData, parseAbi, type Address } from 'viem';
import { SessionKeyPermissionsBuilder, SessionKeyAccessListType } from '@alchemy/aa-accounts';
import { MULTICALL3 } from '../../../contracts/multicall3';
import { fundedAccount } from '../../../devnet';
import { connect, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { dollarsOf, weiOf } from '../../chain/support/onChain';
import { freshAddress, payingAccount } from '../../support/payer';
import { runTemplate } from '../../support/runTemplate';
import { agentOf, byAddress, NATIVE } from '../support/agent';

jest.setTimeout(60_000);

let devnet: DevnetClient;
let account: SmartAccount;
let dollar: Address;
let anna: Address;

beforeAll(async () => {
	devnet = await connect();
	({ account } = await payingAccount(devnet, { kind: 'free lanes' }));
	dollar = devnet.tokens.usd6.address;
	anna = freshAddress();
});

let references = 0;
const payment = (more: IDataObject = {}): IDataObject => ({
	recipient: freshAddress(),
	token: byAddress(dollar),
	amount: '1.5',
	reference: `rules/${++references}`,
	...more,
});
const agentWith = (rules: IDataObject, of = account) => agentOf(devnet, of, { agentSessionKeyApi: rules });
const people = (...amounts: string[]) => amounts.map((amount) => ({ to: freshAddress(), amount }));
const perPerson = { recipient: '={{ $json.to }}', amount: '={{ $json.amount }}', reference: '=rules/{{ $json.to }}' };
const dollarsIn = (items: { to: Address }[]) => Promise.all(items.map(({ to }) => dollarsOf(devnet, to)));

describe('with Only These Payees', () => {
	const only = () => ({ payees: `Anna, ${anna}`, onlyPayees: true });
	/** May call whatever it likes, as far as the chain goes. */
	const freeAccount = async () => {
		const permissions = new SessionKeyPermissionsBuilder()
			.setContractAccessControlType(SessionKeyAccessListType.ALLOW_ALL_ACCESS)
			.setNativeTokenSpendLimit({ spendLimit: 10n ** 18n });
		const free = await fundedAccount(devnet, { eth: 5n * 10n ** 18n, keys: [{ permissions }] });
		return { free, agent: agentWith(only(), free) };
	};
	const execute = (contract: Address, signature: string, values: IDataObject, value = '0') => ({
		contract,
		functionSource: 'signature',
		function: signature,
		arguments: { mappingMode: 'defineBelow', value: values },
		value,
		reference: `rules/${++references}`,
	});

	it('somebody else is not paid, by Send, Send Batch or Check, and nothing moves', async () => {
		const agent = agentWith(only());
		const thief = freshAddress();
		const items = [{ to: anna }, { to: thief }, { to: freshAddress() }];
		const before = await dollarsOf(devnet, anna);
		await devnet.calls.clear();
		const sent = await agent.error('payment', 'send', payment({ recipient: thief }));
		expect(sent.message).toBe(
			`${thief} is not among the payees, and the credential "Agent Session Key API" lets only payees be paid.`,
		);
		const batch = await agent.error('payment', 'sendBatch', payment({ recipient: '={{ $json.to }}' }), { items });
		expect(batch.message).toContain(`Payment 2 of 3: ${thief} is not among the payees`);
		expect(batch.message).toContain('The same is true of 1 more payment in it.');
		const checks = await agent.items('payment', 'check', payment({ recipient: '={{ $json.to }}' }), { items });
		expect(checks.map(({ allowed, code }) => [allowed, code])).toEqual([
			[true, ''],
			[false, 'notAPayee'],
			[false, 'notAPayee'],
		]);
		const methods = (await devnet.calls.list()).flatMap((call) => call.methods);
		expect(methods).not.toContain('eth_sendUserOperation');
		expect(await dollarsIn(items)).toEqual([before, 0n, 0n]);
	});

	it('no way of Contract: Execute gets around it', async () => {
		const { free, agent } = await freeAccount();
		const thief = freshAddress();
		const transferData = encodeFunctionData({
			abi: parseAbi(['function transfer(address,uint256)']),
			args: [thief, 5n],
		});
		const ways = [
			execute(dollar, 'transfer(address to, uint256 amount)', { to: thief, amount: '5' }),
			execute(dollar, 'approve(address spender, uint256 amount)', { spender: thief, amount: '5' }),
			execute(dollar, 'transferFrom(address from, address to, uint256 amount)', {
				from: free.address,
				to: thief,
				amount: '5',
			}),
			execute(dollar, 'increaseAllowance(address spender, uint256 amount)', { spender: thief, amount: '5' }),
			execute(thief, 'deposit() payable', {}, '0.1'),
			execute(MULTICALL3, 'aggregate3((address target, bool allowFailure, bytes callData)[] calls)', {
				calls: JSON.stringify([{ target: dollar, allowFailure: false, callData: transferData }]),
			}),
		];
		for (const way of ways) {
			const error = await agent.error('contract', 'execute', way);
			expect(error.message).toContain('is not among the payees');
			expect(error.description).toContain('the chain does not know it');
		}
		const native = await agent.error('payment', 'send', payment({ recipient: thief, token: NATIVE, amount: '0.1' }));
		expect(native.message).toContain(`${thief} is not among the payees`);
		expect([await dollarsOf(devnet, thief), await weiOf(devnet, thief)]).toEqual([0n, 0n]);
		// The chain itself has nothing against them.
		const withoutRule = await agentWith({}, free).items('contract', 'execute', ways[0]!);
		expect(withoutRule).toMatchObject([{ status: 'paid' }]);
		expect(await dollarsOf(devnet, thief)).toBe(5n);
	});

	it('a payee is paid by Contract: Execute too, and a contract that is a payee may be called', async () => {
		const { free } = await freeAccount();
		const agent = agentWith({ payees: `Anna, ${anna}\nThe token, ${dollar}`, onlyPayees: true }, free);
		const before = await dollarsOf(devnet, anna);
		const paid = execute(dollar, 'transfer(address to, uint256 amount)', { to: anna, amount: '7' });
		expect(await agent.items('contract', 'execute', paid)).toMatchObject([{ status: 'paid' }]);
		expect((await dollarsOf(devnet, anna)) - before).toBe(7n);
	});

	it('what is paid already is told, whatever the rules say now', async () => {
		const parameters = payment();
		await agentWith({}).items('payment', 'send', parameters);
		const again = await agentWith(only()).items('payment', 'send', parameters);
		expect(again).toMatchObject([{ status: 'alreadyPaid' }]);
	});
});

describe('Most per Payment', () => {
	it('is exact, for each payment of a batch, and names the first that is too large', async () => {
		const agent = agentWith({ mostPerPayment: `1.5 ${dollar}\n0.1 ETH` });
		const fine = people('1.5', '1.5', '0.000001');
		const parameters = payment({ ...perPerson, reference: `rules/${++references}` });
		expect(await agent.items('payment', 'sendBatch', parameters, { items: fine })).toMatchObject([
			{ status: 'paid' },
			{ status: 'paid' },
			{ status: 'paid' },
		]);
		expect(await dollarsIn(fine)).toEqual([1_500_000n, 1_500_000n, 1n]);
		const above = people('1', '1.500001', '2');
		const other = payment({ ...perPerson, reference: `rules/${++references}` });
		const error = await agent.error('payment', 'sendBatch', other, { items: above });
		expect(error.message).toBe(
			'Payment 2 of 3: This payment is 1.500001 dUSD, more than the 1.5 dUSD of "Most per Payment". The same is true of 1 more payment in it.',
		);
		expect(await dollarsIn(above)).toEqual([0n, 0n, 0n]);
		const [checked] = await agent.items('payment', 'check', payment({ amount: '2' }));
		expect(checked).toMatchObject({ allowed: false, code: 'aboveMaximum' });
	});

	it('that fits no amount of the token refuses, and says so', async () => {
		const error = await agentWith({ mostPerPayment: `0.0000001 ${dollar}` }).error('payment', 'send', payment());
		expect(error.message).toContain('"Most per Payment" is 0.0000001, which has 7 decimal places; this unit has 6');
	});
});

describe('Most per Run', () => {
	it('adds up the items of Send, and refuses from the one that is too much', async () => {
		const agent = agentWith({ mostPerRun: `4 ${dollar}` });
		const items = people('1.5', '1.5', '1.5', '1');
		const { items: out } = await agent.run('payment', 'send', payment(perPerson), { items, continueOnFail: true });
		expect(out.map(({ json }) => json.status)).toEqual(['paid', 'paid', 'notSent', 'paid']);
		expect(out[2]!.json.summary).toBe(
			'This payment of 1.5 dUSD comes after 3 dUSD in the same run, and together they are above the 4 dUSD of "Most per Run".',
		);
		expect(await dollarsIn(items)).toEqual([1_500_000n, 1_500_000n, 0n, 1_000_000n]);
		// Another run begins at nothing; what was paid before takes nothing of it.
		const { items: again } = await agent.run('payment', 'send', payment(perPerson), { items });
		expect(again.map(({ json }) => json.status)).toEqual(['alreadyPaid', 'alreadyPaid', 'paid', 'alreadyPaid']);
	});

	it('adds up what a check asks about', async () => {
		const agent = agentWith({ mostPerRun: `4 ${dollar}` });
		const checks = await agent.items('payment', 'check', payment(perPerson), { items: people('3', '1.1', '1', '0.1') });
		expect(checks.map(({ code }) => code)).toEqual(['', 'aboveMaximum', '', 'aboveMaximum']);
	});

	it('does not count what the chain refused', async () => {
		const agent = agentWith({ mostPerRun: `400 ${dollar}` });
		const items = people('300', '9000', '100');
		const { items: out } = await agent.run('payment', 'send', payment(perPerson), { items, continueOnFail: true });
		expect(out.map(({ json }) => json.status)).toEqual(['paid', 'notSent', 'paid']);
	});

	it('counts what is pending, once however often it is tried', async () => {
		const { account: fresh } = await payingAccount(devnet, { kind: 'free lanes' });
		const agent = agentWith({ mostPerRun: `2 ${dollar}` }, fresh);
		const [first, second] = people('1.5', '1.5');
		const bundling = (mode: string) => devnet.request('debug_bundler_setBundlingMode', [mode]);
		await bundling('manual');
		const run = agent.run('payment', 'send', payment({ ...perPerson, options: { timeLimit: 1 } }), {
			items: [first!, first!, second!],
			continueOnFail: true,
		});
		const { items: out } = await run.finally(() => bundling('auto'));
		// The second try finds the first one in its place, and sends nothing.
		expect(out.map(({ json }) => json.status)).toEqual(['pending', 'notSent', 'notSent']);
		expect(out[1]!.json.refusal).toBeUndefined();
		expect(out[2]!.json.refusal).toMatchObject({ code: 'aboveMaximum', data: { before: '1.5' } });
	});

	it('is one sum for all nodes of an execution', async () => {
		const pays = (name: string, amount: string) => ({
			id: name,
			name,
			type: 'n8n-nodes-session-keys.sessionKey',
			typeVersion: 1,
			position: [0, 0] as [number, number],
			onError: 'continueRegularOutput',
			credentials: { alchemyApi: { id: '1', name: 'x' }, agentSessionKeyApi: { id: '2', name: 'y' } },
			parameters: { resource: 'payment', operation: 'send', ...payment({ amount }) },
		});
		const link = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
		const start = {
			id: 'start',
			name: 'start',
			type: 'n8n-nodes-base.scheduleTrigger',
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters: {},
		};
		const workflow = {
			name: 'two payments',
			nodes: [start, pays('first', '3'), pays('second', '3'), pays('third', '1')],
			connections: { start: link('first'), first: link('second'), second: link('third') },
			settings: {},
		};
		const { credentials } = agentWith({ mostPerRun: `4 ${dollar}` });
		const run = await runTemplate(workflow as never, { credentials, started: {} });
		expect(['first', 'second', 'third'].map((node) => run.output(node)[0]?.status)).toEqual([
			'paid',
			'notSent',
			'paid',
		]);
	});
});

describe('a rule that can not be read', () => {
	it.each<[string, IDataObject, string]>([
		['a payee without an address', { payees: 'Anna' }, 'Line 1 of "Payees" is "Anna", not a name and an address'],
		['payees that an expression did not give', { payees: null }, '"Payees" is empty (its expression gave nothing)'],
		['a switch that an expression did not give', { onlyPayees: undefined }, '"Only These Payees" is empty'],
		['a switch that is neither', { onlyPayees: 'perhaps' }, '"Only These Payees" is "perhaps", not true or false'],
		['nobody who may be paid', { onlyPayees: true }, '"Payees" is empty: nobody can be paid'],
		['a maximum without a token', { mostPerPayment: '500' }, 'not an amount and a token'],
		['a maximum of an unknown token', { mostPerRun: '500 USDC' }, 'names the token "USDC", which is not known on'],
		['a maximum that an expression did not give', { mostPerRun: null }, '"Most per Run" is empty'],
	])('sends nothing: %s', async (_, rules, message) => {
		const agent = agentWith(rules);
		await devnet.calls.clear();
		for (const operation of ['send', 'sendBatch', 'check']) {
			expect((await agent.error('payment', operation, payment())).message).toContain(message);
		}
		expect(await devnet.calls.list()).toEqual([]);
	});
});
