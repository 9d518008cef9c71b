import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { run } from '../run';

/** Which n8n: the newest 2.x needs Node.js 24, the newest 1.x still runs on 20. */
export type N8nMajor = 1 | 2;

/** Receives one line of progress at a time. */
export type Log = (line: string) => void;

/** An n8n that is ready to run. */
export interface InstalledN8n {
	major: N8nMajor;
	version: string;
	/** The Node.js it runs on. */
	node: string;
	/** n8n's command line program, to be run by `node`. */
	program: string;
	/** Folder with an empty database, all migrations done: starting from a copy saves most of a first start's time. */
	emptyDatabase: string;
}

const VERSIONS = join(__dirname, 'versions');
const CACHE = resolve(__dirname, '../../.cache');

/**
 * Installs n8n into this repository's `.cache` folder, unless it is there already: some minutes and 2 to 3 GB, once.
 * Interrupted installs leave nothing that could be mistaken for a finished one.
 *
 * @example
 * const n8n = await installN8n(2, console.log);
 */
export async function installN8n(major: N8nMajor, log: Log = () => {}): Promise<InstalledN8n> {
	const source = join(VERSIONS, `v${major}`);
	const folder = join(CACHE, `n8n-${major}-${await fingerprint(source)}`);
	if (!existsSync(folder)) {
		await removeLeftovers(major, folder);
		await installInto(folder, source, major, log);
	}
	return describe(major, folder);
}

async function describe(major: N8nMajor, folder: string): Promise<InstalledN8n> {
	const program = join(folder, 'node_modules/n8n/bin/n8n');
	const { version } = await readJson(join(folder, 'node_modules/n8n/package.json'));
	return {
		major,
		version: String(version),
		node: nodeFor(major, folder),
		program,
		emptyDatabase: join(folder, 'empty-database'),
	};
}

/** Raise it when a step of the install changes. */
const RECIPE = '1';

/** Changes when what is to be installed, or the way it is done, changes. */
async function fingerprint(source: string): Promise<string> {
	const hash = createHash('sha256').update(RECIPE);
	for (const name of ['package.json', 'package-lock.json']) hash.update(await readFile(join(source, name), 'utf8'));
	return hash.digest('hex').slice(0, 10);
}

/** Only a complete install gets its final name, so two processes that install at once don't meet either. */
async function installInto(folder: string, source: string, major: N8nMajor, log: Log): Promise<void> {
	const partial = `${folder}.partial-${process.pid}`;
	await mkdir(partial, { recursive: true });
	await fetchPackages(partial, source, log);
	await timed(log, 'building the SQLite driver', () => buildSqlite(partial, major));
	await timed(log, 'preparing an empty database', () => makeEmptyDatabase(partial, major));
	await rename(partial, folder).catch(async (error: unknown) => {
		if (!existsSync(folder)) throw error;
		await rm(partial, { recursive: true, force: true });
	});
}

async function removeLeftovers(major: N8nMajor, folder: string): Promise<void> {
	await mkdir(CACHE, { recursive: true });
	for (const name of await readdir(CACHE)) {
		const isOurs = name.startsWith(`n8n-${major}-`) && join(CACHE, name) !== folder;
		const owner = /\.partial-(\d+)$/.exec(name)?.[1];
		if (isOurs && !(owner && isRunning(Number(owner)))) await rm(join(CACHE, name), { recursive: true, force: true });
	}
}

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

async function fetchPackages(folder: string, source: string, log: Log): Promise<void> {
	const manifest = await readJson(join(source, 'package.json'));
	const { n8n } = manifest.dependencies as { n8n: string };
	await cp(join(source, 'package.json'), join(folder, 'package.json'));
	await writeFile(join(folder, 'package-lock.json'), JSON.stringify(await lockWithAddresses(source)));
	// Not `npm ci`: it refuses a lock file that lacks optional packages of other platforms. No install scripts: the
	// Kafka client's downloads sources and fails, the others aren't needed.
	const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
	await timed(log, `installing n8n ${n8n}: some minutes and 2 to 3 GB, this once`, async () => {
		await run('npm', args, { cwd: folder });
	});
}

interface LockFile {
	packages: Record<string, { name?: string; version?: string; resolved?: string; integrity?: string }>;
}

/**
 * The lock file in the repository names no registry. With the addresses of the registry in use filled in, npm asks for
 * nothing but the tarballs, which halves the time.
 */
async function lockWithAddresses(source: string): Promise<LockFile> {
	const configured = await run('npm', ['config', 'get', 'registry'], { cwd: source });
	const registry = configured.trim().replace(/\/?$/, '/');
	const lock = (await readJson(join(source, 'package-lock.json'))) as unknown as LockFile;
	for (const [place, entry] of Object.entries(lock.packages)) {
		const name = entry.name ?? place.split('node_modules/').pop();
		if (place && entry.integrity)
			entry.resolved = `${registry}${name}/-/${name?.split('/').pop()}-${entry.version}.tgz`;
	}
	return lock;
}

function nodeFor(major: N8nMajor, folder: string): string {
	const own = Number(process.versions.node.split('.')[0]);
	if (major === 1 ? own <= 24 : own === 24) return process.execPath;
	const packaged = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
	if (existsSync(packaged)) return packaged;
	throw new Error(`n8n ${major}.x can't run on Node.js ${process.versions.node} here. Run this with Node.js 24.`);
}

/** n8n's SQLite driver is the one part that has to be compiled. Node-API: what is built for one Node.js serves all. */
async function buildSqlite(folder: string, major: N8nMajor): Promise<void> {
	const node = nodeFor(major, folder);
	const args = [await nodeGyp(), 'rebuild'];
	const headers = resolve(dirname(node), '..');
	if (existsSync(join(headers, 'include/node/node_api.h'))) args.push(`--nodedir=${headers}`);
	// With the system's own SQLite there is little to compile; without it, less optimising halves the time.
	if (existsSync('/usr/include/sqlite3.h')) args.push('--sqlite=/usr');
	const env = { ...process.env, CFLAGS: '-O1', CXXFLAGS: '-O1', JOBS: String(availableParallelism()) };
	await run(node, args, { cwd: join(folder, 'node_modules/sqlite3'), env });
}

/** npm's own node-gyp: the one beside the SQLite driver is too old for the Python of newer systems. */
async function nodeGyp(): Promise<string> {
	const global = (await run('npm', ['root', '--global'])).trim();
	const fromNpm = process.env.npm_execpath ? [resolve(process.env.npm_execpath, '../..')] : [];
	const places = [...fromNpm, join(global, 'npm')].map((npm) => join(npm, 'node_modules/node-gyp/bin/node-gyp.js'));
	const found = places.find((place) => existsSync(place));
	if (!found) throw new Error(`npm's node-gyp, which builds n8n's SQLite driver, is at none of: ${places.join(', ')}`);
	return found;
}

/** Any command of n8n brings its database up to date first. */
async function makeEmptyDatabase(folder: string, major: N8nMajor): Promise<void> {
	const userFolder = join(folder, 'first-user');
	await mkdir(userFolder);
	// Nothing of this process's environment: where Jest has set NODE_ENV=test, n8n would leave its database alone.
	const env = { PATH: process.env.PATH, HOME: process.env.HOME, N8N_USER_FOLDER: userFolder, ...MIGRATION_ENVIRONMENT };
	await run(nodeFor(major, folder), [join(folder, 'node_modules/n8n/bin/n8n'), 'list:workflow'], { env });
	// The newest part of it is still in the write-ahead log beside it.
	const files = (await readdir(join(userFolder, '.n8n'))).filter((name) => name.startsWith('database.sqlite'));
	if (files.length === 0) throw new Error('n8n made no database');
	for (const name of files) await cp(join(userFolder, '.n8n', name), join(folder, 'empty-database', name));
	await rm(userFolder, { recursive: true });
}

const MIGRATION_ENVIRONMENT = {
	DB_TYPE: 'sqlite',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_EXPRESSION_ENGINE: 'legacy',
	N8N_COMMUNITY_PACKAGES_ENABLED: 'false',
};

async function timed(log: Log, step: string, action: () => Promise<void>): Promise<void> {
	const start = Date.now();
	const seconds = (): string => `${Math.round((Date.now() - start) / 1000)} s`;
	log(`${step} ...`);
	const ticker = setInterval(() => log(`  still ${step.split(':')[0]} (${seconds()})`), 15_000);
	try {
		await action();
	} catch (error) {
		const { stderr = '', message } = error as Error & { stderr?: string };
		throw new Error(`${step} went wrong: ${(stderr || message).trim().slice(-3000)}`);
	} finally {
		clearInterval(ticker);
	}
	log(`  done in ${seconds()}`);
}

async function readJson(file: string): Promise<Record<string, unknown>> {
	return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
}
