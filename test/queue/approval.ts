import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEther, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { waitForWebhook, type Execution, type Rest } from '../../demo/n8n';
import { fundedAccount, type Devnet } from '../../devnet';

/** What became of a change that an owner was asked to sign, and what the page said. */
export interface Asked {
	/** What the page was served with. */
	status: number;
	/** The titles of the answers, in the order in which they were given: a stranger's, the owner's, the owner's again. */
	titles: string[];
	/** What the workflow went on with. */
	item: Record<string, unknown>;
	/** Whether the owner's key is anywhere in what n8n stores. */
	keyIsStored: boolean;
}

/**
 * A workflow of a webhook, which a worker runs until it waits; the main process serves the page and takes the answers; a
 * worker goes on. Nothing is shared between the processes but the database.
 */
export async function approveInQueueMode(
	rest: Rest,
	n8nUrl: string,
	devnet: Devnet,
	stored: () => Promise<string>,
): Promise<Asked> {
	const ownerKey = generatePrivateKey();
	const account = await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('5') });
	const path = `approve-${randomUUID()}`;
	const workflowId = await approvalWorkflow(rest, devnet, path, account.owner.address);
	await waitForWebhook(`${n8nUrl}/webhook/${path}`);
	await fetch(`${n8nUrl}/webhook/${path}`, { method: 'POST' });

	const waiting = await executionThat(rest, workflowId, 'waiting');
	const url = String(waiting.output('Link')[0]?.approvalUrl);
	const page = await fetch(url);
	const [, data = '{}'] = /id="request"[^>]*>([^<]*)</.exec(await page.text()) ?? [];
	const { message, operation, seal, shown } = JSON.parse(data) as Record<string, Hex>;
	const answer = async (key: Hex): Promise<string> => {
		const signature = await privateKeyToAccount(key).signMessage({ message: { raw: message as Hex } });
		const body = JSON.stringify({ action: 'approve', operation, seal, shown, signature });
		const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
		const told = (await reply.json().catch(() => ({}))) as { title?: string };
		return told.title ?? `HTTP ${reply.status}`;
	};
	const titles = [await answer(generatePrivateKey()), await answer(ownerKey)];
	const done = await executionThat(rest, workflowId, 'success');
	titles.push(await answer(ownerKey));
	const text = await stored();
	return {
		status: page.status,
		titles,
		item: done.output('After')[0] ?? {},
		keyIsStored: text.includes(ownerKey.slice(2)),
	};
}

async function approvalWorkflow(rest: Rest, devnet: Devnet, path: string, ownerAddress: string): Promise<string> {
	const alchemyApi = await rest.createCredential({
		name: 'Devnet without a key',
		type: 'alchemyApi',
		data: { network: 'custom', secretRpcUrl: devnet.url, chainId: devnet.chainId, nativeSymbol: 'ETH' },
	});
	const manager = { type: 'n8n-nodes-session-keys.sessionKeyManager', typeVersion: 1, credentials: { alchemyApi } };
	const at = (x: number): [number, number] => [x, 0];
	const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	const link = { resource: 'account', operation: 'getApprovalLink' };
	const change = { resource: 'plugin', operation: 'install', signedBy: 'wallet', ownerAddress };
	const { id } = await rest.createWorkflow({
		name: 'Ask the owner',
		nodes: [
			{
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: at(0),
				parameters: { httpMethod: 'POST', path, responseMode: 'onReceived', options: {} },
				webhookId: randomUUID(),
			},
			{ name: 'Link', ...manager, position: at(200), parameters: link },
			{ name: 'Change', ...manager, position: at(400), parameters: change },
			{ name: 'After', type: 'n8n-nodes-base.noOp', typeVersion: 1, position: at(600), parameters: {} },
		],
		connections: { Webhook: to('Link'), Link: to('Change'), Change: to('After') },
		settings: { executionOrder: 'v1' },
	});
	await rest.activate(id);
	return id;
}

/** The workflow's one execution, as soon as it has come so far. */
async function executionThat(rest: Rest, workflowId: string, status: string, seconds = 180): Promise<Execution> {
	for (const deadline = Date.now() + seconds * 1000; ; await sleep(500)) {
		const [first] = await rest.executions(workflowId);
		if (first?.status === status) return rest.execution(first.id);
		if (first?.status !== 'error' && Date.now() < deadline) continue;
		const why = first && (await rest.execution(first.id)).error?.message;
		throw new Error(`the execution is ${first?.status ?? 'not there'}, not ${status}: ${why}`);
	}
}
