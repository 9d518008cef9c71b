// `npm run screenshots`: takes the pictures of the documentation in a real n8n over a local chain, and writes those
// that no longer show what is there today; with names behind `--`, those as well.
import { parseUnits } from 'viem';
import type { Credential, WorkflowNode } from '../demo/n8n';
import { readWorkflow } from '../demo/workflows';
import { fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../devnet';
import { accountOf } from '../devnet/accounts';
import { stopEverything } from '../devnet/guarded';
import { openEditor, type Editor } from '../test/editor/editor';
import { walkFirstHour } from '../test/editor/support/firstHour';
import { startWorld } from '../test/editor/support/globalSetup';
import { connect, type World } from '../test/editor/support/world';
import { alchemyApiFor } from '../test/support/credentials';
import { template } from '../test/support/templates';
import { statementPage } from '../nodes/SessionKeyManager/statementPage/page';
import { samplePage } from '../test/support/sampleStatement';
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
		await takeHumanReview(studio);
		await takeStatement(studio);
	} finally {
		await editor.close();
	}
}

/** The walk of the README, from nothing to payments on a schedule; and what the key has paid by then. */
async function takeFirstPayment({ editor, devnet, camera, world }: Studio): Promise<void> {
	const step = (_: string, action: () => Promise<void>) => action();
	const { agentsWorkflow } = await walkFirstHour({ editor, devnet, camera, step, everyMinutes: '30' });
	await world.rest.deactivate(agentsWorkflow);
	// Opened anew, it shows no run by hand.
	await editor.openWorkflow(agentsWorkflow);
	await camera.canvas('schedule', 480);
	const { node } = editor;
	// n8n names a node after its operation.
	await editor.openNode('Send a payment');
	await node.choose('operation', 'Get Many');
	await node.execute();
	await camera.node('payments', 'result', { height: 720 });
}

/** The page of a statement: a month of a small payroll. */
async function takeStatement({ camera }: Pick<Studio, 'camera'>): Promise<void> {
	const sheet = statementPage(samplePage());
	await camera.page('statement-desktop', sheet, { width: 1280, height: 1700 });
	await camera.page('statement-phone', sheet, { width: 390, height: 1500 });
	await camera.page('statement-print', sheet, { width: 700, height: 990, print: true });
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

/** n8n's own review between the AI agent and the tool that pays. */
async function takeHumanReview({ world, editor, camera }: Studio): Promise<void> {
	const { nodes, connections, ...workflow } = template('ai-agent-with-budget');
	const [name, type] = ['Ask a person', '@n8n/n8n-nodes-langchain.chatHitlTool'];
	const review: WorkflowNode = { name, type, typeVersion: 1.3, position: [380, 240], parameters: {} };
	const shown = nodes.filter((node) => !node.type.endsWith('stickyNote'));
	const places: Record<string, [number, number]> = { Pay: [380, 460], Budget: [720, 240] };
	for (const node of shown) node.position = places[node.name] ?? node.position;
	const to = (node: string) => ({ ai_tool: [[{ node, type: 'ai_tool', index: 0 }]] });
	const { id } = await world.rest.createWorkflow({
		...workflow,
		nodes: [...shown, review],
		connections: { ...connections, Pay: to(name), [name]: to('AI Agent') },
	});
	await editor.openWorkflow(id);
	await camera.canvas('human-review', 760);
}

main()
	.catch((error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
		process.exitCode = 1;
	})
	.finally(stopEverything)
	// What Chromium leaves open would keep this process.
	.finally(() => process.exit());
