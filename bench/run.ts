import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, platform, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PLANS, startDevnet, type PlanName } from '../devnet';
import { checkSize } from './checkSize';
import { hundredPayments } from './hundredPayments';
import { loading } from './loading';
import { memory } from './memory';
import { plan, SHOWN_PLANS } from './plan';
import { selfPaid } from './selfPaid';
import { sponsored } from './sponsored';
import type { Result, Stage } from './support/bench';
import { bundle, stubbed } from './support/bundle';
import type { OurSubject, Subject } from './support/subject';
import { toMarkdown } from './support/table';
import { startWorker } from './support/worker';
import { unavailable } from './unavailable';

const BENCHMARKS: Record<string, (stage: Stage) => Promise<Result>> = {
	selfPaid,
	sponsored,
	hundredPayments,
	checkSize,
	unavailable,
	loading,
	memory,
	plan,
};

const USAGE = `npm run bench -- [options]

  --table         Markdown tables instead of JSON
  --only <name>   one of ${Object.keys(BENCHMARKS).join(', ')}; may be given several times
  --pairs <n>     how often each is measured (15)
  --plan <name>   for plan: one of ${Object.keys(PLANS).join(', ')}; may be given several times (${SHOWN_PLANS.join(', ')})
  --help          print this
`;

/** A chain that the stock SDK takes: it refuses any that isn't in its list (Base Sepolia). */
const CHAIN_ID = 84532;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			table: { type: 'boolean', default: false },
			only: { type: 'string', multiple: true },
			pairs: { type: 'string', default: '15' },
			plan: { type: 'string', multiple: true, default: [...SHOWN_PLANS] },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) return void process.stdout.write(USAGE);
	const names = values.only ?? Object.keys(BENCHMARKS);
	const unknown = names.filter((name) => !BENCHMARKS[name]);
	const pairs = Number(values.pairs);
	const plans = values.plan as PlanName[];
	if (unknown.length > 0 || !(pairs >= 1) || plans.some((name) => !PLANS[name])) throw new Error(USAGE);
	const results: Record<string, Result> = {};
	const began = { time: new Date().toISOString(), load: loadavg()[0] };
	await onStage({ pairs, plans }, async (stage) => {
		for (const name of names) results[name] = await resultOf(name, stage);
	});
	const report = { machine: machine(), ...began, loadAtEnd: loadavg()[0], ...versions(), notes: notes(), results };
	process.stdout.write(values.table ? toMarkdown(report) : `${JSON.stringify(report, null, '\t')}\n`);
}

/** A benchmark that fails says so, and the others go on. */
async function resultOf(name: string, stage: Stage): Promise<Result> {
	try {
		return await (BENCHMARKS[name] as (stage: Stage) => Promise<Result>)(stage);
	} catch (error) {
		process.exitCode = 1;
		return { title: name, rows: [], notes: [`It failed: ${(error as Error).stack}`] };
	}
}

async function onStage(asked: Pick<Stage, 'pairs' | 'plans'>, act: (stage: Stage) => Promise<void>): Promise<void> {
	const log = (line: string) => process.stderr.write(`${line}\n`);
	const folder = mkdtempSync(join(tmpdir(), 'bench-'));
	const devnet = await startDevnet({ chainId: CHAIN_ID });
	try {
		const [oursFile, stockFile] = await Promise.all([bundle('ours.ts', folder), bundle('stock.ts', folder)]);
		const another = {
			ours: () => startWorker<OurSubject>(oursFile),
			stock: () => startWorker<Subject>(stockFile),
		};
		const [ours, stock] = [another.ours(), another.stock()];
		try {
			await act({ devnet, ours, stock, another, ...asked, folder, log });
		} finally {
			await Promise.all([ours.close(), stock.close()]);
		}
	} finally {
		await devnet.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

function machine(): string {
	const [cpu] = cpus();
	const memory = Math.round(totalmem() / 2 ** 30);
	return `${cpu?.model ?? 'unknown'}, ${cpus().length} cores, ${memory} GB, ${platform()}, Node ${process.version}`;
}

function versions() {
	const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
	const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
		version: string;
		devDependencies: Record<string, string>;
	};
	const changed = git('status', '--porcelain', '--', 'core', 'nodes', 'bench', 'devnet') ? ' with changes' : '';
	return {
		commit: `${git('rev-parse', '--short', 'HEAD')}${changed}`,
		version: manifest.version,
		stock: `@alchemy/aa-alchemy ${manifest.devDependencies['@alchemy/aa-alchemy']}`,
	};
}

function notes(): string[] {
	return [
		'The chain is local (anvil, a real EntryPoint and the bundler alto, behind one URL); the account and plugin contracts are stand-ins.',
		`The stock SDK's index can't be imported as it is: these modules, which no payment uses, are stubs in its bundle: ${[...stubbed].sort().join(', ')}.`,
		'Ours and stock each run in a process of their own, bundled in the same way, and both over fetch.',
	];
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
	process.exitCode = 1;
});
