import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEther, type Address, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { readKeyIndex } from '../../core/sessionKey/read/readKeys';
import { waitForWebhook, type Execution, type Rest, type WorkflowNode } from '../../demo/n8n';
import { fundedAccount, tokenBudget, type Devnet } from '../../devnet';
import { connectionTo } from '../support/payer';
import { alchemyApiFor } from '../support/credentials';
import type { Worker } from './cluster';

/** What became of a change that an owner was asked to sign, and what the page said. */
export interface Asked {
	/** What the page was served with. */
	status: number;
	/** The titles of the answers, in the order in which they were given: a stranger's, the owner's, the owner's twice more. */
	titles: string[];
	/** What the workflow went on with. */
	item: Record<string, unknown>;
	/** Whether the chain has the new key. */
	keyIsThere: boolean;
	/** Whether the second worker says that it took the execution. */
	secondWentOn: boolean;
	/** Whether the owner's key is anywhere in what n8n stores. */
	ownerKeyIsStored: boolean;
}

/**
 * A workflow of a webhook, which one worker runs until it waits; that worker ends, and the main process serves the page
 * and takes the answers; another worker goes on. Nothing is shared between them but the database and the queue.
 */
export async function approveInQueueMode(
	rest: Rest,
	n8nUrl: string,
	devnet: Devnet,
	[first, second]: readonly [Worker, Worker],
	stored: () => Promise<string>,
): Promise<Asked> {
	const ownerKey = generatePrivateKey();
	const keys = [{ permissions: tokenBudget(devnet.tokens.usd6, 1n) }];
	const account = await fundedAccount(devnet, { ownerKey, eth: parseEther('5'), keys });
	const newSessionKey = privateKeyToAccount(generatePrivateKey()).address;
	const path = `approve-${randomUUID()}`;
	const workflowId = await approvalWorkflow(rest, devnet, path, account.address, newSessionKey);
	const url = await linkOfWaiting(rest, first, workflowId, `${n8nUrl}/webhook/${path}`);
	const { status, request } = await pageAt(url);
	const { message, operation, seal, shown } = request as Record<string, Hex>;
	const answer = async (key: Hex): Promise<string> => {
		const signature = await privateKeyToAccount(key).signMessage({ message: { raw: message as Hex } });
		return answerTo(url, { operation, seal, shown, signature });
	};
	const titles = [await answer(generatePrivateKey()), await answer(ownerKey)];
	// Only then has n8n taken note: in the moment before, its own guard answers 500, for it reads half of each state.
	await executionThat(rest, workflowId, 'running');
	titles.push(await answer(ownerKey));
	await second.start();
	const done = await executionThat(rest, workflowId, 'success');
	titles.push(await answer(ownerKey));
	const index = await readKeyIndex(connectionTo(devnet), account.address);
	const text = await stored();
	return {
		status,
		titles,
		item: done.output('After')[0] ?? {},
		keyIsThere: index.keys.includes(newSessionKey),
		secondWentOn: second.output().includes(`Worker started execution ${done.id} `),
		ownerKeyIsStored: text.includes(ownerKey.slice(2)),
	};
}

/** Its id: a key is to be added to the account, with its owner's wallet. */
async function approvalWorkflow(
	rest: Rest,
	devnet: Devnet,
	path: string,
	accountAddress: Address,
	newSessionKey: Address,
): Promise<string> {
	const alchemyApi = await rest.createCredential({
		name: 'Devnet without a key',
		type: 'alchemyApi',
		data: alchemyApiFor(devnet),
	});
	const manager = { type: 'n8n-nodes-session-keys.sessionKeyManager', typeVersion: 1, credentials: { alchemyApi } };
	const at = (x: number): [number, number] => [x, 0];
	const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	const link = { resource: 'account', operation: 'getApprovalLink' };
	const token = { __rl: true, mode: 'address', value: devnet.tokens.usd6.address };
	const change = {
		resource: 'key',
		operation: 'add',
		signedBy: 'wallet',
		accountAddress,
		newSessionKey,
		tag: 'payroll',
		budgets: { values: [{ token, amount: '100', refresh: 'weekly', functions: 'transfer' }] },
		gasProtection: 'limit',
		gasLimit: '0.5',
	};
	const { id } = await rest.createWorkflow({
		name: 'Ask the owner',
		nodes: [
			webhookAt(path),
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

/** Calls the webhook of a workflow that one worker runs until it waits; the worker has ended after that. Gives the page's link. */
export async function linkOfWaiting(rest: Rest, worker: Worker, workflowId: string, webhook: string): Promise<string> {
	await worker.start();
	await waitForWebhook(webhook);
	await fetch(webhook, { method: 'POST' });
	const waiting = await executionThat(rest, workflowId, 'waiting');
	await worker.stop();
	return String(waiting.output('Link')[0]?.approvalUrl);
}

/** An approval page, and what it has its browser send back. */
export async function pageAt(url: string): Promise<{ status: number; request: Record<string, unknown> }> {
	const page = await fetch(url);
	const html = await page.text();
	const [, data] = /id="request"[^>]*>([^<]*)</.exec(html) ?? [];
	if (!data) throw new Error(`the page has no request in it: ${page.status} ${html.slice(0, 1_000)}`);
	return { status: page.status, request: JSON.parse(data) as Record<string, unknown> };
}

/** Signs on an approval page; gives the title of its answer. */
export async function answerTo(url: string, signed: Record<string, unknown>): Promise<string> {
	const body = JSON.stringify({ action: 'approve', ...signed });
	const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
	const told = (await reply.json().catch(() => ({}))) as { title?: string };
	return told.title ?? `HTTP ${reply.status}`;
}

/** What starts a workflow that nobody waits for. */
export function webhookAt(path: string): WorkflowNode {
	return {
		name: 'Webhook',
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2,
		position: [0, 0],
		parameters: { httpMethod: 'POST', path, responseMode: 'onReceived', options: {} },
		webhookId: randomUUID(),
	};
}

/** The workflow's one execution, as soon as it has come so far. */
export async function executionThat(rest: Rest, workflowId: string, status: string, seconds = 180): Promise<Execution> {
	for (const deadline = Date.now() + seconds * 1000; ; await sleep(500)) {
		const [first] = await rest.executions(workflowId);
		if (first?.status === status) return rest.execution(first.id);
		if (first?.status !== 'error' && Date.now() < deadline) continue;
		const why = first && (await rest.execution(first.id)).error?.message;
		throw new Error(`the execution is ${first?.status ?? 'not there'}, not ${status}: ${why}`);
	}
}
