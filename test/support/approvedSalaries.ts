import { parseEther, type Address, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { Rest, WorkflowNode } from '../../demo/n8n';
import { fundedAccount, type Devnet, type DevnetClient, type SmartAccount } from '../../devnet';
import { credentialsFor } from './credentials';
import { freshAddress, permissionsFor } from './payer';

export const WHO = ['Anna Berg', 'Ben Müller', 'Chiara Rossi'];
const AMOUNTS = ['120', '80.5', '30'];

export interface ApprovedSalaries {
	/** How many have to sign. */
	approvers?: number;
	/** Of the agent's credential. */
	rules?: Record<string, unknown>;
	/** Parameters of the node that asks, and of the node that pays. */
	ask?: Record<string, unknown>;
	pay?: Record<string, unknown>;
	/** What stands before the node "Link"; left out: a start by hand. */
	start?: WorkflowNode;
}

/** A workflow that waits until three salaries are approved, and then pays them. */
export async function approvedSalaries(
	rest: Rest,
	devnet: Devnet | DevnetClient,
	{ approvers = 1, rules = {}, ask = {}, pay = {}, start = BY_HAND }: ApprovedSalaries = {},
): Promise<{ id: string; account: SmartAccount; keys: Hex[]; recipients: Address[] }> {
	const account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		keys: [{ permissions: permissionsFor(devnet, { kind: 'free lanes' }) }],
	});
	const keys = Array.from({ length: approvers }, () => generatePrivateKey());
	const recipients = WHO.map(() => freshAddress());
	const [alchemy, agent] = credentialsFor(devnet, account.address, { agent: account.keys[0]!.privateKey });
	agent!.data = {
		...agent!.data,
		payees: WHO.map((name, index) => `${name}, ${recipients[index]}`).join('\n'),
		approvers: keys.map((key) => privateKeyToAccount(key).address).join('\n'),
		approvalsNeeded: Math.max(1, approvers),
		...rules,
	};
	const credentials = {
		alchemyApi: await rest.createCredential(alchemy!),
		agentSessionKeyApi: await rest.createCredential(agent!),
	};
	const people = recipients.map((to, index) => ({
		to,
		amount: AMOUNTS[index],
		reference: `${account.address}/${index}`,
	}));
	const token = { __rl: true, mode: 'address', value: devnet.tokens.usd6.address };
	const recipient = { __rl: true, mode: 'address', value: '={{ $json.to }}' };
	const payment = { recipient, token, amount: '={{ $json.amount }}', reference: '={{ $json.reference }}' };
	const node = (
		name: string,
		type: string,
		typeVersion: number,
		x: number,
		parameters: Record<string, unknown>,
	): WorkflowNode => ({ name, type, typeVersion, position: [x, 0], parameters });
	const key = 'n8n-nodes-session-keys.sessionKey';
	const to = (name: string) => ({ main: [[{ node: name, type: 'main', index: 0 }]] });
	const { id } = await rest.createWorkflow({
		name: 'Monthly salaries',
		nodes: [
			start,
			node('Link', `${key}Manager`, 1, 200, { resource: 'account', operation: 'getApprovalLink' }),
			node('People', 'n8n-nodes-base.set', 3.4, 400, { mode: 'raw', jsonOutput: JSON.stringify({ people }) }),
			node('Each', 'n8n-nodes-base.splitOut', 1, 600, { fieldToSplitOut: 'people' }),
			node('Ask', key, 1, 800, { resource: 'payment', operation: 'requestApproval', ...payment, ...ask }),
			{
				...node('Pay', key, 1, 1000, { resource: 'payment', operation: 'send', ...payment, ...pay }),
				onError: 'continueRegularOutput',
			},
		].map((one) => (one.type.startsWith(key) ? { ...one, credentials } : one)),
		connections: { [start.name]: to('Link'), Link: to('People'), People: to('Each'), Each: to('Ask'), Ask: to('Pay') },
		settings: { executionOrder: 'v1' },
	});
	return { id, account, keys, recipients };
}

const BY_HAND: WorkflowNode = {
	name: 'Start',
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};
