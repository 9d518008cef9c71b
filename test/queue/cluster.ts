import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installCommunityPackage, type InstalledN8n } from '../../demo/n8n';
import { environment } from '../../demo/n8n/start';
import { freePorts, startGuarded, type Guarded } from '../../devnet/guarded';
import type { Postgres, Redis } from './services';

/** What the processes of one n8n in queue mode share. */
export interface ClusterOptions {
	n8n: InstalledN8n;
	packageTarball: string;
	/** Every process gets a folder of its own in it. */
	folder: string;
	postgres: Postgres;
	redis: Redis;
	/** Jobs that a worker does at the same time. */
	concurrency: number;
	log: (line: string) => void;
}

/** A process that works off the queue. */
export interface Worker {
	name: string;
	/** Ends it at once, in the middle of what it does. */
	kill(): Promise<void>;
	/** Starts it, and waits until it takes jobs. */
	start(): Promise<void>;
	stop(): Promise<void>;
	/** Megabytes in use: by n8n itself, and by its task runner. */
	memory(): Promise<{ n8n: number; runner: number }>;
	output(): string;
}

/** n8n in queue mode. */
export interface Cluster {
	url: string;
	worker(name: string): Promise<Worker>;
	/** The last lines that the main process printed. */
	output(): string;
	/** Whether the main process still runs. */
	isUp(): boolean;
	stop(): Promise<void>;
}

/** Seconds that n8n has to end by itself. */
const GRACE = 6;

/**
 * How soon a job counts as abandoned when its worker is gone. n8n's own times are 60, 10 and 30 seconds; shorter ones
 * make it happen more often, not less.
 */
const ABANDONED = {
	QUEUE_WORKER_LOCK_DURATION: '15000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '5000',
	QUEUE_WORKER_STALLED_INTERVAL: '5000',
};

/** Starts the main process, which takes webhooks and puts them into the queue. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
	const { n8n, folder, log } = options;
	const [port = 0, broker = 0] = await freePorts(2);
	const url = `http://127.0.0.1:${port}`;
	const home = join(folder, 'main');
	await mkdir(home, { recursive: true });
	await installCommunityPackage(options.packageTarball, home);
	const env = {
		...shared(options, home, broker, url),
		N8N_PORT: String(port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_EDITOR_BASE_URL: url,
		N8N_SECURE_COOKIE: 'false',
	};
	log('starting the main process ...');
	const server = startGuarded([n8n.node, n8n.program, 'start'], { env, cwd: home, grace: GRACE });
	let up = true;
	void server.ended.then(() => (up = false));
	for (const deadline = Date.now() + 240_000; !(await answers(url)); await sleep(500)) {
		if (up && Date.now() < deadline) continue;
		await server.stop();
		throw new Error(`the main process did not start:\n${server.output().slice(-3000)}`);
	}
	return {
		url,
		worker: (name) => makeWorker(options, name, url),
		output: server.output,
		isUp: () => up,
		stop: server.stop,
	};
}

async function answers(url: string): Promise<boolean> {
	const reply = await fetch(`${url}/rest/settings`).catch(() => undefined);
	return ((await reply?.text()) ?? '').includes('"userManagement"');
}

async function makeWorker(options: ClusterOptions, name: string, url: string): Promise<Worker> {
	const { n8n, folder, concurrency, log } = options;
	const home = join(folder, name);
	// The same package as in the main process.
	await cp(join(folder, 'main/.n8n/nodes'), join(home, '.n8n/nodes'), { recursive: true });
	let server: Guarded | undefined;
	return {
		name,
		start: async () => {
			const [broker = 0, health = 0] = await freePorts(2);
			const env = { ...shared(options, home, broker, url), QUEUE_HEALTH_CHECK_PORT: String(health) };
			log(`starting ${name} ...`);
			const command = [n8n.node, n8n.program, 'worker', `--concurrency=${concurrency}`];
			server = startGuarded(command, { env, cwd: home, grace: GRACE });
			if (!(await server.printed(/n8n worker is now ready/i))) {
				throw new Error(`${name} did not start:\n${server.output().slice(-3000)}`);
			}
		},
		kill: async () => server?.kill(),
		stop: async () => server?.stop(),
		memory: () => memoryOf(home),
		output: () => server?.output() ?? '',
	};
}

function shared(options: ClusterOptions, home: string, broker: number, url: string): NodeJS.ProcessEnv {
	const { n8n, postgres, redis } = options;
	return {
		...environment(n8n, home, broker),
		EXECUTIONS_MODE: 'queue',
		// As n8n 3 has it, always: a run by hand is a worker's too.
		OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
		// A worker makes links from it too, such as the approval page's: without it they lead to http://localhost:5678.
		WEBHOOK_URL: url,
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: '127.0.0.1',
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_DATABASE: 'postgres',
		DB_POSTGRESDB_USER: 'n8n',
		DB_POSTGRESDB_PASSWORD: 'n8n',
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		...ABANDONED,
	};
}

/** The processes that were started with this user folder. */
async function memoryOf(home: string): Promise<{ n8n: number; runner: number }> {
	const memory = { n8n: 0, runner: 0 };
	for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
		try {
			const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
			const kind = command.includes('\0worker\0') ? 'n8n' : command.includes('task-runner') ? 'runner' : undefined;
			if (!kind || command.startsWith('/bin/sh')) continue;
			if (!(await runsIn(pid, home))) continue;
			const status = await readFile(`/proc/${pid}/status`, 'utf8');
			memory[kind] += Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
		} catch {
			// It has ended meanwhile.
		}
	}
	return memory;
}

/** The runner gets little of the environment, but its parent's folder for temporary files. */
async function runsIn(pid: string, home: string): Promise<boolean> {
	const environ = await readFile(`/proc/${pid}/environ`, 'utf8');
	if (environ.includes(`=${home}\0`)) return true;
	const parent = /PPid:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
	return (await readFile(`/proc/${parent}/environ`, 'utf8')).includes(`=${home}\0`);
}
