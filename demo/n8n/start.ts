import { existsSync, rmSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, isFree, startGuarded, type Guarded } from '../../devnet/guarded';
import { installCommunityPackage } from './communityPackage';
import type { InstalledN8n, Log } from './install';

/** What an n8n is started with. */
export interface StartOptions {
	/** What `installN8n` gave. */
	n8n: InstalledN8n;
	/** Community package to install before the start, as `npm pack` makes it. */
	packageTarball?: string;
	/** Keeps workflows and credentials from one start to the next; left out: a temporary one that goes when n8n stops. */
	userFolder?: string;
	/** Left out: any free one. */
	port?: number;
	/** Further environment variables, which win over the ones set here. */
	env?: Record<string, string>;
	log?: Log;
}

/** n8n gives its own parts three of them. */
const SECONDS_TO_END = 6;

/** An n8n that answers. */
export interface RunningN8n {
	url: string;
	port: number;
	userFolder: string;
	n8n: InstalledN8n;
	/** The environment it runs in: what a command of n8n needs that is to work on the same data. */
	env: NodeJS.ProcessEnv;
	/** The last lines it printed. */
	logs(): string;
	/** Resolves when it has ended, by itself or because it was stopped. */
	ended: Promise<void>;
	/** Stops it and all it started, and removes a temporary user folder. May be called more than once. */
	stop(): Promise<void>;
	/** Ends it at once, as a crash would. A temporary user folder stays. */
	kill(): Promise<void>;
}

/**
 * Starts an n8n server and waits until it answers. It can't outlive this process.
 *
 * @example
 * const server = await startN8n({ n8n: await installN8n(2), packageTarball: 'n8n-nodes-session-keys-0.1.0.tgz' });
 * const rest = await signIn(server.url);
 * await server.stop();
 */
export async function startN8n(options: StartOptions): Promise<RunningN8n> {
	const { n8n, log = () => {} } = options;
	const [freePort = 0, brokerPort = 0] = await freePorts(2);
	const port = options.port ?? freePort;
	// What listens there would be taken for the n8n that is to be started.
	if (!(await isFree(port))) throw new Error(`Port ${port} is in use.`);
	const url = `http://127.0.0.1:${port}`;
	const userFolder = await prepareUserFolder(options);
	const env = { ...environment(n8n, userFolder, brokerPort), ...addressEnvironment(url, port), ...options.env };
	log(`starting n8n ${n8n.version} ...`);
	const started = Date.now();
	const removes = options.userFolder ? undefined : userFolder;
	const server = startGuarded([n8n.node, n8n.program, 'start'], {
		env,
		cwd: userFolder,
		removes,
		grace: SECONDS_TO_END,
	});
	await untilReady(url, server);
	log(`  ready after ${Math.round((Date.now() - started) / 1000)} s`);
	const { output: logs, ended, stop, kill } = server;
	return { url, port, userFolder, n8n, env, logs, ended, stop, kill };
}

/**
 * Makes a folder in which n8n keeps its data: with an empty database if there is none yet, and with the package.
 *
 * @returns its path: the given one, or a new temporary one that the caller has to remove.
 */
export async function prepareUserFolder(options: StartOptions): Promise<string> {
	const userFolder = options.userFolder ?? (await temporaryFolder());
	const data = join(userFolder, '.n8n');
	if (!existsSync(join(data, 'database.sqlite'))) await cp(options.n8n.emptyDatabase, data, { recursive: true });
	if (options.packageTarball) await installCommunityPackage(options.packageTarball, userFolder);
	return userFolder;
}

/** It goes at the latest when this process exits. */
async function temporaryFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-user-'));
	process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** For every n8n process: nothing from this machine's own n8n settings, and no calls to the outside. */
export function environment(n8n: InstalledN8n, userFolder: string, brokerPort: number): NodeJS.ProcessEnv {
	return {
		// The task runner is started as `node`, so n8n's own has to be the first on the path.
		PATH: [dirname(n8n.node), process.env.PATH].join(delimiter),
		HOME: process.env.HOME,
		// n8n leaves folders there.
		TMPDIR: userFolder,
		LANG: 'C.UTF-8',
		GENERIC_TIMEZONE: 'UTC',
		DB_TYPE: 'sqlite',
		N8N_USER_FOLDER: userFolder,
		N8N_ENCRYPTION_KEY: 'only-for-the-demo-and-the-tests',
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_DISABLED_MODULES: n8n.major === 1 ? 'chat-hub,mcp' : 'mcp-registry,instance-ai,chat-hub,agents,mcp',
		N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '3',
		N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'true',
		// The other expression engine of 1.x is compiled for Node.js 24 only.
		...(n8n.major === 1 ? { N8N_EXPRESSION_ENGINE: 'legacy' } : {}),
	};
}

function addressEnvironment(url: string, port: number): NodeJS.ProcessEnv {
	return {
		N8N_PORT: String(port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_EDITOR_BASE_URL: url,
		WEBHOOK_URL: url,
		N8N_SECURE_COOKIE: 'false',
	};
}

/** The health endpoints answer too early: these settings are there when everything else is. */
async function untilReady(url: string, server: Guarded, seconds = 180): Promise<void> {
	let over = false;
	void server.ended.then(() => (over = true));
	for (const deadline = Date.now() + seconds * 1000; !over && Date.now() < deadline; await sleep(250)) {
		const text = await fetch(`${url}/rest/settings`).then(
			(answer) => answer.text(),
			() => '',
		);
		if (text.startsWith('{') && text.includes('"userManagement"')) return;
	}
	await server.stop();
	throw new Error(`n8n ${over ? 'ended at its start' : 'did not start in time'}:\n${server.output().slice(-3000)}`);
}
