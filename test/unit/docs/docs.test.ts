import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { refusalsDoc } from '../../../scripts/refusalsDoc';

const root = join(__dirname, '../../..');
const pages = [
	...readdirSync(root).filter((file) => file.endsWith('.md')),
	...readdirSync(join(root, 'docs'))
		.filter((file) => file.endsWith('.md'))
		.map((file) => `docs/${file}`),
	'devnet/README.md',
	'demo/n8n/README.md',
];
const scripts = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as object);
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

test('the page of refusals is what the code says', () => {
	expect(textOf('docs/refusals.md')).toBe(refusalsDoc());
});

/** The anchor that a heading gets on GitHub. */
const anchorOf = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replace(/\s/g, '-');

test.each(pages)('%s links only to what is there', (page) => {
	const links = [...textOf(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => link);
	const broken = links.filter((link) => {
		const [path = '', anchor] = link.split('#');
		const target = path ? join(dirname(page), path) : page;
		if (!existsSync(join(root, target))) return true;
		if (!anchor) return false;
		const headings = [...textOf(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
		return !headings.includes(anchor);
	});
	expect(broken).toEqual([]);
});

test.each(pages)('%s names only commands that exist', (page) => {
	const named = [...textOf(page).matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);
	expect(named.filter((script) => !scripts.includes(script))).toEqual([]);
});

test.each(pages)('the JSON in %s can be read', (page) => {
	for (const [, json = ''] of textOf(page).matchAll(/```json\n([\s\S]*?)```/g))
		expect(() => JSON.parse(json)).not.toThrow();
});
