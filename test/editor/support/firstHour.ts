import { parseEther, parseUnits, type Address } from 'viem';
import { fundedAccount, type DevnetClient } from '../../../devnet';
import { accountOf } from '../../../devnet/accounts';
import { workflowId } from '../canvas';
import type { Editor } from '../editor';
import { fillBudget } from './budget';

/** Takes the README's pictures on the way. */
interface Photographer {
	/** Of the credential's dialog. */
	dialog(picture: string): Promise<void>;
	/** Of the open node. */
	node(picture: string, part: 'fields' | 'result', size: { height: number }): Promise<void>;
}

export interface FirstHour {
	editor: Editor;
	devnet: DevnetClient;
	camera: Photographer;
	/** Called with each step that the README names. */
	step(title: string, action: () => Promise<void>): Promise<void>;
	/** Minutes of the schedule's interval. */
	everyMinutes: string;
}

/** What came of the walk. */
export interface Walked {
	account: Address;
	recipient: Address;
	ownersWorkflow: string;
	agentsWorkflow: string;
	/** What came of the three payments that were tried by hand. */
	tried: string[];
	/** What Key: Add has changed. */
	changes: string[];
}

const NAMES = ['Alchemy API', 'Smart Account Owner API', 'Agent Session Key API'] as const;
const [CHAIN, OWNER, AGENT] = NAMES;

/** The README's "Your first payment", step by step on the screen; the local chain stands in for Base Sepolia. */
export async function walkFirstHour({ editor, devnet, camera, step, everyMinutes }: FirstHour): Promise<Walked> {
	const { node } = editor;
	const ownerKey = accountOf().privateKey;
	const recipient = accountOf().address;
	const walked: Walked = {
		account: '0x',
		recipient,
		ownersWorkflow: '',
		agentsWorkflow: '',
		tried: [],
		changes: [],
	};
	const usd = devnet.tokens.usd6;

	await step('Get an API key.', async () => {
		// The local chain's URL holds it.
		await devnet.request('eth_chainId', []);
	});
	await step('Tell n8n.', async () => {
		await editor.createCredential(CHAIN, CHAIN, async (form) => {
			await form.fill('apiKey', 'your-api-key');
			await camera.dialog('alchemy-credential');
			await form.choose('network', 'Custom (Any Provider)');
			await form.fill('secretRpcUrl', devnet.url);
			await form.fill('chainId', String(devnet.chainId));
		});
	});
	await step('Name the owner.', async () => {
		await editor.createCredential(OWNER, OWNER, async (form) => {
			await form.fill('privateKey', ownerKey);
			await camera.dialog('owner-credential');
			await form.choose('testNetwork', 'Custom (Any Provider)');
			await form.fill('secretTestUrl', devnet.url);
		});
	});
	await step('See where your smart account will be.', async () => {
		await editor.newWorkflow();
		await editor.addNode('Manual Trigger');
		await editor.addNode('Session Key Manager', 'Get the smart account');
		await node.useCredential(CHAIN, CHAIN);
		await node.useCredential(OWNER, OWNER);
		walked.account = (await node.execute()).items[0]?.account as Address;
		await camera.node('account-address', 'result', { height: 580 });
		walked.ownersWorkflow = await workflowId(editor);
	});
	await step('Send it test money.', async () => {
		const tokens = { usd6: parseUnits('100', usd.decimals) };
		await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('0.1'), tokens });
		await node.execute();
	});
	let keyAddress = '';
	await step("Make the agent's key.", async () => {
		await editor.createCredential(AGENT, AGENT, async (form) => {
			await form.fill('accountAddress', walked.account);
			await form.choose('testNetwork', 'Custom (Any Provider)');
			await form.fill('secretTestUrl', devnet.url);
		});
		await editor.newWorkflow();
		await editor.addNode('Schedule Trigger');
		await editor.addNode('Session Key', 'Create a key');
		await node.useCredential(CHAIN, CHAIN);
		await node.useCredential(AGENT, AGENT);
		keyAddress = String((await node.execute()).items[0]?.keyAddress);
		await camera.node('key-created', 'result', { height: 560 });
		walked.agentsWorkflow = await workflowId(editor);
	});
	await step('Give that key limits.', async () => {
		await editor.openWorkflow(walked.ownersWorkflow);
		await editor.openNode('Get the smart account');
		await node.choose('resource', 'Key');
		await node.choose('operation', 'Add');
		await node.fill('newSessionKey', keyAddress);
		await node.fill('tag', 'payroll');
		await fillBudget(node, usd.address, '', '50');
		await node.fill('gasLimit', '0.01');
		await camera.node('limits', 'fields', { height: 1600 });
		walked.changes = (await node.execute()).items[0]?.changes as string[];
	});
	await step('Pay.', async () => {
		await editor.openWorkflow(walked.agentsWorkflow);
		await editor.openNode('Create a key');
		await node.choose('resource', 'Payment');
		await node.choose('operation', 'Send');
		await node.identify('recipient', 'Address', recipient);
		await node.identify('token', 'Address', usd.address);
		await node.fill('amount', '1.50');
		await node.fill('reference', 'test/1');
		const pay = async () => {
			const { ok, items, message } = await node.execute();
			return ok ? String(items[0]?.status) : message;
		};
		walked.tried.push(await pay());
		await camera.node('paid', 'result', { height: 860 });
		walked.tried.push(await pay());
		await node.fill('amount', '500');
		await node.fill('reference', 'test/2');
		walked.tried.push(await pay());
		await camera.node('refused', 'result', { height: 860 });
	});
	await step('Let it pay by itself.', async () => {
		await node.fill('amount', '1.50');
		await node.expression('reference', "=test/{{ $now.format('yyyy-MM-dd HH:mm') }}");
		await node.close();
		await editor.openNode('Schedule Trigger');
		await node.choose('rule.interval[0].field', 'Minutes');
		await node.fill('rule.interval[0].minutesInterval', everyMinutes);
		await node.close();
		await editor.publish();
	});
	return walked;
}
