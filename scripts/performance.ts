// `npm run docs:performance -- <files>`: writes docs/performance.md and docs/provider-plans.md from what `npm run bench` printed into
// these files; only the page whose figures are there.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { performanceDoc, type Run } from './performanceDoc';
import { providerPlansDoc } from './providerPlansDoc';

async function main(files: readonly string[]): Promise<void> {
	if (files.length === 0) throw new Error('Name the files that `npm run --silent bench > <file>` wrote');
	const runs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Run);
	const withPlans = runs.filter(({ results }) => results.plan).at(-1);
	if (withPlans) await write('docs/provider-plans.md', providerPlansDoc(withPlans));
	const others = runs
		.map((run) => ({ ...run, results: without(run.results, 'plan') }))
		.filter(({ results }) => Object.keys(results).length > 0);
	if (others.length > 0) await write('docs/performance.md', performanceDoc(others));
}

async function write(page: string, text: string): Promise<void> {
	writeFileSync(page, await format(text, { ...(await resolveConfig(page)), parser: 'markdown' }));
}

function without<T>(record: Record<string, T>, name: string): Record<string, T> {
	return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

main(process.argv.slice(2)).catch((error: unknown) => {
	process.stderr.write(`${(error as Error).message}\n`);
	process.exitCode = 1;
});
