import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from './pages';

/** Runs a command as it would be typed; it is ended as by Ctrl-C. */
export function type(command: string, env: Record<string, string> = {}) {
	const child = spawn('sh', ['-c', command], { cwd: ROOT, detached: true, env: { ...process.env, ...env } });
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const interrupt = (): void => void process.kill(-child.pid!, 'SIGINT');
	process.once('exit', interrupt);
	const ended = once(child, 'close').then(([code]) => {
		process.off('exit', interrupt);
		return code as number | null;
	});
	return { output: () => output, interrupt, ended };
}

/** The first group of what a command's output matches, as soon as it does. */
export async function printed(output: () => string, pattern: RegExp): Promise<string> {
	for (;;) {
		const found = pattern.exec(output())?.[1];
		if (found) return found;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
