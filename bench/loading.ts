import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, rounded, type Result, type Row, type Stage } from './support/bench';
import { bundle } from './support/bundle';

/** Not the synchronous one: the devnet of this process answers meanwhile. */
const run = promisify(execFile);

/** One fresh process: milliseconds on the clock and of the processor, and bytes of RSS, that each step took. */
type Steps = Record<string, { milliseconds: number; cpu: number; bytes: number }>;

/**
 * Loads as n8n does: with n8n-workflow and n8n-core there already, all nodes at start, and a node's file when it is
 * executed for the first time.
 */
const LOAD_OURS = `
const { LazyPackageDirectoryLoader } = require('n8n-core');
require('n8n-workflow');
const loader = new LazyPackageDirectoryLoader(process.argv[1]);
step('start', () => loader.loadAll());
const [name] = process.argv.slice(2);
step('execution', () => loader.getNode(name).type.execute ?? loader.getNode(name).type.poll);
`;

/** In the same surroundings. */
const LOAD_STOCK = `
require('n8n-core');
require('n8n-workflow');
step('stock', () => require(process.argv[1]));
`;

/** Runs the steps one after the other and prints what each took. */
const STEPS = `
const queue = [];
const step = (name, work) => queue.push([name, work]);
setImmediate(async () => {
	const steps = {};
	for (const [name, work] of queue) {
		gc();
		const before = process.memoryUsage().rss;
		const cpuBefore = process.cpuUsage();
		const start = performance.now();
		await work();
		const milliseconds = performance.now() - start;
		const { user, system } = process.cpuUsage(cpuBefore);
		steps[name] = { milliseconds, cpu: (user + system) / 1000, bytes: process.memoryUsage().rss - before };
	}
	console.log(JSON.stringify(steps));
	process.exit();
});
`;

/** What the package costs n8n before any payment. */
export async function loading({ folder, pairs, log }: Stage): Promise<Result> {
	const { unpacked, packed, packages, megabytes } = await install(join(folder, 'loading'));
	const stockFile = await bundle('stockIndex.ts', folder);
	const nodes = Object.keys(JSON.parse(readFileSync(join(unpacked, 'dist/known/nodes.json'), 'utf8')) as object);
	const ours: Record<string, Steps[]> = Object.fromEntries(nodes.map((name) => [name, []]));
	const stock: Steps[] = [];
	for (let index = 0; index < pairs; index++) {
		for (const name of nodes) ours[name]?.push(await fresh(LOAD_OURS, unpacked, name));
		stock.push(await fresh(LOAD_STOCK, stockFile));
	}
	const rows: Row[] = [
		rowOf('ours: all nodes when n8n starts', Object.values(ours).flat(), 'start'),
		...nodes.map((name) => rowOf(`ours: ${name}, first execution`, ours[name] ?? [], 'execution')),
		rowOf('stock: require() of one bundled file', stock, 'stock'),
	];
	Object.assign(rows[0] as Row, { 'packed (MB)': packed, packages, 'installed (MB)': megabytes });
	for (const row of rows) log(JSON.stringify(row));
	return {
		title: 'Loading',
		rows: rows.map((row) => ({ ...EMPTY, ...row })),
		notes: [
			`Medians of ${pairs} fresh processes each. Time and RSS are what each step adds where n8n-core and n8n-workflow are loaded already.`,
			'As published the SDK brings 1,604 packages of 1.9 GB; that was measured once and not by this run, because this ' +
				'repository has most of them pruned.',
			"The stock SDK's one bundled file is what somebody gets who bundles it with care, with stubs for what is missing.",
		],
	};
}

const EMPTY: Row = {
	what: null,
	'time (ms)': null,
	'CPU (ms)': null,
	'RSS (MB)': null,
	'packed (MB)': null,
	packages: null,
	'installed (MB)': null,
};

function rowOf(what: string, all: readonly Steps[], step: string): Row {
	const of = (field: 'milliseconds' | 'cpu' | 'bytes') => median(all.map((steps) => steps[step]?.[field] ?? NaN));
	return {
		what,
		'time (ms)': rounded(of('milliseconds')),
		'CPU (ms)': rounded(of('cpu')),
		'RSS (MB)': rounded(of('bytes') / 2 ** 20, 1),
	};
}

async function fresh(program: string, ...given: string[]): Promise<Steps> {
	const args = ['--expose-gc', '--eval', `${STEPS}${program}`, ...given];
	// As n8n does for community packages: what it has itself is found from their folder too.
	const env = { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') };
	return JSON.parse((await run(process.execPath, args, { env })).stdout) as Steps;
}

/**
 * Builds and packs what would be published, and installs it as n8n does, into a folder of its own: without scripts and
 * without development, optional and peer dependencies.
 */
async function install(folder: string) {
	const tarball = join(process.cwd(), (await run('npx', ['gulp', '--silent', 'tarball'])).stdout.trim());
	const target = join(folder, 'n8n');
	mkdirSync(target, { recursive: true });
	writeFileSync(join(target, 'package.json'), '{}');
	const options = ['--silent', '--ignore-scripts', '--omit=dev', '--omit=optional', '--omit=peer'];
	await run('npm', ['install', ...options, tarball], { cwd: target });
	const installed = join(target, 'node_modules');
	return {
		unpacked: join(installed, 'n8n-nodes-session-keys'),
		packed: rounded(statSync(tarball).size / 2 ** 20, 2),
		packages: readdirSync(installed).filter((name) => !name.startsWith('.')).length,
		megabytes: rounded(sizeOf(installed) / 2 ** 20, 1),
	};
}

function sizeOf(folder: string): number {
	const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.map((name) => statSync(join(folder, name)))
		.filter((entry) => entry.isFile())
		.map(({ size }) => size);
	return sizes.reduce((sum, size) => sum + size, 0);
}
