import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, textOf } from '../../support/pages';

const PAGE = textOf('docs/architecture.md');

test('names every room of core', () => {
	const files = readdirSync(join(ROOT, 'core'), { recursive: true, encoding: 'utf8' });
	const rooms = new Set(files.filter((file) => /\/.*\.ts$/.test(file)).map((file) => `core/${dirname(file)}/`));
	expect([...rooms].filter((room) => !PAGE.includes(`\`${room}\``))).toEqual([]);
});

test('names no file or folder that is not there', () => {
	const named = PAGE.match(/\b(core|nodes|credentials|contracts|devnet|demo|bench|scripts|test)\/[\w/.]*\w/g) ?? [];
	expect(named.length).toBeGreaterThan(15);
	expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
	const verbs = [...PAGE.matchAll(/<b>(\w+)(\.ts)?<\/b>/g)].map(([, verb]) => `${verb}.ts`);
	expect(verbs.length).toBeGreaterThan(3);
	const folders = ['core/payment', 'core/payment/send'];
	expect(verbs.filter((file) => !folders.some((folder) => existsSync(join(ROOT, folder, file))))).toEqual([]);
});
