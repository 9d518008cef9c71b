import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * The program runs under a shell, in a process group of its own, and the shell's standard input is a pipe from this
 * process. When the pipe closes, because `stop` was called or because this process ended in whatever way (Ctrl-C, an
 * exit, even SIGKILL), the shell asks the program to end if it was given time for that, ends the whole group, and removes
 * the temporary folder. Signal handlers in this process could not promise that. A terminal's Ctrl-C does not reach the
 * program itself: the shell is in a session of its own.
 */
const GUARD = `
"$@" </dev/null &
exec >/dev/null 2>&1
cat
trap : TERM
if [ "$GUARD_GRACE" -gt 0 ]; then
	kill -TERM 0
	tenths=0
	while kill -0 $! && [ $tenths -lt $((GUARD_GRACE * 10)) ]; do sleep 0.1; tenths=$((tenths + 1)); done
fi
kill -KILL $!
wait
if [ -n "$GUARD_REMOVES" ]; then rm -rf "$GUARD_REMOVES"; fi
kill -KILL 0`;

/** How a program is started. */
export interface GuardOptions {
	/** Left out: that of this process. */
	env?: NodeJS.ProcessEnv;
	/** Folder it runs in; left out: that of this process. */
	cwd?: string;
	/** Temporary folder that goes when the program does. */
	removes?: string;
	/** Seconds it has to end by itself when it is stopped; left out: none. */
	grace?: number;
}

/** A running program that can't outlive this process. */
export interface Guarded {
	/** The last of what it printed. */
	output(): string;
	/** Resolves with the match when it has printed this, or with undefined when it ended without. */
	printed(pattern: RegExp): Promise<RegExpExecArray | undefined>;
	/** Resolves when the program has ended, by itself or because it was stopped. */
	ended: Promise<void>;
	/** Ends it and everything it started, and resolves when they and the temporary folder are gone. May be called again. */
	stop(): Promise<void>;
	/** Ends it and everything it started at once, as a crash would. The temporary folder stays. */
	kill(): Promise<void>;
}

/** Starts a program whose processes, and temporary folder, go when it is stopped or this process ends. */
export function startGuarded(command: readonly string[], options: GuardOptions = {}): Guarded {
	const { env = process.env, cwd, removes = '', grace = 0 } = options;
	const child = spawn('/bin/sh', ['-c', GUARD, 'sh', ...command], {
		cwd,
		env: { ...env, GUARD_REMOVES: removes, GUARD_GRACE: String(grace) },
		stdio: 'pipe',
		detached: true,
	});
	const exited = once(child, 'exit');
	// Only the program and what it started hold this pipe: the shell gave it up.
	const ended = once(child.stdout, 'end').then(() => undefined);
	const output = keepLast(child);
	const guarded: Guarded = {
		output,
		printed: (pattern) => match(child, output, pattern),
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
	running.add(guarded);
	void exited.then(() => running.delete(guarded));
	return guarded;
}

const running = new Set<Guarded>();

/** Ends every program that this process has started here, also one that is only just starting. */
export async function stopEverything(): Promise<void> {
	await Promise.all([...running].map(({ stop }) => stop()));
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

function keepLast(child: ChildProcess, limit = 200_000): () => string {
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

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
	const [port] = await freePorts(1);
	return port as number;
}

/** Whether nothing listens there. */
export async function isFree(port: number): Promise<boolean> {
	const server = createServer();
	const listening = once(server, 'listening').then(
		() => true,
		() => false,
	);
	server.listen(port, '127.0.0.1');
	const free = await listening;
	if (free) await once(server.close(), 'close');
	return free;
}
