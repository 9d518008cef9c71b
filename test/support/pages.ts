import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');

/** Every page of the documentation. */
export const PAGES = [
	...markdownIn('.'),
	...markdownIn('docs'),
	'contracts/README.md',
	'devnet/README.md',
	'demo/n8n/README.md',
];

function markdownIn(folder: string): string[] {
	const files = readdirSync(join(ROOT, folder)).filter((file) => file.endsWith('.md'));
	return files.map((file) => join(folder, file));
}

/** The files anywhere in a folder whose names end so. */
export function filesIn(folder: string, ending: string): string[] {
	return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith(ending))
		.map((file) => join(folder, file));
}

export function textOf(page: string): string {
	return readFileSync(join(ROOT, page), 'utf8');
}

/** The blocks of one language, such as `sh`, on a page. */
export function blocksOf(page: string, language: string): string[] {
	return [...textOf(page).matchAll(/^ *```(.*)\n([\s\S]*?)^ *```$/gm)]
		.filter(([, found]) => found === language)
		.map(([, , block = '']) => block);
}

/** The commands that a page tells its reader to type, in their order. */
export function commandsOf(page: string): string[] {
	return blocksOf(page, 'sh').flatMap((block) => block.trim().split('\n'));
}

/** Which test runs a command. */
const RUNNERS = {
	/** CI itself, as one of its steps: .ci/run. */
	ci: /^npm ci( && npm test)?$/,
	/** test/chain/commands.test.ts. */
	chain: /^(npm run devnet|npm run registry|curl <url>)/,
	/** test/chain/ownBundler.test.ts. */
	bundler: /^ALTO_RPC_URL=/,
	/** test/editor/commands.test.ts. */
	editor: /^((npm ci && )?npm run demo|npm run pack|mkdir -p ~\/\.n8n|npm install --prefix ~\/\.n8n)/,
} as const;

/** The command's runners: exactly one, or the test of the pages says so. */
export function runnersOf(command: string): Array<keyof typeof RUNNERS> {
	const runners = Object.entries(RUNNERS) as Array<[keyof typeof RUNNERS, RegExp]>;
	return runners.filter(([, pattern]) => pattern.test(command)).map(([runner]) => runner);
}

/** Every command, once, that one of the tests has to run. */
export function commandsFor(runner: keyof typeof RUNNERS): string[] {
	return [...new Set(PAGES.flatMap(commandsOf))].filter((command) => runnersOf(command).includes(runner));
}
