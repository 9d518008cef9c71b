import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { packPackage } from '../../demo/package';

jest.setTimeout(120_000);

const ROOT = resolve(__dirname, '../..');

interface Manifest {
	n8n: { nodes: string[]; credentials: string[] };
	[more: string]: unknown;
}

/** The packed package in a folder where nothing but n8n-workflow can be found, as n8n gives it at run time. */
let folder: string;
let files: string[];
let manifest: Manifest;

beforeAll(async () => {
	const tarball = await packPackage();
	folder = mkdtempSync(join(tmpdir(), 'tarball-'));
	execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
	mkdirSync(join(folder, 'node_modules'));
	const workflow = resolve(dirname(require.resolve('n8n-workflow')), '../..');
	symlinkSync(workflow, join(folder, 'node_modules/n8n-workflow'));
	files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => !file.startsWith('node_modules'));
	manifest = JSON.parse(read('package.json')) as Manifest;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(file: string): string {
	return readFileSync(join(folder, file), 'utf8');
}

function texts(): string[] {
	return files.filter((file) => /\.(js|json|svg|md)$/.test(file) || file === 'LICENSE');
}

/** Runs a script in that folder, in a Node.js that knows no other place to look for packages. */
function runThere(script: string): string {
	const { NODE_PATH: _, NODE_OPTIONS: __, ...env } = process.env;
	return execFileSync(process.execPath, ['-e', script], {
		cwd: folder,
		encoding: 'utf8',
		env: { ...env, HOME: folder },
	});
}

describe('the packed package', () => {
	it('can find nothing but n8n-workflow where it is tried', () => {
		const found = `['n8n-workflow', 'n8n-core', 'viem', '@alchemy/aa-accounts'].filter((name) => {
			try { return require.resolve(name); } catch { return false; }
		})`;
		expect(JSON.parse(runThere(`console.log(JSON.stringify(${found}))`))).toEqual(['n8n-workflow']);
	});

	it('loads every file that n8n loads, and each holds what its name says', () => {
		const { nodes, credentials } = manifest.n8n;
		const loaded = runThere(`console.log(JSON.stringify(${JSON.stringify([...nodes, ...credentials])}.map((file) => {
			const name = file.split('/').pop().split('.')[0];
			const made = new (require('./' + file)[name])();
			return (made.description ?? made).displayName;
		})))`);
		expect(JSON.parse(loaded)).toHaveLength(nodes.length + credentials.length);
		expect(JSON.parse(loaded)).toEqual(expect.arrayContaining(['Session Key', 'Session Key Manager', 'Alchemy API']));
	});

	it('loads every other script of dist too', () => {
		const scripts = files.filter((file) => file.endsWith('.js'));
		runThere(scripts.map((file) => `require('./${file}')`).join(';'));
		expect(scripts.length).toBeGreaterThan(0);
	});

	it('tells n8n what is in it without being loaded', () => {
		for (const kind of ['nodes', 'credentials'] as const) {
			const known = JSON.parse(read(`dist/known/${kind}.json`)) as Record<string, { sourcePath: string }>;
			const types = JSON.parse(read(`dist/types/${kind}.json`)) as Array<{ name: string }>;
			const paths = Object.values(known).map(({ sourcePath }) => sourcePath);
			expect(paths.sort()).toEqual([...manifest.n8n[kind]].sort());
			expect(new Set(types.map(({ name }) => name))).toEqual(new Set(Object.keys(known)));
		}
	});

	it('has every icon and codex file that it names', () => {
		for (const node of manifest.n8n.nodes) expect(files).toContain(node.replace(/\.js$/, '.json'));
		const icons = texts().flatMap((file) => read(file).match(/file:[./]*icons\/[\w.]+\.svg/g) ?? []);
		expect(icons.length).toBeGreaterThan(0);
		for (const icon of icons) expect(files).toContain(icon.replace(/^file:[./]*/, 'dist/'));
	});

	it('asks for nothing to be installed and runs nothing when it is', () => {
		const unwanted = [
			'scripts',
			'dependencies',
			'devDependencies',
			'optionalDependencies',
			'overrides',
			'bundleDependencies',
		];
		expect(Object.keys(manifest).filter((field) => unwanted.includes(field))).toEqual([]);
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});

	it('holds no source map and no path of the machine that packed it', () => {
		expect(files.filter((file) => /\.(map|ts)$/.test(file))).toEqual([]);
		const traces = ['sourceMappingURL', ROOT, `${homedir()}/`, `${tmpdir()}/`];
		const found = texts().flatMap((file) =>
			traces.filter((trace) => read(file).includes(trace)).map((t) => `${file}: ${t}`),
		);
		expect(found).toEqual([]);
	});
});
