import { parseEther, type Hex } from 'viem';
import { readKeyIndex } from '../../core/sessionKey/read/readKeys';
import { waitForWebhook, type Rest } from '../../demo/n8n';
import type { Devnet } from '../../devnet';
import { fund } from '../../devnet/accounts';
import { alchemyApiFor } from '../support/credentials';
import { connectionTo } from '../support/payer';
import { BY_HAND } from './payments';
import { accountWithBudget, filledIn, nodeOf } from '../support/templates';

/** What became of an emergency stop that was pulled by a webhook. */
export interface Pulled {
	/** What the caller was told: the status of HTTP, and that of the item. */
	answers: [code: number, status: unknown][];
	/** Whether a key is left. */
	keysBefore: number;
	keysAfter: number;
}

const HEADER = 'x-on-call';

/** Pulls a stop by the template's webhook, twice: main takes the call, a worker pulls. */
export async function pullInQueueMode(rest: Rest, n8nUrl: string, devnet: Devnet): Promise<Pulled> {
	const { account, owner } = await accountWithBudget(devnet, '100');
	await fund(devnet, account, { eth: parseEther('5') });
	const secret = account.slice(2);
	const chosen = {
		alchemyApi: await rest.createCredential({ name: 'Chain', type: 'alchemyApi', data: alchemyApiFor(devnet) }),
		httpHeaderAuth: await rest.createCredential({
			name: 'Those on call',
			type: 'httpHeaderAuth',
			data: { name: HEADER, value: secret },
		}),
	};
	const stopCode = await preparedStop(rest, owner, chosen.alchemyApi);
	const workflow = filledIn('stop-all-payments', chosen, devnet.tokens.usd6.address);
	nodeOf(workflow, 'Pull the emergency stop').parameters.stopCode = stopCode;
	// There is no chat.
	nodeOf(workflow, 'Say what became of it').disabled = true;
	const { id } = await rest.createWorkflow(workflow);
	await rest.activate(id);
	const url = `${n8nUrl}/webhook/stop-all-payments`;
	await waitForWebhook(url);
	const keys = async () => (await readKeyIndex(connectionTo(devnet), account)).keys.length;
	const keysBefore = await keys();
	const answers: Pulled['answers'] = [];
	for (let turn = 0; turn < 2; turn++) {
		const reply = await fetch(url, { method: 'POST', headers: { [HEADER]: secret } });
		const body = (await reply.json().catch(() => ({}))) as { status?: unknown };
		answers.push([reply.status, body.status]);
	}
	return { answers, keysBefore, keysAfter: await keys() };
}

/** The owner signs it, by hand, in a workflow of their own. */
async function preparedStop(rest: Rest, privateKey: Hex, alchemyApi: { id: string; name: string }): Promise<unknown> {
	const smartAccountOwnerApi = await rest.createCredential({
		name: 'Owner',
		type: 'smartAccountOwnerApi',
		data: { signWith: 'privateKey', privateKey },
	});
	const { id } = await rest.createWorkflow({
		name: 'Prepare a stop',
		nodes: [
			{ name: BY_HAND, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
			{
				name: 'Manager',
				type: 'n8n-nodes-session-keys.sessionKeyManager',
				typeVersion: 1,
				position: [220, 0],
				parameters: { resource: 'account', operation: 'prepareEmergencyStop' },
				credentials: { alchemyApi, smartAccountOwnerApi },
			},
		],
		connections: { [BY_HAND]: { main: [[{ node: 'Manager', type: 'main', index: 0 }]] } },
	});
	const run = await rest.runAndWait(id, BY_HAND, 90);
	return run.output('Manager')[0]?.stopCode;
}
