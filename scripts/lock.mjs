#!/usr/bin/env node
// Writes package-lock.json: `npm run lock` after every change of dependencies.
//
// Two things that npm can't do alone:
// 1. @alchemy/aa-alchemy drags in wagmi, React Native, Turnkey and some 1,500 more packages that no node needs, and
//    n8n's node-cli an AI SDK. `overrides` would prune them, but n8n's verification refuses that field in a community
//    package. So the tree is resolved with overrides in a temporary folder, and their trace is taken out of the lock file.
// 2. A registry mirror may lack the binaries of other platforms; npm then leaves them out of the lock file, and `npm ci`
//    calls the file out of date. They are entered by name and version, so that the file serves every platform.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EMPTY = 'empty-npm-package';

/** What a package asks for and nothing here uses. */
const UNUSED = {
	'@alchemy/aa-alchemy': [
		'@tanstack/react-form',
		'@tanstack/react-query',
		'@tanstack/zod-form-adapter',
		'@turnkey/http',
		'@turnkey/iframe-stamper',
		'@turnkey/viem',
		'@turnkey/webauthn-stamper',
		'@wagmi/connectors',
		'@wagmi/core',
		'alchemy-sdk',
		'js-cookie',
		'react',
		'react-dom',
		'tailwindcss',
		'wagmi',
		'zustand',
	],
	'@n8n/node-cli': ['@n8n/ai-node-sdk'],
};

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

function resolveTree(manifest) {
	const folder = mkdtempSync(join(tmpdir(), 'lock-'));
	try {
		const overrides = { viem: manifest.devDependencies.viem };
		for (const [name, unused] of Object.entries(UNUSED)) {
			overrides[name] = Object.fromEntries(unused.map((dependency) => [dependency, `npm:${EMPTY}@1.0.0`]));
		}
		writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, overrides }));
		cpSync('.npmrc', join(folder, '.npmrc'));
		execFileSync('npm', ['install', '--package-lock-only'], { cwd: folder, stdio: 'inherit' });
		return readJson(join(folder, 'package-lock.json'));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The place in the tree where a package finds a dependency, as Node looks for it. */
function placeOf(packages, from, name) {
	for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
		const place = `${folder ? `${folder}/` : ''}node_modules/${name}`;
		if (packages[place]) return place;
		if (!folder) return undefined;
	}
}

function pruneUnused(packages, viemVersion) {
	for (const [place, entry] of Object.entries(packages)) if (entry.name === EMPTY) delete packages[place];
	for (const [place, entry] of Object.entries(packages)) {
		const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
		for (const field of ['dependencies', 'peerDependencies', 'peerDependenciesMeta', 'optionalDependencies']) {
			for (const unused of UNUSED[name] ?? []) delete entry[field]?.[unused];
			// The SDK pins viem 2.8.6; its output is the same with the current one.
			if (name.startsWith('@alchemy/') && entry[field]?.viem) entry[field].viem = viemVersion;
		}
	}
	delete packages[''].overrides;
}

const SYSTEMS = ['darwin', 'win32', 'linux', 'android', 'freebsd', 'openharmony'];
const PROCESSORS = { amd64: 'x64', aarch64: 'arm64' };

function addOtherPlatforms(packages) {
	for (const [place, entry] of Object.entries(packages)) {
		for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
			const os = SYSTEMS.find((system) => name.includes(system));
			const cpu = name.match(/arm64|aarch64|amd64|x64|ia32|arm|ppc64|s390x|riscv64|loong64/)?.[0];
			if (!os || !cpu || placeOf(packages, place, name)) continue;
			packages[`node_modules/${name}`] = {
				version: version.replace(/^[\^~]/, ''),
				cpu: [PROCESSORS[cpu] ?? cpu],
				dev: true,
				optional: true,
				os: [os],
			};
		}
	}
}

const manifest = readJson('package.json');
const lock = resolveTree(manifest);
pruneUnused(lock.packages, manifest.devDependencies.viem);
addOtherPlatforms(lock.packages);
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, '\t')}\n`);
