import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * The program runs under a shell whose standard input is a pipe from this process. When the pipe closes, because
 * `stop` was called or because this process ended in whatever way (Ctrl-C, an exit, even SIGKILL), the shell kills the
 * program and removes its temporary folder. Signal handlers in this process could not promise that. A terminal's
 * Ctrl-C does not reach the program itself: the shell is in a session of its own.
 */
const GUARD = `
"$@" </dev/null &
exec >/dev/null 2>&1
cat
kill -KILL $!
wait
if [ -n "$GUARD_REMOVES" ]; then rm -rf "$GUARD_REMOVES"; fi`;

/** How a program is started. */
export interface GuardOptions {
	/** Temporary folder that goes when the program does. */
	removes?: string;
	/** Folder it runs in; left out: that of this process. */
	cwd?: string;
}

/** A running program that can't outlive this process. */
export interface Guarded {
	/** The last of what it printed. */
	output(): string;
	/** Resolves with the match when it has printed this, or with undefined when it ended without. */
	printed(pattern: RegExp): Promise<RegExpExecArray | undefined>;
	/** Resolves when the program has ended, by itself or because it was stopped. */
	ended: Promise<void>;
	/** Ends it, and resolves when it and its temporary folder are gone. May be called more than once. */
	stop(): Promise<void>;
}

/** Starts a program that goes, with its temporary folder, when it is stopped or when this process ends. */
export function startGuarded(command: readonly string[], { removes = '', cwd }: GuardOptions = {}): Guarded {
	const child = spawn('/bin/sh', ['-c', GUARD, 'sh', ...command], {
		cwd,
		env: { ...process.env, GUARD_REMOVES: removes },
		stdio: 'pipe',
		detached: true,
	});
	const exited = once(child, 'exit');
	// The program holds this pipe alone: the shell gave it up.
	const ended = once(child.stdout, 'end').then(() => undefined);
	const output = keepLast(child);
	return {
		output,
		printed: (pattern) => match(child, output, pattern),
		ended,
		stop: async () => {
			child.stdin.end();
			await exited;
		},
	};
}

function match(child: ChildProcess, output: () => string, pattern: RegExp): Promise<RegExpExecArray | undefined> {
	return new Promise((resolve) => {
		const look = (): void => {
			const found = pattern.exec(output());
			if (!found) return;
			child.stdout?.off('data', look);
			resolve(found);
		};
		child.stdout?.on('data', look);
		child.stdout?.once('end', () => resolve(undefined));
		look();
	});
}

function keepLast(child: ChildProcess, limit = 20_000): () => string {
	let text = '';
	const read = (chunk: Buffer): void => {
		text = (text + chunk.toString()).slice(-limit);
	};
	child.stdout?.on('data', read);
	child.stderr?.on('data', read);
	return () => text;
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	await once(server.close(), 'close');
	return port;
}
