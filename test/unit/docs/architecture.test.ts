import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, textOf } from '../../support/pages';

const PAGE = textOf('docs/architecture.md');

test('names every room of core', () => {
	const rooms = readdirSync(join(ROOT, 'core'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
	expect(rooms.map(({ name }) => `core/${name}/`).filter((room) => !PAGE.includes(`\`${room}\``))).toEqual([]);
});

test('names no file or folder that is not there', () => {
	const named = PAGE.match(/\b(core|nodes|credentials|contracts|devnet|demo|bench|scripts|test)\/[\w/.]*\w/g) ?? [];
	expect(named.length).toBeGreaterThan(15);
	expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
	const verbs = [...PAGE.matchAll(/<b>(\w+)(\.ts)?<\/b>/g)].map(([, verb]) => `core/payment/${verb}.ts`);
	expect(verbs.length).toBeGreaterThan(3);
	expect(verbs.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
