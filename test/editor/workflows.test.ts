import { parseEther, parseUnits, type Address } from 'viem';
import { readWorkflow, salaries, type Addresses } from '../../demo/workflows';
import { waitForWebhook, type Credential, type Execution, type Workflow } from '../../demo/n8n';
import { fundedAccount, tokenBudget, type SmartAccount } from '../../devnet';
import { dollarsOf } from '../chain/support/onChain';
import { alchemyApiFor } from '../support/credentials';
import { openEditor, type Editor } from './editor';
import { connect, type World } from './support/world';

jest.setTimeout(300_000);

let world: World;
let editor: Editor;
let account: SmartAccount;
let credentialIds: Record<string, string>;
let addresses: Addresses;

beforeAll(async () => {
	world = await connect();
	const { devnet } = world;
	const permissions = tokenBudget(devnet.tokens.usd6, parseUnits('10000', 6), 604_800);
	account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		tokens: { usd6: parseUnits('20000', 6) },
		keys: [
			{ tag: 'salaries', permissions },
			{ tag: 'invoices', permissions },
		],
	});
	const [salariesKey, invoicesKey] = account.keys as [SmartAccount['keys'][0], SmartAccount['keys'][0]];
	addresses = {
		TOKEN_ADDRESS: devnet.tokens.usd6.address,
		SALARIES_KEY: salariesKey.address,
		INVOICES_KEY: invoicesKey.address,
	};
	const agent = (name: string, privateKey: string): Credential => ({
		name,
		type: 'agentSessionKeyApi',
		data: { accountAddress: account.address, privateKey },
	});
	const chain = alchemyApiFor(devnet);
	credentialIds = await importAll([
		{ name: 'Local chain', type: 'alchemyApi', data: chain },
		agent('Salaries agent', salariesKey.privateKey),
		agent('Invoices agent', invoicesKey.privateKey),
	]);
	editor = await openEditor(world.url);
});

afterAll(() => editor?.close());

/** Gives the ids by the names that the demo's workflows use. */
async function importAll(credentials: readonly Credential[]): Promise<Record<string, string>> {
	const made = await Promise.all(credentials.map((credential) => world.rest.createCredential(credential)));
	return Object.fromEntries(made.map(({ name, id }) => [name, id]));
}

/** Makes a workflow, opens it and publishes it on the screen. */
async function publish(workflow: Workflow): Promise<string> {
	const { id } = await world.rest.createWorkflow(workflow);
	await editor.openWorkflow(id);
	await editor.screenshot(`workflow-${workflow.name.replace(/\W+/g, '-').toLowerCase()}`);
	await editor.publish();
	return id;
}

/** Waits for this many finished executions, the oldest first. */
async function executions(workflowId: string, count: number): Promise<Execution[]> {
	for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
		const found = await world.rest.executions(workflowId);
		const over = found.filter(({ status }) => ['success', 'error'].includes(status)).reverse();
		if (over.length >= count) return Promise.all(over.slice(0, count).map(({ id }) => world.rest.execution(id)));
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
	throw new Error(`workflow ${workflowId} has not run ${count} times`);
}

const usd = (owner: Address): Promise<bigint> => dollarsOf(world.devnet, owner);

it('pays salaries on a schedule: each once, however often it fires', async () => {
	const workflow = readWorkflow('salaries', addresses, credentialIds);
	const schedule = workflow.nodes.find(({ name }) => name === 'Every minute');
	schedule!.parameters = { rule: { interval: [{ field: 'seconds', secondsInterval: 10 }] } };
	const before = await Promise.all(salaries().map(({ address }) => usd(address)));
	const id = await publish(workflow);
	const [first, second] = await executions(id, 2);
	await world.rest.deactivate(id);
	expect(first!.output('Pay the salary').map(({ status }) => status)).toEqual(['paid', 'paid', 'paid']);
	expect(second!.output('Pay the salary').map(({ status }) => status)).toEqual(Array(3).fill('alreadyPaid'));
	const after = await Promise.all(salaries().map(({ address }) => usd(address)));
	const received = after.map((value, index) => value - before[index]!);
	expect(received).toEqual(salaries().map(({ amount }) => parseUnits(amount, 6)));
	await editor.page.goto(`${world.url}/workflow/${id}/executions`);
	await editor.page.getByText('Succeeded').first().waitFor();
	await editor.screenshot('workflow-salaries-executions');
});

it('pays an invoice that comes to a webhook, and tells why one is refused', async () => {
	const workflow = readWorkflow('invoice', addresses, credentialIds);
	const webhook = workflow.nodes.find(({ name }) => name === 'Invoice arrives');
	const path = `invoice-${account.address.slice(2, 10)}`;
	webhook!.parameters.path = path;
	const before = await usd(account.address);
	const id = await publish(workflow);
	const url = `${world.url}/webhook/${path}`;
	await waitForWebhook(url);
	const post = async (body: object): Promise<Record<string, unknown>> => {
		const answer = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		return (await answer.json()) as Record<string, unknown>;
	};
	const invoice = { number: `${account.address.slice(2, 8)}-1`, supplier: 'Hosting', amount: '120.50' };
	const answers = await Promise.all([post(invoice), post(invoice)]);
	expect(answers.map(({ status }) => status).sort()).toEqual(['alreadyPaid', 'paid']);
	expect(before - (await usd(account.address))).toBe(parseUnits('120.50', 6));
	const refused = await post({ ...invoice, number: 'too-much', amount: '15000' });
	expect(refused).toMatchObject({ status: 'notSent', refusal: { code: 'tokenLimitExceeded' } });
	expect(before - (await usd(account.address))).toBe(parseUnits('120.50', 6));
	await world.rest.deactivate(id);
});

it('leaves no secret in n8n’s database and log', async () => {
	expect(await world.leaked([...account.keys.map(({ privateKey }) => privateKey), world.devnet.url])).toEqual([]);
});
