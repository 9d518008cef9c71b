import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { name, version } from '../package.json';
import type { Log } from './n8n';
import { run } from './run';

const ROOT = resolve(__dirname, '..');
const FILE = `${name}-${version}.tgz`;

/** Not in build/, which every other build empties. */
const TARBALL = join(ROOT, '.cache', FILE);

/** What the package is made of, and with what. */
const SOURCES = [
	...[
		'nodes',
		'credentials',
		'core',
		'contracts',
		'icons',
		'scripts',
		'gulpfile.js',
		'package.json',
		'package-lock.json',
	],
	...['tsconfig.json', 'README.md', 'LICENSE', 'CHANGELOG.md'],
];

/**
 * Builds and packs this package, unless that was done since the last change. It is built from a copy of its sources, so
 * that nobody who builds at the same time is in the way.
 *
 * @returns the tarball's path.
 */
export async function packPackage(log: Log = () => {}): Promise<string> {
	if (await isUpToDate()) return TARBALL;
	log('packing the nodes ...');
	const copy = await mkdtemp(join(tmpdir(), 'sources-'));
	try {
		await Promise.all(SOURCES.map((part) => cp(join(ROOT, part), join(copy, part), { recursive: true })));
		await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
		await run(join(copy, 'node_modules/.bin/gulp'), ['tarball', '--silent'], { cwd: copy });
		await mkdir(dirname(TARBALL), { recursive: true });
		// Renamed when it is whole: somebody may be reading the one before.
		const whole = `${TARBALL}.${process.pid}`;
		await cp(join(copy, 'build', FILE), whole);
		await rename(whole, TARBALL);
		return TARBALL;
	} finally {
		await rm(copy, { recursive: true, force: true });
	}
}

async function isUpToDate(): Promise<boolean> {
	if (!existsSync(TARBALL)) return false;
	const { mtimeMs } = await stat(TARBALL);
	const changed = await Promise.all(SOURCES.map((source) => lastChange(join(ROOT, source))));
	return Math.max(...changed) < mtimeMs;
}

/** Of a file, or of a folder and everything in it, in milliseconds. */
async function lastChange(path: string): Promise<number> {
	const found = await stat(path);
	if (!found.isDirectory()) return found.mtimeMs;
	const inside = await readdir(path);
	return Math.max(found.mtimeMs, ...(await Promise.all(inside.map((one) => lastChange(join(path, one))))));
}
