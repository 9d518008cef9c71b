import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { name, version } from '../package.json';
import type { Log } from './n8n';
import { run } from './run';

const ROOT = resolve(__dirname, '..');
const FILE = `${name}-${version}.tgz`;

/** Not in build/, which every other build empties. */
const TARBALL = join(ROOT, '.cache', FILE);

/** What the package is made of. */
const SOURCES = [
	'nodes',
	'credentials',
	'core',
	'icons',
	'scripts',
	'gulpfile.js',
	'package.json',
	'package-lock.json',
];

/** Builds and packs this package, unless that was done since the last change. Gives the tarball's path. */
export async function packPackage(log: Log = () => {}): Promise<string> {
	if (await isUpToDate()) return TARBALL;
	log('packing the nodes ...');
	await run(join(ROOT, 'node_modules/.bin/gulp'), ['tarball', '--silent'], { cwd: ROOT });
	await mkdir(dirname(TARBALL), { recursive: true });
	await copyFile(join(ROOT, 'build', FILE), TARBALL);
	return TARBALL;
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
