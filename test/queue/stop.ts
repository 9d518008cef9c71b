import { parseEther, type Hex } from 'viem';
import { readKeyIndex } from '../../core/sessionKey/read/readKeys';
import { waitForWebhook, type Rest } from '../../demo/n8n';
import type { Devnet } from '../../devnet';
import { fund } from '../../devnet/accounts';
import { managerOf } from '../chain/support/manager';
import { alchemyApiFor } from '../support/credentials';
import { connectionTo } from '../support/payer';
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
	const { stopCode } = await managerOf(devnet, { ownerKey: owner as Hex }).item('account', 'prepareEmergencyStop', {});
	const secret = account.slice(2);
	const chosen = {
		alchemyApi: await rest.createCredential({ name: 'Chain', type: 'alchemyApi', data: alchemyApiFor(devnet) }),
		httpHeaderAuth: await rest.createCredential({
			name: 'Those on call',
			type: 'httpHeaderAuth',
			data: { name: HEADER, value: secret },
		}),
	};
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
