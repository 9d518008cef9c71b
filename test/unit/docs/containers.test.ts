import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { parseDocument } from 'yaml';
import packageJson from '../../../package.json';
import { commandsFor, ROOT, textOf } from '../../support/pages';

interface Service {
	image: string;
	command: string;
	environment: Record<string, unknown>;
	ports: string[];
}

describe('docs/bundler/compose.yaml', () => {
	const text = textOf('docs/bundler/compose.yaml');
	const document = parseDocument(text, { strict: true, uniqueKeys: true });
	const { services } = document.toJS() as { services: Record<string, Service> };

	test('can be read', () => {
		expect([...document.errors, ...document.warnings]).toEqual([]);
		expect(Object.keys(services)).toEqual(['alto', 'rundler']);
	});

	test('runs the command of docs/providers.md, with the same settings', () => {
		const [typed = ''] = commandsFor('bundler');
		const [settings = '', command = ''] = typed.split(/ (?=npx)/);
		expect(services.alto!.command).toBe(command);
		const named = [...settings.matchAll(/(\w+)=/g)].map(([, name]) => name);
		expect(Object.keys(services.alto!.environment)).toEqual(named);
		expect(command).toContain(`@pimlico/alto@${packageJson.devDependencies['@pimlico/alto']} `);
	});

	test('names versions, explains each of its variables, and is open to this machine alone', () => {
		for (const { image, ports } of Object.values(services)) {
			expect(image).toMatch(/^[a-z/]+:v?\d[\w.-]*$/);
			expect(ports).toEqual(['127.0.0.1:4337:4337']);
		}
		const used = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
		const explained = [...text.matchAll(/^# {3}(\w+)=/gm)].map(([, name]) => name);
		expect(new Set(used)).toEqual(new Set(explained));
	});
});

describe('docs/docker/Dockerfile', () => {
	const text = textOf('docs/docker/Dockerfile');

	test('has nothing that a linter of Dockerfiles finds', () => {
		expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
		expect(validate('FROM\nCOPPY a b').length).toBeGreaterThan(0);
	});

	test('takes the tarball that npm run pack makes, and files that are there', () => {
		expect(text).toContain(`build/${packageJson.name}-${packageJson.version}.tgz `);
		const copied = [...text.matchAll(/^COPY (?:--\S+ )*(\S+) /gm)].map(([, file = '']) => file);
		expect(copied.map((file) => existsSync(join(ROOT, file)))).toEqual([true]);
	});

	test('the start script puts the image’s version in place of any other, and starts n8n with what it was given', () => {
		const home = mkdtempSync(join(tmpdir(), 'image-'));
		try {
			const place = join(home, '.n8n/nodes/node_modules/n8n-nodes-session-keys');
			mkdirSync(place, { recursive: true });
			writeFileSync(join(place, 'of-an-older-version.js'), '');
			mkdirSync(join(home, 'package/dist'), { recursive: true });
			writeFileSync(join(home, 'package/package.json'), '{}');
			const env = { PATH: process.env.PATH, HOME: home, PACKAGE: join(home, 'package'), N8N: 'echo' };
			const said = execFileSync(join(ROOT, 'docs/docker/start.sh'), ['worker', '--concurrency=5'], { env });
			expect(said.toString()).toBe('worker --concurrency=5\n');
			expect(readFileSync(join(place, 'package.json'), 'utf8')).toBe('{}');
			expect(existsSync(join(place, 'of-an-older-version.js'))).toBe(false);
		} finally {
			rmSync(home, { recursive: true, force: true });
		}
	});
});
