import type { Result, Row } from '../bench/support/bench';
import { toMarkdown, type Report } from '../bench/support/table';

/** What `npm run bench` prints. */
export interface Run extends Report {
	machine: string;
	time: string;
	load: number;
	loadAtEnd: number;
	commit: string;
	version: string;
	stock: string;
}

const HEAD = `# Performance

What this package costs, beside a script over the SDK that it is built on. \`npm run bench\` measures both in turn, in one
run on one machine, against the same local chain behind one URL whose every answer can be delayed. Do not edit this page:
\`npm run docs:performance -- <files>\` writes it from what the runs printed.

\`npm run --silent bench > bench.json\` repeats all of it in about an hour (\`npm ci\` before it, nothing else running);
\`npm run --silent bench -- --table\` prints tables, \`-- --only selfPaid\` one of them, \`-- --help\` the rest. Compare the
figures of one run with one another, not with those of another machine.
`;

const LOAD = `The load average is how many programs wanted the processor. Where it is above the number of cores, others used the
machine too: times are longer than on a machine at rest then, and those of short steps most. Ours and stock take
turns, so it meets both.`;

/**
 * docs/performance.md, from one run or from several that are parts of one; of what was measured twice, the later file counts.
 * @throws when a benchmark failed
 */
export function performanceDoc(runs: readonly Run[]): string {
	const results = Object.assign({}, ...runs.map((run) => run.results)) as Record<string, Result>;
	const failed = Object.keys(results).filter((name) => results[name]?.rows.length === 0);
	if (failed.length > 0) throw new Error(`These failed: ${failed.join(', ')}`);
	const sections = [HEAD, about(runs, results), goals(results), toMarkdown({ results, notes: [] })];
	return `${sections.map((section) => section.trim()).join('\n\n')}\n`;
}

function about(runs: readonly Run[], results: Report['results']): string {
	const once = (values: readonly string[]) => [...new Set(values)].join('; ');
	const usedOf = (run: Run) => Object.keys(run.results).filter((name) => results[name] === run.results[name]);
	const load = (run: Run) =>
		`${usedOf(run).join(', ')}: begun ${run.time}, load average ${run.load}, at the end ${run.loadAtEnd}.`;
	return [
		'## Where and when',
		[
			`- Machine: ${once(runs.map(({ machine }) => machine))}.`,
			`- Commit ${once(runs.map(({ commit }) => commit))}; stock is ${once(runs.map(({ stock }) => stock))}.`,
			...[...new Set(runs.flatMap(({ notes }) => notes))].map((note) => `- ${note}`),
			...runs.map((run) => `- ${load(run)}`),
		].join('\n'),
		LOAD,
	].join('\n\n');
}

/** What is wanted, and what was measured: figures of the tables below. */
function goals(results: Record<string, Result>): string {
	const rowsOf = (name: string) => results[name]?.rows ?? [];
	const one = (name: string, wanted: Row, column: string) =>
		rowsOf(name).find((row) => Object.entries(wanted).every(([key, value]) => row[key] === value))?.[column];
	const range = (name: string, column: string, who: (row: Row) => boolean = () => true) => {
		const values = rowsOf(name)
			.filter(who)
			.map((row) => Number(row[column]));
		if (values.length === 0) return undefined;
		const [least, most] = [Math.min(...values), Math.max(...values)];
		return least === most ? String(least) : `${least} to ${most}`;
	};
	const is = (column: string, pattern: RegExp) => (row: Row) => pattern.test(String(row[column]));
	const start = { what: 'ours: all nodes when n8n starts' };
	const at50 = (who: string) => ({ 'latency (ms)': 50, who });
	const rows: [string, string, unknown][] = [
		['Self-paid payment, 50 ms: time, of that of stock', 'at most 0.3', one('selfPaid', at50('ours'), 'ratio')],
		['... requests one after the other, up to the send', '3', one('selfPaid', at50('ours'), 'trips to send')],
		['Sponsored payment: the same', '3', one('sponsored', at50('ours'), 'trips to send')],
		['... without a reference', '3', one('sponsored', at50('ours, without a reference'), 'trips to send')],
		['Check, whatever past and lists: RPC calls', 'flat', range('checkSize', 'RPC calls')],
		['... time in ms', 'flat', range('checkSize', 'time (ms)')],
		['Loading when n8n starts: ms', 'near nothing', one('loading', start, 'time (ms)')],
		['... RSS in MB', 'near nothing', one('loading', start, 'RSS (MB)')],
		["A node's first execution: ms", 'at most 100', range('loading', 'time (ms)', is('what', /first execution/))],
		['... ms of the processor', '', range('loading', 'CPU (ms)', is('what', /first execution/))],
		['... RSS in MB', 'at most 15', range('loading', 'RSS (MB)', is('what', /first execution/))],
		['Packed tarball in MB', 'at most 3', one('loading', start, 'packed (MB)')],
		['Installed packages', 'few', one('loading', start, 'packages')],
		['Memory for each item checked, in bytes', 'flat', rowsOf('memory').at(-1)?.['growth per item (bytes)']],
	];
	const lines = rows.map((cells) => `| ${cells.map((cell) => String(cell ?? 'not measured')).join(' | ')} |`);
	return ['## Goals', ['| what | goal | measured |', '| --- | --- | --- |', ...lines].join('\n')].join('\n\n');
}
