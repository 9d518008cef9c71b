import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseUnits, type Address, type Hex } from 'viem';
import type { Rest, Workflow, WorkflowNode } from '../../demo/n8n';
import { tokenTransfer } from '../../core/calls';
import { fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../devnet';
import { freshAddress } from './payer';

const FOLDER = resolve(__dirname, '../../templates');

/** The names of the templates. */
export const TEMPLATES = readdirSync(FOLDER)
	.filter((file) => file.endsWith('.json'))
	.map((file) => file.replace('.json', ''));

/** Where a template is, to be imported. */
export function templateFile(name: string): string {
	return join(FOLDER, `${name}.json`);
}

/** What is in it. */
export function template(name: string): Workflow {
	return JSON.parse(readFileSync(templateFile(name), 'utf8')) as Workflow;
}

/** The template with credentials chosen in every node that asks for some, and the token in every node that has one. */
export function filledIn(name: string, chosen: NonNullable<WorkflowNode['credentials']>, token: Address): Workflow {
	const workflow = template(name);
	for (const node of workflow.nodes) {
		for (const type of credentialTypesOf(node)) {
			node.credentials = { ...node.credentials, [type]: chosen[type]! };
		}
		if (node.parameters.token) node.parameters.token = { __rl: true, mode: 'address', value: token };
	}
	return workflow;
}

/** What each type of node asks for. No template holds any: whose key pays, and who may call, is chosen by a person. */
const CREDENTIALS: Record<string, string[]> = {
	'n8n-nodes-session-keys.sessionKey': ['alchemyApi', 'agentSessionKeyApi'],
	'n8n-nodes-session-keys.sessionKeyTool': ['alchemyApi', 'agentSessionKeyApi'],
	'n8n-nodes-session-keys.sessionKeyManager': ['alchemyApi', 'smartAccountOwnerApi'],
	'n8n-nodes-session-keys.sessionKeyTrigger': ['alchemyApi'],
	'n8n-nodes-base.webhook': ['httpHeaderAuth'],
};

/** The types of the credentials that a node of a template asks for. */
export function credentialTypesOf({ type, parameters }: WorkflowNode): string[] {
	// Whoever has the code needs no owner's key.
	if (parameters.operation === 'pullEmergencyStop') return ['alchemyApi'];
	return CREDENTIALS[type] ?? [];
}

export function nodeOf(workflow: Workflow, name: string): WorkflowNode {
	const found = workflow.nodes.find((node) => node.name === name);
	if (!found) throw new Error(`no node is named "${name}"`);
	return found;
}

/** An account with 1,000 dollars whose key may spend so many of them. */
export async function accountWithBudget(
	devnet: DevnetClient,
	dollars: string,
): Promise<{ account: Address; key: Hex; keyAddress: Address; owner: Hex }> {
	const permissions = tokenBudget(devnet.tokens.usd6, parseUnits(dollars, 6));
	const { address, owner, keys } = await fundedAccount(devnet, { keys: [{ permissions }] });
	const { privateKey: key, address: keyAddress } = keys[0]!;
	return { account: address, key, keyAddress, owner: owner.privateKey };
}

/** An account whose key may spend 100 dollars, and ends in nine days. */
export async function accountToWatch(
	devnet: DevnetClient,
): Promise<{ account: SmartAccount; ends: number; spend(dollars: string): Promise<void> }> {
	const { tokens, request } = devnet;
	// Half a day over: whole days are told, by the clock of the chain's newest block.
	const ends = Math.floor(Date.now() / 1000) + 9.5 * 86_400;
	const permissions = tokenBudget(tokens.usd6, parseUnits('100', 6)).setTimeRange({ validFrom: 0, validUntil: ends });
	const account = await fundedAccount(devnet, { keys: [{ permissions }] });
	// The trigger waits for three; this chain has blocks only when something happens.
	const confirm = () => request('anvil_mine', ['0x3']);
	await confirm();
	const spend = async (dollars: string): Promise<void> => {
		await account.asKey([tokenTransfer(tokens.usd6.address, freshAddress(), parseUnits(dollars, 6))]);
		await confirm();
	};
	return { account, ends, spend };
}

/** Somebody in the table of salaries. */
export interface Employee {
	name: string;
	address: Address;
	amount: string;
}

/** Makes a Data Table of salaries, as the template's note describes it. */
export async function createSalaries(rest: Rest, name: string, employees: readonly Employee[]): Promise<string> {
	const { id: project } = await rest.request<{ id: string }>('GET', '/projects/personal');
	const columns = ['name', 'address', 'amount'].map((column) => ({ name: column, type: 'string' }));
	const tables = `/projects/${project}/data-tables`;
	const { id } = await rest.request<{ id: string }>('POST', tables, { name, columns });
	await rest.request('POST', `${tables}/${id}/insert`, { data: employees, returnType: 'count' });
	return id;
}
