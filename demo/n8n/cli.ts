import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../devnet/guarded';
import type { InstalledN8n } from './install';
import type { Credential, Workflow } from './rest';
import { environment } from './start';

/** n8n's own commands, without a server. */
export interface Cli {
	importCredentials(credentials: Array<Credential & { id: string }>): Promise<void>;
	importWorkflow(workflow: Workflow & { id: string }): Promise<void>;
	/** Runs a workflow from its first trigger. Never throws because the workflow failed. */
	execute(workflowId: string): Promise<CliExecution>;
	/** Any other command: the arguments go after `n8n`. */
	run(...args: string[]): Promise<CliResult>;
}

/** What a command did. */
interface CliResult {
	exitCode: number;
	output: string;
}

/** What came of running a workflow. */
interface CliExecution extends CliResult {
	/** n8n's record of the run, when it got far enough to write one. */
	data?: { data: { resultData: { runData: Record<string, unknown>; error?: { message: string } } } };
}

/**
 * n8n's commands over one user folder.
 *
 * @example
 * const cli = n8nCli(n8n, await prepareUserFolder({ n8n, packageTarball }));
 * await cli.importWorkflow({ ...workflow, id: 'salaries' });
 * const { exitCode } = await cli.execute('salaries');
 */
export function n8nCli(n8n: InstalledN8n, userFolder: string, env: Record<string, string> = {}): Cli {
	const run = async (...args: string[]): Promise<CliResult> => {
		const options = { env: { ...environment(n8n, userFolder, await freePort()), ...env }, maxBuffer: 2 ** 28 };
		return new Promise((resolve) => {
			execFile(n8n.node, [n8n.program, ...args], options, (error, stdout, stderr) =>
				resolve({ exitCode: error ? Number(error.code) || 1 : 0, output: error ? stdout + stderr : stdout }),
			);
		});
	};
	const importFrom = async (what: string, content: unknown): Promise<void> => {
		const folder = await mkdtemp(join(tmpdir(), 'n8n-import-'));
		try {
			await writeFile(join(folder, 'import.json'), JSON.stringify(content), { mode: 0o600 });
			const { exitCode, output } = await run(`import:${what}`, `--input=${join(folder, 'import.json')}`);
			if (exitCode !== 0) throw new Error(`n8n did not import the ${what}: ${output.slice(-1000)}`);
		} finally {
			await rm(folder, { recursive: true });
		}
	};
	return {
		run,
		importCredentials: (credentials) => importFrom('credentials', credentials),
		importWorkflow: (workflow) => importFrom('workflow', [workflow]),
		execute: async (id) => {
			const result = await run('execute', `--id=${id}`, '--rawOutput');
			return { ...result, data: findJson(result.output) };
		},
	};
}

/** Log lines stand before the record, and after it when the workflow failed. */
function findJson(output: string): CliExecution['data'] {
	for (let start = output.indexOf('{'); start >= 0; start = output.indexOf('\n{', start + 1)) {
		for (let end = output.lastIndexOf('}'); end > start; end = output.lastIndexOf('}', end - 1)) {
			try {
				return JSON.parse(output.slice(start, end + 1)) as CliExecution['data'];
			} catch {
				// A shorter piece may be one.
			}
		}
	}
	return undefined;
}
