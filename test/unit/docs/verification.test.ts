import { parse } from 'yaml';
import packageJson from '../../../package.json';
import { filesIn, textOf } from '../../support/pages';

/** What n8n's verification asks of a package and can be read off the repository: CONTRIBUTING.md lists all of it. */

interface Job {
	needs?: string;
	permissions?: Record<string, string>;
	steps: { run?: string; uses?: string }[];
}

test('package.json says what n8n and npm look for', () => {
	const { name, license, keywords, repository, homepage, author, files } = packageJson;
	expect(name).toMatch(/^n8n-nodes-/);
	expect(license).toBe('MIT');
	expect(textOf('LICENSE')).toMatch(/^MIT License/);
	expect(keywords).toContain('n8n-community-node-package');
	const [, url = ''] = /^git\+(.*)\.git$/.exec(repository.url) ?? [];
	expect(url).toMatch(/^https:\/\/github\.com\//);
	expect(homepage).toBe(`${url}#readme`);
	expect(author.name && author.email).toBeTruthy();
	expect(files).toEqual(['dist']);
	for (const field of ['dependencies', 'optionalDependencies', 'overrides', 'bundleDependencies']) {
		expect(packageJson).not.toHaveProperty(field);
	}
	expect(Object.keys(packageJson.scripts).filter((script) => /^(pre|post)?install$|^prepare$/.test(script))).toEqual(
		[],
	);
});

describe('publishing', () => {
	const { on, jobs } = parse(textOf('.github/workflows/publish.yml')) as {
		on: { push: { tags: string[] } };
		jobs: Record<'test' | 'publish', Job>;
	};
	const commands = ({ steps }: Job) => steps.flatMap(({ run }) => run ?? []);

	test('is what a tag starts, after everything was tested', () => {
		expect(on).toEqual({ push: { tags: ['v*'] } });
		expect(commands(jobs.test)).toContain('bash .ci/run');
		expect(jobs.publish.needs).toBe('test');
	});

	test('states where the package comes from, and publishes the tarball that the scanner has seen', () => {
		// npm's provenance takes the identity that GitHub gives this job.
		expect(jobs.publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
		const [install, scan, publish, ...more] = commands(jobs.publish);
		expect([install, scan, more]).toEqual(['npm ci', 'npm run scan', []]);
		expect(publish).toMatch(/^npm publish \.\/build\/\*\.tgz .*--provenance\b/);
		for (const { uses } of Object.values(jobs).flatMap(({ steps }) => steps)) {
			if (uses) expect(uses).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
		}
	});
});

test('nothing that ships reads the environment or files', () => {
	const shipped = ['core', 'nodes', 'credentials', 'contracts'].flatMap((folder) => filesIn(folder, '.ts'));
	const BUILDS_ONLY = /^contracts\/(?!referenceRegistry|multicall3)/;
	const reading = shipped
		.filter((file) => !BUILDS_ONLY.test(file))
		.filter((file) => /\bprocess\.(env|cwd)|from '(node:)?(fs|child_process|os)|\brequire\(/.test(textOf(file)));
	expect(shipped.length).toBeGreaterThan(200);
	expect(reading).toEqual([]);
});
