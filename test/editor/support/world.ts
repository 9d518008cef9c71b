import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signIn, type Credential, type Rest, type WorkflowNode } from '../../../demo/n8n';
import { connectDevnet, type DevnetClient } from '../../../devnet';

/** The n8n and the devnet of this run. */
export interface World {
	url: string;
	rest: Rest;
	/** Through an API key of its own, which is a secret. */
	devnet: DevnetClient;
	/** Makes credentials without their forms, under names that nothing else has, and tells how a workflow names them. */
	credentials(...credentials: Credential[]): Promise<NonNullable<WorkflowNode['credentials']>>;
	/** The secrets, or halves of them, that n8n's database or log holds in clear text. */
	leaked(secrets: readonly string[]): Promise<string[]>;
}

/** Connects to what globalSetup started. */
export async function connect(): Promise<World> {
	const { EDITOR_TEST_N8N_URL: url, EDITOR_TEST_DEVNET_URL, EDITOR_TEST_USER_FOLDER: folder } = process.env;
	if (!url || !EDITOR_TEST_DEVNET_URL || !folder) throw new Error('no n8n: run this with jest --selectProjects editor');
	const rest = await signIn(url);
	const devnet = (await connectDevnet(EDITOR_TEST_DEVNET_URL)).withKey(`secret-${randomUUID()}`);
	// With all logs the list of keys shows their tags, by which they are picked here.
	await devnet.plan.set('payg');
	return {
		url,
		rest,
		devnet,
		credentials: async (...all) => {
			const made: NonNullable<WorkflowNode['credentials']> = {};
			const ours = randomUUID().slice(0, 6);
			for (const credential of all) {
				const { id, name } = await rest.createCredential({ ...credential, name: `${credential.name} ${ours}` });
				made[credential.type] = { id, name };
			}
			return made;
		},
		leaked: (secrets) => leaked(folder, secrets),
	};
}

/** Looks into every file: database, write-ahead log, log. */
async function leaked(folder: string, secrets: readonly string[]): Promise<string[]> {
	const names = await readdir(join(folder, '.n8n'));
	const files = [...names.filter((name) => name.startsWith('database')).map((name) => join('.n8n', name)), 'n8n.log'];
	const contents = await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')));
	if (!contents.join('').includes('credentials_entity')) throw new Error('this is not where n8n keeps its data');
	return secrets.filter((secret) =>
		// The database may break a text where one of its pages ends, but only one of the halves.
		halves(secret).some((half) => contents.some((content) => content.includes(half))),
	);
}

function halves(secret: string): string[] {
	const text = secret.replace(/^0x/, '');
	const middle = Math.ceil(text.length / 2);
	return [text.slice(0, middle), text.slice(middle)];
}
