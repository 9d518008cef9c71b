import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { name, version } from '../../package.json';
import { run } from '../../demo/run';

const ROOT = resolve(__dirname, '../..');

/** What the package is made of, and with what. */
const PARTS = [
	...['nodes', 'credentials', 'core', 'icons', 'scripts', 'gulpfile.js', 'package.json', 'tsconfig.json'],
	...['README.md', 'LICENSE', 'CHANGELOG.md'],
];

/**
 * Packs this package from a copy of its sources, so that nobody who builds at the same time is in the way.
 *
 * @param folder - Where the tarball is put.
 * @returns its path.
 */
export async function packInto(folder: string): Promise<string> {
	const copy = await mkdtemp(join(tmpdir(), 'sources-'));
	try {
		await Promise.all(PARTS.map((part) => cp(join(ROOT, part), join(copy, part), { recursive: true })));
		await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
		await run(join(copy, 'node_modules/.bin/gulp'), ['tarball', '--silent'], { cwd: copy });
		await mkdir(folder, { recursive: true });
		const tarball = join(folder, `${name}-${version}.tgz`);
		await cp(join(copy, 'build', basename(tarball)), tarball);
		return tarball;
	} finally {
		await rm(copy, { recursive: true, force: true });
	}
}
