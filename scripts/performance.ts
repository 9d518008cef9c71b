// `npm run docs:performance -- <files>`: writes docs/performance.md from what `npm run bench` printed into these files.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { performanceDoc, type Run } from './performanceDoc';

async function main(files: readonly string[]): Promise<void> {
	if (files.length === 0) throw new Error('Name the files that `npm run --silent bench > <file>` wrote');
	const runs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Run);
	const page = 'docs/performance.md';
	writeFileSync(page, await format(performanceDoc(runs), { ...(await resolveConfig(page)), parser: 'markdown' }));
}

main(process.argv.slice(2)).catch((error: unknown) => {
	process.stderr.write(`${(error as Error).message}\n`);
	process.exitCode = 1;
});
