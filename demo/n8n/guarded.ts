import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * The program runs under a shell, in a process group of its own, and the shell's standard input is a pipe from this
 * process. When the pipe closes, because `stop` was called or because this process ended in whatever way (Ctrl-C, an
 * exit, even SIGKILL), the shell asks the program to end, ends the whole group after six seconds at most, and removes the
 * temporary folder. Signal handlers in this process could not promise that.
 */
const GUARD = `
"$@" </dev/null &
exec >/dev/null 2>&1
cat
trap : TERM
kill -TERM 0
waited=0
while kill -0 $! && [ $waited -lt 60 ]; do sleep 0.1; waited=$((waited + 1)); done
kill -KILL $!
if [ -n "$GUARD_REMOVES" ]; then rm -rf "$GUARD_REMOVES"; fi
kill -KILL 0`;

/** A running program that can't outlive this process. */
export interface Guarded {
	/** The last lines it printed. */
	logs(): string;
	/** Resolves when the program has ended, by itself or because it was stopped. */
	ended: Promise<void>;
	/** Ends it and everything it started. May be called more than once. */
	stop(): Promise<void>;
	/** Ends it and everything it started at once, as a crash would. */
	kill(): Promise<void>;
}

/** Starts a program whose processes, and temporary folder, go when it is stopped or this process ends. */
export function startGuarded(
	command: readonly string[],
	options: { env: NodeJS.ProcessEnv; cwd?: string; removes?: string },
): Guarded {
	const child = spawn('/bin/sh', ['-c', GUARD, 'sh', ...command], {
		cwd: options.cwd,
		env: { ...options.env, GUARD_REMOVES: options.removes ?? '' },
		stdio: 'pipe',
		detached: true,
	});
	const exited = once(child, 'exit');
	// Only the program and what it started hold this pipe: the shell gave it up.
	const ended = once(child.stdout, 'end').then(() => undefined);
	const logs = keepLastLines(child);
	return {
		logs,
		ended,
		stop: async () => {
			child.stdin.end();
			await exited;
		},
		kill: async () => {
			if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGKILL');
			await exited;
		},
	};
}

function keepLastLines(child: ChildProcess, limit = 200_000): () => string {
	let text = '';
	const read = (chunk: Buffer): void => {
		text = (text + chunk.toString()).slice(-limit);
	};
	child.stdout?.on('data', read);
	child.stderr?.on('data', read);
	return () => text;
}

/** Ports that nothing listens on. They are held until all are found, so no two are alike. */
export async function freePorts(count: number): Promise<number[]> {
	const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
	await Promise.all(servers.map((server) => once(server, 'listening')));
	const ports = servers.map((server) => (server.address() as AddressInfo).port);
	await Promise.all(servers.map((server) => once(server.close(), 'close')));
	return ports;
}

/** Fails when something listens there already: it would be taken for the program that is to be started. */
export async function assertPortIsFree(port: number): Promise<void> {
	const server = createServer();
	const listening = once(server, 'listening');
	server.listen(port, '127.0.0.1');
	await listening.catch(() => {
		throw new Error(`Port ${port} is in use.`);
	});
	await once(server.close(), 'close');
}
