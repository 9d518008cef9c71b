import { randomUUID } from 'node:crypto';
import { readFile, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseUnits, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { installN8n, n8nCli, type Execution, type Item, type Rest, type Workflow } from '../../demo/n8n';
import { balanceOf, fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../devnet';
import { freshAddress } from '../support/payer';
import { filledIn } from '../support/templates';
import { credentialsFor } from '../support/credentials';
import { connect } from './support/n8n';

jest.setTimeout(300_000);

let devnet: DevnetClient;
let rest: Rest;
beforeAll(async () => {
	({ devnet, rest } = await connect());
});

type Chosen = Record<string, { id: string; name: string }>;

const trigger = (name = 'Start') => ({
	name,
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	position: [0, 0] as [number, number],
	parameters: {},
});

/** A workflow of one node behind a manual trigger. */
function oneNode(node: 'sessionKey' | 'sessionKeyManager', parameters: Item, credentials: Chosen): Workflow {
	return {
		name: `Test ${randomUUID()}`,
		nodes: [
			trigger(),
			{
				name: 'Node',
				type: `n8n-nodes-session-keys.${node}`,
				typeVersion: 1,
				position: [200, 0],
				parameters,
				credentials,
			},
		],
		connections: { Start: { main: [[{ node: 'Node', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	};
}

async function make(node: 'sessionKey' | 'sessionKeyManager', parameters: Item, credentials: Chosen) {
	const { id } = await rest.createWorkflow(oneNode(node, parameters, credentials));
	return {
		id,
		run: async (): Promise<Execution> => rest.runAndWait(id, 'Start', 120),
		item: async (): Promise<Item> => {
			const execution = await rest.runAndWait(id, 'Start', 120);
			if (execution.error) throw new Error(`${execution.error.message} ${execution.error.description}`);
			return execution.output('Node')[0] as Item;
		},
	};
}

/** An account with a key of its owner's, and the credentials: the agent's holds no key yet. */
async function agentWithoutKey(): Promise<{
	account: SmartAccount;
	oldKey: Address;
	credentials: Chosen;
	agentId: string;
}> {
	const account = await fundedAccount(devnet, {
		keys: [{ permissions: tokenBudget(devnet.tokens.usd6, parseUnits('500', 6)) }],
	});
	const forms = credentialsFor(devnet, account.address, { owner: account.owner.privateKey });
	const data = { accountAddress: account.address, testNetwork: 'custom', secretTestUrl: devnet.url };
	forms.push({ name: `Agent ${randomUUID()}`, type: 'agentSessionKeyApi', data });
	const credentials: Chosen = {};
	for (const form of forms) credentials[form.type] = await rest.createCredential(form);
	return {
		account,
		oldKey: account.keys[0]!.address,
		credentials,
		agentId: credentials.agentSessionKeyApi!.id,
	};
}

const only = (credentials: Chosen, ...types: string[]): Chosen =>
	Object.fromEntries(types.map((type) => [type, credentials[type]!]));
const agents = (credentials: Chosen) => only(credentials, 'alchemyApi', 'agentSessionKeyApi');
const owners = (credentials: Chosen) => only(credentials, 'alchemyApi', 'smartAccountOwnerApi');
const create = (purpose = 'first') => ({ resource: 'key', operation: 'create', purpose });
const dollars = () => ({ __rl: true, mode: 'address', value: devnet.tokens.usd6.address });
const rotate = (oldKey: string, newSessionKey: string) => ({
	resource: 'key',
	operation: 'rotate',
	sessionKey: { __rl: true, mode: 'address', value: oldKey },
	newSessionKey,
});
const send = (recipient: string, reference: string) => ({
	resource: 'payment',
	operation: 'send',
	recipient,
	token: dollars(),
	amount: '1.5',
	reference,
	options: { timeLimit: 30 },
});

/** Everything n8n would give away, except to whoever holds its encryption key. */
async function exported(decrypted: boolean): Promise<Array<{ id: string; data: unknown }>> {
	const folder = process.env.N8N_TEST_FOLDER as string;
	const output = join(folder, `export-${randomUUID()}.json`);
	const n8n = await installN8n(process.env.N8N_TEST_MAJOR === '1' ? 1 : 2);
	const flags = decrypted ? ['--decrypted'] : [];
	const { exitCode, output: words } = await n8nCli(n8n, folder).run(
		'export:credentials',
		'--all',
		`--output=${output}`,
		...flags,
	);
	if (exitCode !== 0) throw new Error(words);
	const text = await promisify(readFile)(output, 'utf8');
	rmSync(output);
	return JSON.parse(text) as Array<{ id: string; data: unknown }>;
}

describe('a key that is born in n8n', () => {
	it('is one key after 20 parallel first uses, leaves n8n in no way, and survives an old form that is saved again', async () => {
		const { oldKey, credentials, agentId } = await agentWithoutKey();
		const born = await make('sessionKey', create(), agents(credentials));
		const old = await rest.request<{ data: Item }>('GET', `/credentials/${agentId}?includeData=true`);

		const ids = await Promise.all(Array.from({ length: 20 }, () => rest.run(born.id, 'Start')));
		const executions = await Promise.all(ids.map((id) => rest.waitForExecution(id, 200)));
		const answers = executions.map((execution) => execution.output('Node')[0]);
		const [keyAddress] = new Set(answers.map((answer) => answer?.keyAddress as Address));
		expect(answers.map((answer) => answer?.keyAddress)).toEqual(Array.from({ length: 20 }, () => keyAddress));
		expect(answers.filter((answer) => answer?.status === 'created')).toHaveLength(1);

		// Only with n8n's encryption key can it be had.
		const decrypted = (await exported(true)).find(({ id }) => id === agentId)?.data as {
			keyAddress: string;
			oauthTokenData: { current: { privateKey: Hex } };
		};
		const { privateKey } = decrypted.oauthTokenData.current;
		expect(privateKeyToAccount(privateKey).address).toBe(keyAddress);
		expect(decrypted.keyAddress).toBe(keyAddress);
		const shown = await rest.request('GET', `/credentials/${agentId}?includeData=true`);
		expect(shown).toMatchObject({ data: { keyAddress } });
		const given = [shown, await exported(false), ...executions.map(({ data }) => data)].map((part) =>
			JSON.stringify(part),
		);
		for (const text of given) expect(text.toLowerCase()).not.toContain(privateKey.slice(2));

		// A form that was opened before the key was born is saved now.
		const { data } = old;
		await rest.request('PATCH', `/credentials/${agentId}`, { name: 'Saved again', type: 'agentSessionKeyApi', data });
		expect(await born.item()).toMatchObject({ status: 'alreadyThere', keyAddress });

		const form = { id: agentId, name: 'Saved again', type: 'agentSessionKeyApi' };
		const tested = { ...form, data: { ...data, keyAddress: keyAddress as string } };
		expect(await rest.testCredential(tested)).toMatchObject({
			status: 'Error',
			message: expect.stringContaining(`${keyAddress} is not registered`),
		});
		const manager = await make('sessionKeyManager', rotate(oldKey, keyAddress as string), owners(credentials));
		expect(await manager.item()).toMatchObject({ status: 'done', newKeyIsRegistered: true, oldKeyIsRegistered: false });
		expect(await rest.testCredential(tested)).toMatchObject({ status: 'OK' });
		const recipient = freshAddress();
		const paying = await make('sessionKey', send(recipient, 'first salary'), agents(credentials));
		expect(await paying.item()).toMatchObject({ status: 'paid', to: recipient });
		expect(await balanceOf(devnet.request, devnet.tokens.usd6, recipient)).toBe(1_500_000n);
	});
});

describe('the rotation template', () => {
	it('gives the agent a new key while a payment is made every second: none is missed, none is made twice', async () => {
		const { oldKey, credentials } = await agentWithoutKey();
		const { keyAddress: first } = await (await make('sessionKey', create(), agents(credentials))).item();
		await (await make('sessionKeyManager', rotate(oldKey, first as string), owners(credentials))).item();

		const recipient = freshAddress();
		const paying = await make('sessionKey', send(recipient, '=second/{{ $execution.id }}'), agents(credentials));
		const rotation = await rest.createWorkflow(rotationTemplate(credentials));

		const payments: string[] = [];
		let isRotating = true;
		const payEverySecond = async () => {
			// Some before, all through, and some after.
			for (let after = 0; after < 5; isRotating ? undefined : after++) {
				payments.push(await rest.run(paying.id, 'Start'));
				await sleep(1_000);
			}
		};
		const rotateOnce = async () => {
			await sleep(4_000);
			const execution = await rest.runAndWait(rotation.id, 'Start', 200);
			isRotating = false;
			return execution;
		};
		const [execution] = await Promise.all([rotateOnce(), payEverySecond()]);
		expect({ status: execution.status, error: execution.error }).toEqual({ status: 'success', error: undefined });
		const [finished] = execution.output('Forget the old key');
		expect(finished).toMatchObject({ status: 'finished', oldKeyAddress: first });
		expect(execution.output('List the keys').map(({ keyAddress }) => keyAddress)).toEqual([finished?.keyAddress]);

		const paid = await Promise.all(payments.map((id) => rest.waitForExecution(id, 120)));
		expect(paid.map((one) => one.output('Node')[0]?.status ?? one.error?.message)).toEqual(payments.map(() => 'paid'));
		expect(await balanceOf(devnet.request, devnet.tokens.usd6, recipient)).toBe(1_500_000n * BigInt(payments.length));
		const status = await make('sessionKey', { resource: 'key', operation: 'get' }, agents(credentials));
		expect(await status.item()).toMatchObject({ keyAddress: finished?.keyAddress, registered: true });
	});
});

/** The template with the test's credentials and token, and a trigger that can be pressed. */
function rotationTemplate(credentials: Chosen): Workflow {
	const workflow = filledIn('monthly-key-rotation', credentials, devnet.tokens.usd6.address);
	return {
		...workflow,
		nodes: [...workflow.nodes, trigger()],
		connections: { ...workflow.connections, Start: workflow.connections['On the 1st']! },
	};
}
