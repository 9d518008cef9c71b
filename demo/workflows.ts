import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from 'viem';
import type { Workflow } from './n8n';

/** The workflows of the demo, as people would import them. */
export const WORKFLOWS = ['setup', 'salaries', 'invoice'] as const;

export type WorkflowName = (typeof WORKFLOWS)[number];

/** What stands in their place in the files is known only once a chain runs. */
export interface Addresses {
	TOKEN_ADDRESS: Address;
	SALARIES_KEY: Address;
	INVOICES_KEY: Address;
}

/** Somebody who is paid. */
export interface Recipient {
	name: string;
	address: Address;
	/** In whole units of the token. */
	amount: string;
}

/**
 * Reads a workflow, with the addresses and the credentials of this demo.
 *
 * @param credentialIds - n8n's ids by the credentials' names.
 */
export function readWorkflow(
	name: WorkflowName,
	addresses: Addresses,
	credentialIds: Readonly<Record<string, string>>,
): Workflow {
	const text = Object.entries(addresses).reduce((all, [word, address]) => all.replaceAll(word, address), read(name));
	const workflow = JSON.parse(text) as Workflow;
	for (const { credentials = {} } of workflow.nodes) {
		for (const credential of Object.values(credentials)) credential.id = credentialIds[credential.name] ?? '';
	}
	return workflow;
}

/** Who gets a salary, from the table in the workflow. */
export function salaries(): Recipient[] {
	const { nodes } = JSON.parse(read('salaries')) as Workflow;
	const table = nodes.find(({ name }) => name === 'Salaries')?.parameters.jsonOutput;
	return (JSON.parse(String(table)) as { salaries: Recipient[] }).salaries;
}

function read(name: WorkflowName): string {
	return readFileSync(join(__dirname, 'workflows', `${name}.json`), 'utf8');
}
