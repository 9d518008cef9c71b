import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';

/** What an anvil is started with. Everything left out is anvil's own default. */
export interface AnvilOptions {
	/** Port to listen on; left out or 0: any free one. */
	port?: number;
	chainId?: number;
	/** JSON-RPC URL of a chain whose state the anvil continues. */
	forkUrl?: string;
	/** Seconds between blocks; left out: one block for each transaction. */
	blockTime?: number;
	/** Further command line arguments of anvil. */
	args?: readonly string[];
}

/** A running anvil. */
export interface Anvil {
	url: string;
	port: number;
	/** Stops it and resolves when it is gone. May be called more than once. */
	close(): Promise<void>;
}

/**
 * Anvil runs under a shell whose standard input is a pipe from this process. When the pipe closes, because `close`
 * was called or because this process ended in whatever way (Ctrl-C, an exit, even SIGKILL), the shell ends anvil.
 * Signal handlers in this process could not do that.
 */
const GUARD = `trap '' INT
"$@" &
exec >/dev/null 2>&1
cat
kill $!
wait`;

/**
 * Starts an anvil and waits until it answers.
 *
 * @example
 * const anvil = await startAnvil({ chainId: 84532 });
 * await fetch(anvil.url, ...);
 * await anvil.close();
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
	const child = spawnGuarded(anvilBinary(), anvilArguments(options));
	const port = await listeningPort(child);
	let closed: Promise<void> | undefined;
	return {
		url: `http://127.0.0.1:${port}`,
		port,
		close: () => (closed ??= end(child)),
	};
}

function anvilArguments({ port = 0, chainId, forkUrl, blockTime, args = [] }: AnvilOptions): string[] {
	const list = ['--host', '127.0.0.1', '--port', String(port)];
	if (chainId !== undefined) list.push('--chain-id', String(chainId));
	// A forked chain may be a local one that has other contents tomorrow: nothing of it may stay in a cache on disk.
	if (forkUrl !== undefined) list.push('--fork-url', forkUrl, '--no-storage-caching');
	if (blockTime !== undefined) list.push('--block-time', String(blockTime));
	return [...list, ...args];
}

/** The npm package holds anvil's binary in a package of its own for each platform. */
function anvilBinary(): string {
	const { platform } = process;
	const arch = process.arch === 'x64' ? 'amd64' : process.arch;
	const suffix = platform === 'win32' ? '.exe' : '';
	const paths = [dirname(require.resolve('@foundry-rs/anvil/package.json'))];
	return require.resolve(`@foundry-rs/anvil-${platform}-${arch}/bin/anvil${suffix}`, { paths });
}

function spawnGuarded(file: string, args: string[]): ChildProcess {
	if (process.platform === 'win32') return spawn(file, args, { stdio: 'pipe' });
	return spawn('/bin/sh', ['-c', GUARD, 'sh', file, ...args], { stdio: 'pipe' });
}

/** Anvil prints its address once it answers; its output ends without that line when it could not start. */
async function listeningPort(child: ChildProcess): Promise<number> {
	let output = '';
	const port = await new Promise<number | undefined>((resolve) => {
		const read = (chunk: Buffer): void => {
			output += chunk.toString();
			const found = /Listening on \S+:(\d+)/.exec(output);
			if (found) resolve(Number(found[1]));
		};
		child.stdout?.on('data', read);
		child.stderr?.on('data', read);
		child.stdout?.once('end', () => resolve(undefined));
		child.once('error', (error) => {
			output += error.message;
			resolve(undefined);
		});
	});
	child.stdout?.removeAllListeners('data').resume();
	child.stderr?.removeAllListeners('data').resume();
	if (port !== undefined) return port;
	child.stdin?.end();
	throw new Error(`anvil did not start: ${output.trim().slice(-500)}`);
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, 'exit');
	child.stdin?.end();
	if (process.platform === 'win32') child.kill();
	await exited;
}
