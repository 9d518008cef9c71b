import type { IDataObject } from 'n8n-workflow';
import { parseEther, parseUnits, type Address } from 'viem';
import type { Workflow } from '../../../demo/n8n';
import { fundedAccount, tokenBudget } from '../../../devnet';
import { fund } from '../../../devnet/accounts';
import { compileFolder } from '../../../devnet/contracts/compile';
import { deployContract } from '../../../devnet/contracts/deploy';
import { DEFAULT_PLAN } from '../../../devnet/plans';
import { connect, type DevnetClient } from '../../chain/support/devnet';
import { managerOf } from '../../chain/support/manager';
import { dollarsOf } from '../../chain/support/onChain';
import { alchemyApiFor } from '../../support/credentials';
import { freshAddress } from '../../support/payer';
import { runTemplate, type TemplateWorld } from '../../support/runTemplate';
import { accountWithBudget, filledIn, nodeOf } from '../../support/templates';

jest.setTimeout(120_000);

const ON_MONDAY = { timestamp: '2026-11-23T09:00:00.000+00:00' };
const INVOICE = { body: { number: '42', recipient: freshAddress(), amount: '1' } };

describe('with the real Session Key node, on the chain', () => {
	let devnet: DevnetClient;
	beforeAll(async () => {
		devnet = await connect();
	});
	afterEach(() => devnet.faults.clear());

	/** A template with its token, and as somebody else's waiting time. */
	function ready(name: string, timeLimit?: number, token: Address = devnet.tokens.usd6.address): Workflow {
		const workflow = filledIn(name, {}, token);
		for (const node of workflow.nodes) {
			for (const type of Object.keys(node.credentials ?? {})) node.credentials![type] = { id: type, name: type };
			if (timeLimit && node.parameters.operation === 'send') node.parameters.options = { timeLimit };
		}
		return workflow;
	}

	async function credentialsWith(dollars: string) {
		const { account: accountAddress, key: privateKey } = await accountWithBudget(devnet, dollars);
		return { alchemyApi: alchemyApiFor(devnet), agentSessionKeyApi: { accountAddress, privateKey } };
	}

	/** A token that says that it has paid, and moves nothing. */
	async function lying() {
		const { LyingToken } = await compileFolder(`${__dirname}/../../chain/attacks`);
		const token = await deployContract(devnet.request, LyingToken!, [0n], { from: devnet.operator });
		const { address, keys } = await fundedAccount(devnet, {
			eth: parseEther('1'),
			keys: [{ permissions: tokenBudget({ address: token }, 1_000_000_000n) }],
		});
		const agentSessionKeyApi = { accountAddress: address, privateKey: keys[0]!.privateKey };
		return { token, credentials: { alchemyApi: alchemyApiFor(devnet), agentSessionKeyApi } };
	}

	const noAnswer = () => devnet.faults.set({ kind: 'drop', match: ['eth_sendUserOperation'], carriedOut: false });

	it('monthly-salaries: a salary that is too high, one on its way, and then paid', async () => {
		const credentials = await credentialsWith('100');
		const rows = [
			{ name: 'Carl', address: freshAddress(), amount: '500' },
			{ name: 'Anna', address: freshAddress(), amount: '10' },
		];
		const world: TemplateWorld = { started: ON_MONDAY, rows, credentials };
		await noAnswer();
		const first = await runTemplate(ready('monthly-salaries', 2), world);
		expect([...first.messages].sort()).toEqual([
			expect.stringMatching(
				/^Salary of Anna may still be paid\. Not known yet: .*\. Not in a block within the time limit/,
			),
			expect.stringMatching(/^Salary of Carl was not sent by this run\. .*500/),
		]);
		await devnet.faults.clear();
		const again = await runTemplate(ready('monthly-salaries'), world);
		expect(again.messages).toEqual([expect.stringMatching(/^Salary of Carl was not sent by this run/)]);
		expect(again.output('Pay the salary')).toMatchObject([{ status: 'paid', reference: 'salary/2026-11/Anna' }]);
		expect(await Promise.all(rows.map(({ address }) => dollarsOf(devnet, address)))).toEqual([0n, 10_000_000n]);
	});

	it('monthly-salaries: a token that moves nothing, and a credential without a key', async () => {
		const { token, credentials } = await lying();
		const world = { started: ON_MONDAY, rows: [{ name: 'Anna', address: freshAddress(), amount: '1' }], credentials };
		const moved = await runTemplate(ready('monthly-salaries', undefined, token), world);
		expect(moved.messages).toEqual([
			expect.stringMatching(/^Salary of Anna did not arrive\. .*the token moved no money/),
		]);
		const { accountAddress } = credentials.agentSessionKeyApi;
		const keyless = { ...world, credentials: { ...credentials, agentSessionKeyApi: { accountAddress } } };
		const { messages } = await runTemplate(ready('monthly-salaries'), keyless);
		expect(messages).toEqual([
			expect.stringMatching(/^Salary of Anna was not sent by this run\. .*holds no key yet\nMake one/),
		]);
	});

	it('a batch without a key, in its place: goes by the error output like a single payment', async () => {
		const agentSessionKeyApi = { accountAddress: freshAddress() };
		const credentials = { alchemyApi: alchemyApiFor(devnet), agentSessionKeyApi };
		const batch = ready('monthly-salaries');
		nodeOf(batch, 'Pay the salary').parameters.operation = 'sendBatch';
		const rows = [{ name: 'Anna', address: freshAddress(), amount: '1' }];
		const { messages, output } = await runTemplate(batch, { started: ON_MONDAY, rows, credentials });
		expect(output('Pay the salary')).toEqual([]);
		expect(output('Pay the salary', 1)).toMatchObject([{ name: 'Anna', error: { status: 'notSent' } }]);
		expect(messages).toEqual([expect.stringMatching(/^Salary of Anna was not sent by this run\. .*holds no key yet/)]);
	});

	it('weekly-subscription: on its way, paid, quiet, and short', async () => {
		const credentials = await credentialsWith('15');
		const weekly = (name: string, timeLimit?: number) => {
			const workflow = ready('weekly-subscription', timeLimit);
			const { assignments } = nodeOf(workflow, 'The subscription').parameters.assignments as {
				assignments: Array<{ name: string; value: string }>;
			};
			assignments.find((one) => one.name === 'name')!.value = name;
			assignments.find((one) => one.name === 'recipient')!.value = publisher;
			return runTemplate(workflow, { started: ON_MONDAY, credentials });
		};
		const publisher = freshAddress();
		await noAnswer();
		expect((await weekly('magazine', 2)).messages).toEqual([
			expect.stringMatching(/^The subscription "magazine" may still be paid\. Not known yet: .*\. Not in a block/),
		]);
		await devnet.faults.clear();
		const paid = await weekly('magazine');
		expect(paid.output('Pay it')).toMatchObject([{ status: 'paid', reference: 'subscription/magazine/2026-W48' }]);
		expect(paid.messages).toEqual([]);
		const again = await weekly('magazine');
		expect(again.output("Look for this week's payment")).toMatchObject([{ status: 'paid' }]);
		expect(again.messages).toEqual([]);
		expect((await weekly('paper')).messages).toEqual([
			expect.stringMatching(
				/^The subscription "paper" is not paid yet\. Nothing was paid under this reference.*\s+.*5\.1/,
			),
		]);
		expect(await dollarsOf(devnet, publisher)).toBe(9_900_000n);
	});

	it('invoice-webhook: 202, 200, 409 and 422, each only where it is so', async () => {
		const credentials = await credentialsWith('100');
		const recipient = freshAddress();
		const call = async (body: IDataObject, timeLimit?: number) => {
			const workflow = ready('invoice-webhook', timeLimit);
			const { answers } = await runTemplate(workflow, { started: { body }, credentials });
			return answers;
		};
		const invoice = { number: '2026-0042', recipient, amount: '60.50' };
		await noAnswer();
		const [pending, ...none] = await call(invoice, 2);
		expect(none).toEqual([]);
		expect(pending).toMatchObject({ code: 202, body: { status: 'pending', reference: 'invoice/2026-0042' } });
		await devnet.faults.set({ kind: 'http', status: 503 });
		expect(await call(invoice)).toMatchObject([{ code: 202, body: { status: 'notSent' } }]);
		await devnet.faults.clear();
		expect(await call(invoice)).toMatchObject([{ code: 200, body: { status: 'paid' } }]);
		expect(await call(invoice)).toMatchObject([{ code: 200, body: { status: 'alreadyPaid' } }]);
		const other = await call({ ...invoice, amount: '1' });
		expect(other).toMatchObject([
			{ code: 409, body: { reason: expect.stringContaining('already paid something else') } },
		]);
		const tooDear = await call({ ...invoice, number: '2026-0043' });
		expect(tooDear).toMatchObject([
			{ code: 422, body: { status: 'notSent', reason: expect.stringContaining('39.5') } },
		]);
		const { number: _, ...nameless } = invoice;
		expect(await call(nameless)).toMatchObject([{ code: 422, body: { status: 'notSent' } }]);
		expect(await dollarsOf(devnet, recipient)).toBe(60_500_000n);
	});

	it('invoice-webhook: 409 where the token moved nothing', async () => {
		const { token, credentials } = await lying();
		const { answers } = await runTemplate(ready('invoice-webhook', undefined, token), {
			started: INVOICE,
			credentials,
		});
		expect(answers).toMatchObject([{ code: 409, body: { status: 'notTransferred' } }]);
	});

	it('monthly-salaries-with-approval: sends the link and waits, pays nobody; small months go on at once', async () => {
		const credentials = await credentialsWith('100');
		const approver = freshAddress();
		const rows = ['Anna', 'Carl'].map((name) => ({ name, address: freshAddress(), amount: '10' }));
		const run = (approvalAbove: string) => {
			const agentSessionKeyApi = { ...credentials.agentSessionKeyApi, approvers: approver, approvalAbove };
			const world: TemplateWorld = { started: ON_MONDAY, rows, credentials: { ...credentials, agentSessionKeyApi } };
			return runTemplate(ready('monthly-salaries-with-approval'), world);
		};
		const received = () => Promise.all(rows.map(({ address }) => dollarsOf(devnet, address)));
		const asked = await run(`19.99 ${devnet.tokens.usd6.address}`);
		expect(asked.error).toBeUndefined();
		expect(asked.messages).toEqual([expect.stringMatching(/^Please approve this month's salaries: http/)]);
		expect(await received()).toEqual([0n, 0n]);
		const small = await run(`20 ${devnet.tokens.usd6.address}`);
		expect(small.messages).toHaveLength(1);
		expect(await received()).toEqual([parseUnits('10', 6), parseUnits('10', 6)]);
	});

	it('payday-rehearsal: says two days before who would not be paid and why, and pays nobody', async () => {
		const day = 86_400;
		const permissions = tokenBudget(devnet.tokens.usd6, parseUnits('100', 6), day);
		const { address: accountAddress, keys } = await fundedAccount(devnet, {
			eth: parseEther('1'),
			keys: [{ permissions }],
		});
		const credentials = {
			alchemyApi: alchemyApiFor(devnet),
			agentSessionKeyApi: { accountAddress, privateKey: keys[0]!.privateKey },
		};
		const rows = [
			{ name: 'Anna', address: freshAddress(), amount: '60' },
			{ name: 'Ben', address: freshAddress(), amount: '50' },
			{ name: 'Carl', address: 'nowhere', amount: '1' },
			{ name: 'Dora', address: freshAddress(), amount: '40' },
		];
		const world = { started: { timestamp: new Date().toISOString() }, rows, credentials };
		// Today the budget is used up. In two days it is there again.
		await runTemplate(ready('monthly-salaries'), { ...world, rows: [{ ...rows[0]!, amount: '100' }] });
		const { messages, output, error } = await runTemplate(ready('payday-rehearsal'), world);
		expect(error).toBeUndefined();
		expect(output('Would they be paid?').map(({ allowed }) => allowed)).toEqual([true, false, true]);
		expect([...messages].sort()).toEqual([
			expect.stringMatching(/^Payday rehearsal, Ben: On .*: 50 dUSD to .* would not be paid: 10 dUSD short until /),
			expect.stringMatching(/^Payday rehearsal, Carl: .*"Recipient"/),
		]);
		expect(await dollarsOf(devnet, rows[3]!.address as Address)).toBe(0n);
	});

	it('stop-all-payments: 200 when it is stopped, now and before; 500 without the code', async () => {
		const { account: accountAddress, key: privateKey, owner: ownerKey } = await accountWithBudget(devnet, '100');
		const { stopCode } = await managerOf(devnet, { ownerKey }).item('account', 'prepareEmergencyStop', {});
		await fund(devnet, accountAddress, { eth: parseEther('5') });
		const credentials = {
			alchemyApi: alchemyApiFor(devnet),
			smartAccountOwnerApi: {},
			agentSessionKeyApi: { accountAddress, privateKey },
		};
		const call = (code: unknown) => {
			const workflow = ready('stop-all-payments');
			nodeOf(workflow, 'Pull the emergency stop').parameters.stopCode = code;
			return runTemplate(workflow, { started: { body: {} }, credentials });
		};
		const without = await call('stop1-abc-def');
		expect(without.answers).toMatchObject([
			{ code: 500, body: { status: 'notDone', message: expect.stringContaining('"Emergency Stop Code"') } },
		]);
		expect(without.messages).toEqual([expect.stringMatching(/^Stop all payments: "Emergency Stop Code"/)]);
		const stopped = await call(stopCode);
		expect(stopped.answers).toMatchObject([
			{ code: 200, body: { status: 'stopped', transaction: expect.stringMatching(/^0x/) } },
		]);
		expect(stopped.messages).toEqual([expect.stringMatching(/^Stop all payments: Stopped: the session key plugin/)]);
		expect((await call(stopCode)).answers).toMatchObject([{ code: 200, body: { status: 'alreadyStopped' } }]);
		const salary = { started: ON_MONDAY, rows: [{ name: 'Anna', address: freshAddress(), amount: '1' }], credentials };
		await devnet.plan.set('payg');
		const { messages } = await runTemplate(ready('monthly-salaries'), salary);
		await devnet.plan.set(DEFAULT_PLAN);
		expect(messages).toEqual([expect.stringContaining('were ended by its emergency stop')]);
	});
});
