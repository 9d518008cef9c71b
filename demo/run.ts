import { execFile, type ExecFileOptions } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a program to its end, and ends it when this process exits before. Gives what it printed. */
export async function run(command: string, args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
	const running = execute(command, args, { maxBuffer: 2 ** 26, ...options });
	const end = (): void => void running.child.kill();
	process.once('exit', end);
	try {
		return String((await running).stdout);
	} finally {
		process.off('exit', end);
	}
}
