import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run';

/**
 * Installs a packed community package (`npm pack`) where n8n puts one, step by step as n8n does itself: unpack, strip
 * what users don't get, install what is left. n8n loads it at its next start.
 *
 * @param userFolder - What n8n is told as N8N_USER_FOLDER.
 */
export async function installCommunityPackage(tarball: string, userFolder: string): Promise<void> {
	const nodes = join(userFolder, '.n8n/nodes');
	const { name, version, manifest } = await readManifest(tarball);
	const folder = join(nodes, 'node_modules', name);
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
	for (const field of ['devDependencies', 'peerDependencies', 'optionalDependencies']) delete manifest[field];
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
	await run('npm', ['install', ...N8N_INSTALL_ARGUMENTS], { cwd: folder });
	await addDependency(join(nodes, 'package.json'), name, version);
}

/** Word for word from n8n's community-packages service. */
const N8N_INSTALL_ARGUMENTS = [
	'--audit=false',
	'--fund=false',
	'--bin-links=false',
	'--install-strategy=shallow',
	'--ignore-scripts=true',
	'--package-lock=false',
];

type Manifest = Record<string, unknown>;

async function readManifest(tarball: string): Promise<{ name: string; version: string; manifest: Manifest }> {
	const manifest = JSON.parse(await run('tar', ['-xzOf', tarball, 'package/package.json'])) as Manifest;
	return { name: String(manifest.name), version: String(manifest.version), manifest };
}

async function addDependency(file: string, name: string, version: string): Promise<void> {
	const existing = await readFile(file, 'utf8').catch(() => '{"name":"installed-nodes","private":true}');
	const manifest = JSON.parse(existing) as Manifest & { dependencies?: Record<string, string> };
	manifest.dependencies = { ...manifest.dependencies, [name]: version };
	await writeFile(file, JSON.stringify(manifest, null, 2));
}
