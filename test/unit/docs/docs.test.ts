import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { INodeTypeDescription } from 'n8n-workflow';
import packageJson from '../../../package.json';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import { SessionKeyManager } from '../../../nodes/SessionKeyManager/SessionKeyManager.node';
import { SessionKeyTrigger } from '../../../nodes/SessionKeyTrigger/SessionKeyTrigger.node';
import { fingerprint, PICTURES } from '../../../scripts/pictures';
import { refusalsDoc } from '../../../scripts/refusalsDoc';
import taken from '../../../docs/images/taken.json';
import { readOperations } from '../../support/operations';
import { blocksOf, commandsOf, filesIn, PAGES, ROOT, runnersOf, textOf } from '../../support/pages';

test('the page of refusals is what the code says', () => {
	expect(textOf('docs/refusals.md')).toBe(refusalsDoc());
});

describe('links', () => {
	/** The anchor that a heading gets on GitHub. */
	const anchorOf = (heading: string) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s_-]/gu, '')
			.trim()
			.replace(/\s/g, '-');

	const linksOf = (page: string) => [
		...[...textOf(page).matchAll(/\]\(([^)]*)\)/g)].map(([, link = '']) => link),
		...[...textOf(page).matchAll(/<(https?:[^>]*)>/g)].map(([, link = '']) => link),
	];

	const leadsNowhere = (page: string, link: string) => {
		const [path = '', anchor] = link.split('#');
		const target = path ? join(dirname(page), path) : page;
		if (!existsSync(join(ROOT, target))) return true;
		if (!anchor) return false;
		const headings = [...textOf(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
		return !headings.includes(anchor);
	};

	const isMalformed = (link: string) => {
		const { protocol, hostname } = URL.canParse(link) ? new URL(link) : { protocol: '', hostname: '' };
		return protocol !== 'https:' || !/^([\w-]+\.)+[a-z]{2,}$/.test(hostname) || /\s|[.,;:]$/.test(link);
	};

	test.each(PAGES)('%s links only to what is there', (page) => {
		const isExternal = (link: string) => /^\w+:/.test(link);
		const links = linksOf(page);
		const local = links.filter((link) => !isExternal(link));
		expect(local.filter((link) => leadsNowhere(page, link))).toEqual([]);
		expect(links.filter(isExternal).filter(isMalformed)).toEqual([]);
	});

	test('what nodes and credentials name as their documentation is there', () => {
		const repository = 'https://github.com/n8n-nodes-session-keys/n8n-nodes-session-keys';
		const sources = [...filesIn('nodes', '.node.json'), ...filesIn('credentials', '.ts')];
		const named = sources.flatMap((file) => textOf(file).match(/https:[^'"`\s]+/g) ?? []);
		const ours = named.filter((url) => url.startsWith(repository));
		expect(ours.length).toBeGreaterThanOrEqual(sources.length);
		const local = ours.map((url) => url.slice(repository.length).replace('/blob/main/', ''));
		expect(local.filter((link) => link !== '#readme' && leadsNowhere('README.md', link))).toEqual([]);
	});

	test('every page is reached from README.md', () => {
		const reached = new Set(['README.md']);
		for (const page of reached) {
			const pages = linksOf(page).map((link) => join(dirname(page), link.split('#')[0] ?? ''));
			pages.filter((link) => PAGES.includes(link)).forEach((link) => reached.add(link));
		}
		expect(PAGES.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
	});

	test('the README’s pictures are found from its page on npm, which takes them from the repository', () => {
		expect(packageJson.repository.url).toMatch(/^git\+https:\/\/github\.com\/[\w-]+\/[\w-]+\.git$/);
		expect(textOf('README.md')).not.toContain('<img');
	});
});

describe('commands', () => {
	const scripts = Object.keys(packageJson.scripts);

	test.each(PAGES)('%s names only scripts that exist', (page) => {
		const named = [...textOf(page).matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);
		expect(named.filter((script) => !scripts.includes(script))).toEqual([]);
	});

	test.each(PAGES)('every command of %s is run by one test, and its blocks say what they are', (page) => {
		expect(commandsOf(page).filter((command) => runnersOf(command).length !== 1)).toEqual([]);
		const ofCi = commandsOf(page).filter((command) => runnersOf(command)[0] === 'ci');
		expect(ofCi.filter((command) => !textOf('.ci/run').includes(`step ${command}`))).toEqual([]);
		const languages = [...textOf(page).matchAll(/^ *```(.*)\n[\s\S]*?^ *```$/gm)].map(([, language]) => language);
		expect(languages.filter((language) => !['sh', 'js', 'ts', 'json', 'text', 'mermaid'].includes(language!))).toEqual(
			[],
		);
	});

	test.each(PAGES)('the JSON in %s can be read', (page) => {
		for (const json of blocksOf(page, 'json')) expect(() => void JSON.parse(json)).not.toThrow();
		const inline = [...textOf(page).matchAll(/`(\{".*?\})`/g)].map(([, json = '']) => json);
		for (const json of inline) expect(() => void JSON.parse(json)).not.toThrow();
	});

	test('the invoice of the recipe has the fields that its template reads', () => {
		const [, invoice = ''] = /`(\{"number".*?\})`/.exec(textOf('docs/templates.md')) ?? [];
		const template = textOf('templates/invoice-webhook.json');
		const read = new Set([...template.matchAll(/\$json\.body\.(\w+)/g)].map(([, field]) => field));
		expect([...read].sort()).toEqual(Object.keys(JSON.parse(invoice) as object).sort());
	});
});

describe('the README’s table of operations', () => {
	const nodes = [new SessionKey(), new SessionKeyManager(), new SessionKeyTrigger()].map(
		({ description }) => description as INodeTypeDescription,
	);

	const rowsOf = (type: INodeTypeDescription) =>
		readOperations(type).map(({ path }) => `${type.displayName} > ${path.replace(' > ', ': ')}`);

	test('has each of them, and no other', () => {
		const table = textOf('README.md').split('## Operations')[1]?.split('\n## ')[0] ?? '';
		const rows = [...table.matchAll(/^\| *([^|]*?) *\| *(.*?) *\|/gm)].slice(2);
		let node = '';
		const listed = rows.flatMap(([, named = '', cell = '']) => {
			node = named || node;
			const [resource, operations] = cell.split(': ');
			return operations ? operations.split(', ').map((operation) => `${node} > ${resource}: ${operation}`) : [];
		});
		expect(listed.sort()).toEqual(nodes.flatMap(rowsOf).sort());
		const named = rows.map(([, name]) => name).filter((name) => name);
		expect(named).toEqual(nodes.map(({ displayName }) => displayName));
	});

	test.each(PAGES)('%s names only operations that there are', (page) => {
		const there = nodes.flatMap(rowsOf);
		const resources = [...new Set(there.map((one) => one.replace(/^.* > |: .*$/g, '')))].join('|');
		const pattern = new RegExp(
			`[_*\`](?:(Session Key(?: Manager)?) > )?(${resources})(?:: | > | → )([A-Z][A-Za-z ]*[a-z])`,
			'g',
		);
		const missing = [...textOf(page).matchAll(pattern)].filter(([, node = '', resource, operation]) => {
			const isIt = (one: string) => one.startsWith(node) && one.endsWith(`> ${resource}: ${operation}`);
			return !there.some(isIt);
		});
		expect(missing.map(([text]) => text)).toEqual([]);
	});
});

describe('pictures', () => {
	const files = readdirSync(join(ROOT, 'docs/images')).filter((file) => /\.(png|svg)$/.test(file));

	test('show what is there today; if not, `npm run screenshots` takes them again', () => {
		expect(taken).toEqual(Object.fromEntries(PICTURES.map((picture) => [picture, fingerprint(picture)])));
		expect(files.filter((file) => file.endsWith('.png')).sort()).toEqual(PICTURES.map((name) => `${name}.png`).sort());
	});

	test('are all on some page, with words for those who do not see them', () => {
		const shown = PAGES.flatMap((page) =>
			[...textOf(page).matchAll(/!\[([^\]]{20,})\]\((\S+)\)/g)].map(([, , path = '']) => join(dirname(page), path)),
		);
		expect(files.map((file) => join('docs/images', file)).filter((file) => !shown.includes(file))).toEqual([]);
	});

	test('are small enough to load over a slow line', () => {
		const sizes = files.map((file) => statSync(join(ROOT, 'docs/images', file)).size);
		expect(Math.max(...sizes)).toBeLessThan(500_000);
		expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3_000_000);
	});
});
