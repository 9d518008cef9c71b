// `npm run screenshots`: takes the pictures of the documentation in a real n8n over a local chain, and writes those
// that no longer show what is there today; with names behind `--`, those as well.
import { parseEther, parseUnits } from 'viem';
import type { Credential, WorkflowNode } from '../demo/n8n';
import { readWorkflow } from '../demo/workflows';
import { fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../devnet';
import { accountOf } from '../devnet/accounts';
import { stopEverything } from '../devnet/guarded';
import { openEditor, type Editor } from '../test/editor/editor';
import { startWorld } from '../test/editor/support/globalSetup';
import { connect, type World } from '../test/editor/support/world';
import { alchemyApiFor } from '../test/support/credentials';
import { template } from '../test/support/templates';
import { createCamera, type Camera } from './camera';
import { PICTURES } from './pictures';

const named = process.argv.slice(2);

interface Studio {
	world: World;
	devnet: DevnetClient;
	editor: Editor;
	camera: Camera;
}

async function main(): Promise<void> {
	const unknown = named.filter((name) => !PICTURES.includes(name));
	if (unknown.length > 0)
		throw new Error(`No picture is named ${unknown.join(', ')}. There are: ${PICTURES.join(', ')}`);
	if (!process.env.EDITOR_TEST_N8N_URL) Object.assign(process.env, (await startWorld()).variables);
	const world = await connect();
	const editor = await openEditor(world.url);
	try {
		const studio = { world, devnet: world.devnet, editor, camera: createCamera(editor.page, named) };
		await takeFirstPayment(studio);
		await takeSalaries(studio);
		await takeTrigger(studio);
		await takeTemplates(studio);
	} finally {
		await editor.close();
	}
}

/** The walk of the README, from nothing to a payment that is not made twice. */
async function takeFirstPayment(studio: Studio): Promise<void> {
	const { editor, devnet, camera } = studio;
	const owner = accountOf();
	const { address } = await fundedAccount(devnet, {
		ownerKey: owner.privateKey,
		deployed: false,
		eth: 0n,
		tokens: { usd6: 0n, coin18: 0n },
	});
	await editor.createCredential('Alchemy API', 'Alchemy API', async (form) => {
		await form.fill('apiKey', 'your-api-key');
		await camera.dialog('alchemy-credential');
		await form.choose('network', 'Custom (Any Provider)');
		await form.fill('secretRpcUrl', devnet.url);
		await form.fill('chainId', String(devnet.chainId));
	});
	await editor.createCredential('Smart Account Owner API', 'Smart Account Owner API', async (form) => {
		await form.fill('privateKey', owner.privateKey);
		await camera.dialog('owner-credential');
		await form.choose('testNetwork', 'Custom (Any Provider)');
		await form.fill('secretTestUrl', devnet.url);
	});
	await editor.createCredential('Agent Session Key API', 'Agent Session Key API', async (form) => {
		await form.fill('accountAddress', address);
		await camera.dialog('agent-credential');
		await form.choose('testNetwork', 'Custom (Any Provider)');
		await form.fill('secretTestUrl', devnet.url);
	});
	const { node } = editor;
	await editor.newWorkflow();
	await editor.addNode('Manual Trigger');
	await editor.addNode('Session Key Manager', 'Get the smart account');
	await node.useCredential('Alchemy API', 'Alchemy API');
	await node.useCredential('Smart Account Owner API', 'Smart Account Owner API');
	await node.execute();
	await studio.camera.node('account-address', 'result', { height: 580 });
	await fundedAccount(devnet, { ownerKey: owner.privateKey, deployed: false, eth: parseEther('0.1') });
	await node.execute();
	await studio.camera.node('account-with-money', 'result', { height: 580 });
	const keyAddress = await takeKeyCreated(studio);
	await editor.openNode('Get the smart account');
	await takeInstall(studio, keyAddress);
	await takePayments(studio);
}

async function takeKeyCreated(studio: Studio): Promise<string> {
	const { editor } = studio;
	await editor.addNode('Session Key', 'Create a key');
	await editor.node.useCredential('Alchemy API', 'Alchemy API');
	await editor.node.useCredential('Agent Session Key API', 'Agent Session Key API');
	const { items } = await editor.node.execute();
	await studio.camera.node('key-created', 'result', { height: 560 });
	await editor.node.close();
	return String(items[0]?.keyAddress);
}

async function takeInstall(studio: Studio, keyAddress: string): Promise<void> {
	const { node } = studio.editor;
	await node.choose('resource', 'Plugin');
	await node.choose('operation', 'Install');
	await node.addEntry('keys');
	await node.fill('keys.values[0].newSessionKey', keyAddress);
	await node.fill('keys.values[0].tag', 'payroll');
	await node.addEntry('keys.values[0].budgets');
	await node.identify('keys.values[0].budgets.values[0].token', 'Address', studio.devnet.tokens.usd6.address);
	await node.fill('keys.values[0].budgets.values[0].amount', '50');
	await node.choose('keys.values[0].budgets.values[0].refresh', 'Weekly');
	await node.fill('keys.values[0].gasLimit', '0.01');
	await studio.camera.node('limits', 'fields', { height: 1860 });
	await node.execute();
	await studio.camera.node('installed', 'result', { height: 720 });
	await node.close();
}

async function takePayments(studio: Studio): Promise<void> {
	const { editor, devnet } = studio;
	const { node } = await editor.openNode('Create a key').then(() => editor);
	await node.choose('resource', 'Payment');
	await node.choose('operation', 'Send');
	await node.fill('recipient', accountOf().address);
	await node.identify('token', 'Address', devnet.tokens.usd6.address);
	await node.fill('amount', '1.50');
	await node.fill('reference', 'test/1');
	await node.execute();
	await studio.camera.node('paid', 'result', { height: 860 });
	await node.execute();
	await studio.camera.node('already-paid', 'result', { height: 860 });
	await node.fill('amount', '500');
	await node.fill('reference', 'test/2');
	await node.execute();
	await studio.camera.node('refused', 'result', { height: 860 });
	await node.choose('operation', 'Get Many');
	await node.execute();
	await studio.camera.node('payments', 'result', { height: 720 });
}

/** The salaries of the demo: people from a table come in, payments go out. */
async function takeSalaries(studio: Studio): Promise<void> {
	const { world, devnet, editor } = studio;
	const account = await payrollAccount(devnet);
	const [salariesKey] = account.keys as [SmartAccount['keys'][0]];
	const addresses = {
		TOKEN_ADDRESS: devnet.tokens.usd6.address,
		SALARIES_KEY: salariesKey.address,
		INVOICES_KEY: salariesKey.address,
	};
	const credentials: Credential[] = [
		{
			name: 'Alchemy API',
			type: 'alchemyApi',
			data: alchemyApiFor(devnet),
		},
		{
			name: 'Salaries agent',
			type: 'agentSessionKeyApi',
			data: { accountAddress: account.address, privateKey: salariesKey.privateKey },
		},
	];
	const [chain, agent] = await Promise.all(credentials.map((credential) => world.rest.createCredential(credential)));
	const workflow = readWorkflow('salaries', addresses, { 'Local chain': chain!.id, 'Salaries agent': agent!.id });
	const { id } = await world.rest.createWorkflow(workflow);
	await editor.openWorkflow(id);
	await editor.executeWorkflow();
	await editor.openNode('Pay the salary');
	await studio.camera.node('salaries', 'all', { width: 1120, height: 720 });
}

async function payrollAccount(devnet: DevnetClient): Promise<SmartAccount> {
	const { usd6 } = devnet.tokens;
	const permissions = tokenBudget(usd6, parseUnits('10000', 6), 604_800);
	return fundedAccount(devnet, { tokens: { usd6: parseUnits('20000', 6) }, keys: [{ tag: 'salaries', permissions }] });
}

async function takeTrigger(studio: Studio): Promise<void> {
	const name = 'Session Key Trigger';
	const events = ['paymentMade', 'paymentFailed', 'budgetLow', 'keyExpiring'];
	const parameters = { accountAddress: accountOf().address, events };
	const node = { name, type: 'n8n-nodes-session-keys.sessionKeyTrigger', typeVersion: 1, parameters };
	const nodes: WorkflowNode[] = [{ ...node, position: [0, 0] }];
	const { id } = await studio.world.rest.createWorkflow({ name, nodes, connections: {} });
	await studio.editor.openWorkflow(id);
	await studio.editor.openNode(name);
	await studio.camera.node('trigger', 'fields', { height: 860 });
}

async function takeTemplates(studio: Studio): Promise<void> {
	const { world, editor } = studio;
	for (const picture of PICTURES.filter((name) => name.startsWith('template-'))) {
		const { id } = await world.rest.createWorkflow(template(picture.replace('template-', '')));
		await editor.openWorkflow(id);
		await studio.camera.canvas(picture, 860);
	}
}

main()
	.catch((error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
		process.exitCode = 1;
	})
	.finally(stopEverything)
	// What Chromium leaves open would keep this process.
	.finally(() => process.exit());
