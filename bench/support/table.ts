import type { Result, Row } from './bench';

/** What one run found. */
export interface Report {
	results: Record<string, Result>;
	notes: readonly string[];
	[about: string]: unknown;
}

/** The report as Markdown. */
export function toMarkdown({ results, notes, ...about }: Report): string {
	const head = Object.entries(about).map(([name, value]) => `- ${name}: ${String(value)}`);
	const parts = Object.values(results).map(({ title, rows, notes: own }) =>
		[`## ${title}`, table(rows), ...own].join('\n\n'),
	);
	return `${[[...head, ...notes.map((note) => `- ${note}`)].join('\n'), ...parts].join('\n\n')}\n`;
}

/** Rows of the same columns as a Markdown table. */
export function table(rows: readonly Row[]): string {
	const columns = Object.keys(rows[0] ?? {});
	const cells = [
		columns,
		columns.map(() => '---'),
		...rows.map((row) => columns.map((name) => cell(row[name] ?? null))),
	];
	return cells.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cell(value: Row[string]): string {
	return value === null ? '' : String(value);
}
