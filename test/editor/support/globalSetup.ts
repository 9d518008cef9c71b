import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installN8n, prepareUserFolder, startN8n } from '../../../demo/n8n';
import { packPackage } from '../../../demo/package';
import { startDevnet } from '../../../devnet';

const log = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * One n8n over one devnet for all editor tests. Where EDITOR_TEST_N8N_URL and its like say that both run already (see
 * `serve.ts`), those are used.
 */
export default async function globalSetup(): Promise<void> {
	if (process.env.EDITOR_TEST_N8N_URL) return;
	globalThis.editorTestWorld = await startWorld();
	Object.assign(process.env, globalThis.editorTestWorld.variables);
}

declare global {
	/** Where globalSetup started it. */
	var editorTestWorld: RunningWorld | undefined;
}

/** Where the tests find what runs. */
export type WorldVariables = Record<
	'EDITOR_TEST_N8N_URL' | 'EDITOR_TEST_DEVNET_URL' | 'EDITOR_TEST_USER_FOLDER',
	string
>;

export interface RunningWorld {
	variables: WorldVariables;
	/** Ends it, and removes n8n's data. */
	stop(): Promise<void>;
}

/** Starts everything; it ends with this process at the latest. */
export async function startWorld(): Promise<RunningWorld> {
	const packageTarball = await packPackage(log);
	const n8n = await installN8n(2, log);
	const userFolder = await prepareUserFolder({ n8n, packageTarball });
	// Beside the database, so that one look finds every secret that escaped.
	const env = { N8N_LOG_OUTPUT: 'file', N8N_LOG_LEVEL: 'debug', N8N_LOG_FILE_LOCATION: join(userFolder, 'n8n.log') };
	const [devnet, server] = await Promise.all([startDevnet(), startN8n({ n8n, userFolder, env, log })]);
	return {
		variables: {
			EDITOR_TEST_N8N_URL: server.url,
			EDITOR_TEST_DEVNET_URL: devnet.url,
			EDITOR_TEST_USER_FOLDER: userFolder,
		},
		stop: async () => {
			await Promise.all([server.stop(), devnet.close()]);
			await rm(userFolder, { recursive: true, force: true });
		},
	};
}
