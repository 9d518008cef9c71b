import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, startGuarded, type Guarded } from '../../devnet/guarded';

const run = promisify(execFile);

/** Seconds that a service has to end by itself. */
const GRACE = 10;

/** A database that answers. */
export interface Postgres {
	port: number;
	/** Asks it something; one array of texts for each row. */
	query(sql: string): Promise<string[][]>;
	stop(): Promise<void>;
}

/** A Redis that answers, and keeps what it was told when it is restarted. */
export interface Redis {
	port: number;
	restart(): Promise<void>;
	stop(): Promise<void>;
}

/** Installs Debian's packages of PostgreSQL and Redis, where they are missing. */
export async function installServices(log: (line: string) => void): Promise<void> {
	const missing = [
		...(postgresFolder() ? [] : ['postgresql']),
		...(existsSync('/usr/bin/redis-server') ? [] : ['redis-server']),
	];
	if (missing.length === 0) return;
	log(`installing ${missing.join(' and ')} ...`);
	// The run level keeps Debian from starting them itself.
	const env = { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' };
	await run('apt-get', ['update'], { env, maxBuffer: 2 ** 26 });
	await run('apt-get', ['install', '-y', '--no-install-recommends', ...missing], { env, maxBuffer: 2 ** 26 });
}

/** Where Debian keeps the programs of the newest PostgreSQL there is. */
function postgresFolder(): string | undefined {
	const all = '/usr/lib/postgresql';
	const versions = existsSync(all) ? readdirSync(all).sort((a, b) => Number(b) - Number(a)) : [];
	return versions.map((version) => join(all, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')));
}

/** Starts a PostgreSQL of its own in an empty folder, as the user postgres when this is root: it refuses root. */
export async function startPostgres(folder: string): Promise<Postgres> {
	const programs = postgresFolder();
	if (!programs) throw new Error('PostgreSQL is not there: apt-get install postgresql');
	const data = join(folder, 'data');
	await mkdir(folder, { recursive: true });
	const as = process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : [];
	if (as.length > 0) {
		const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
		const [user, group] = ids.map(({ stdout }) => Number(stdout));
		await chown(folder, user!, group!);
	}
	const initdb = [join(programs, 'initdb'), '-D', data, '-U', 'n8n', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
	const [program, ...args] = [...as, ...initdb] as [string, ...string[]];
	await run(program, args, { cwd: folder });
	const port = await freePort();
	const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=100'];
	const command = [
		join(programs, 'postgres'),
		'-D',
		data,
		'-p',
		String(port),
		...settings.flatMap((one) => ['-c', one]),
	];
	const server = startGuarded([...as, ...command], { cwd: folder, grace: GRACE });
	const psql = [join(programs, 'psql'), '-h', '127.0.0.1', '-p', String(port), '-U', 'n8n', '-d', 'postgres'];
	const query = async (sql: string): Promise<string[][]> => {
		const { stdout } = await run(psql[0]!, [...psql.slice(1), '-At', '-F', '\t', '-c', sql], { maxBuffer: 2 ** 26 });
		const lines = stdout.split('\n').filter((line) => line !== '');
		return lines.map((line) => line.split('\t'));
	};
	await until('PostgreSQL', server, async () => (await query('select 1')).length === 1);
	return { port, query, stop: server.stop };
}

/** Starts a Redis of its own, which writes down every change. */
export async function startRedis(folder: string): Promise<Redis> {
	await mkdir(folder, { recursive: true });
	const port = await freePort();
	const settings = [
		'--port',
		String(port),
		'--bind',
		'127.0.0.1',
		'--dir',
		folder,
		'--appendonly',
		'yes',
		'--save',
		'',
	];
	const start = async (): Promise<Guarded> => {
		const server = startGuarded(['/usr/bin/redis-server', ...settings], { cwd: folder, grace: GRACE });
		await until('Redis', server, async () => {
			const { stdout } = await run('redis-cli', ['-p', String(port), 'ping']);
			return stdout.includes('PONG');
		});
		return server;
	};
	let server = await start();
	return {
		port,
		restart: async () => {
			await server.stop();
			server = await start();
		},
		stop: () => server.stop(),
	};
}

async function until(name: string, server: Guarded, isReady: () => Promise<boolean>, seconds = 60): Promise<void> {
	let over = false;
	void server.ended.then(() => (over = true));
	for (const deadline = Date.now() + seconds * 1000; !over && Date.now() < deadline; await sleep(100)) {
		if (await isReady().catch(() => false)) return;
	}
	await server.stop();
	throw new Error(`${name} did not start:\n${server.output().slice(-2000)}`);
}
