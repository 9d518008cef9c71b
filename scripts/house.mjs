#!/usr/bin/env node
// Prints what the house is made of, and fails where it doesn't hold: `npm run house`, a part of `npm run lint`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import ts from 'typescript';
import { FLOORS, WORKSHOPS } from './floors.mjs';

const ROOTS = ['core', 'nodes', 'credentials', ...Object.keys(WORKSHOPS).map((folder) => folder.replace('/', ''))];

const graph = await importGraph();
const files = graph.modules.map(({ source }) => source).filter(isOurs);
const shipped = files.filter((file) => /^(core|nodes|credentials)\//.test(file));
const unused = unusedParts();

console.log(`files                      ${files.length}, of which ${shipped.length} ship`);
console.log(`functions                  ${functionsIn(files)}, of which ${functionsIn(shipped)} ship`);
report('wrong arrows', wrongArrows());
report('circles', circles());
report(
	'files on no floor',
	shipped.filter((file) => floorOf(file) < 0),
);
report('files without importer', unused.files);
report('exports without importer', unused.exports);
report('dependencies not used', unused.dependencies);

function report(what, findings) {
	console.log(`${what.padEnd(26)} ${findings.length}`);
	for (const finding of findings) console.log(`  ${finding}`);
	if (findings.length > 0) process.exitCode = 1;
}

/** Every import between files, those of types alone too. */
async function importGraph() {
	const { output } = await cruise(
		ROOTS,
		{
			ruleSet: { forbidden: [{ name: 'circle', severity: 'error', from: {}, to: { circular: true } }] },
			validate: true,
			tsPreCompilationDeps: true,
			doNotFollow: { path: 'node_modules' },
			exclude: { path: '^dist/|^build/' },
		},
		undefined,
		{ tsConfig: extractTSConfig('tsconfig.json') },
	);
	return output;
}

function circles() {
	return graph.summary.violations.map(({ from, cycle }) => [from, ...cycle.map(({ name }) => name)].join(' -> '));
}

function wrongArrows() {
	const arrows = graph.modules.flatMap(({ source, dependencies }) =>
		dependencies.map(({ resolved }) => ({ from: source, to: resolved })),
	);
	return arrows.filter(({ from, to }) => isOurs(from) && isWrong(from, to)).map(({ from, to }) => `${from} -> ${to}`);
}

function isWrong(from, to) {
	if (from.startsWith('core/') && to.includes('node_modules/n8n-')) return true;
	if (!isOurs(to)) return false;
	const shop = Object.keys(WORKSHOPS).find((folder) => from.startsWith(folder));
	if (shop && floorOf(from) < 0) return ![shop, ...WORKSHOPS[shop]].some((folder) => to.startsWith(folder));
	const isOfAnotherNode = nodeOf(from) && nodeOf(to) && nodeOf(from) !== nodeOf(to);
	return floorOf(to) < 0 || floorOf(to) > floorOf(from) || isOfAnotherNode;
}

function isOurs(file) {
	return ROOTS.includes(file.split('/')[0]);
}

/** The height of what ships; -1 for what doesn't. */
function floorOf(file) {
	const paths = FLOORS.flatMap(({ paths }, height) => paths.map((path) => ({ path, height })));
	const named = paths.filter(({ path }) => file.startsWith(path)).sort((a, b) => b.path.length - a.path.length);
	return named[0]?.height ?? -1;
}

function nodeOf(file) {
	return /^nodes\/(SessionKey\w*)\//.exec(file)?.[1];
}

/** By knip; what it begins at stands in knip.json. */
function unusedParts() {
	const options = ['--no-progress', '--no-exit-code', '--reporter', 'json'];
	const { issues } = JSON.parse(execFileSync('node_modules/.bin/knip', options, { encoding: 'utf8' }));
	const all = (...kinds) =>
		issues.flatMap((issue) => kinds.flatMap((kind) => (issue[kind] ?? []).map(({ name }) => `${issue.file}: ${name}`)));
	return {
		files: all('files'),
		exports: all('exports', 'types', 'enumMembers', 'namespaceMembers', 'duplicates'),
		dependencies: all(
			'dependencies',
			'devDependencies',
			'optionalPeerDependencies',
			'unlisted',
			'binaries',
			'unresolved',
		),
	};
}

function functionsIn(files) {
	let count = 0;
	const visit = (node) => {
		if (ts.isFunctionLike(node) && node.body) count += 1;
		ts.forEachChild(node, visit);
	};
	for (const file of files.filter((file) => /\.(ts|mjs)$/.test(file))) {
		visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext));
	}
	return count;
}
