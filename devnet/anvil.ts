import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startGuarded, type Guarded } from './guarded';

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
 * Starts an anvil and waits until it answers.
 *
 * @example
 * const anvil = await startAnvil({ chainId: 84532 });
 * await fetch(anvil.url, ...);
 * await anvil.close();
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
	// Anvil leaves the states of earlier blocks where it wrote them.
	const folder = await mkdtemp(join(tmpdir(), 'devnet-chain-'));
	const command = [anvilBinary(), ...anvilArguments(options), '--cache-path', folder];
	const program = startGuarded(command, { removes: folder, env: { ...process.env, ...THREADS } });
	const port = await listeningPort(program);
	return { url: `http://127.0.0.1:${port}`, port, close: program.stop };
}

/**
 * A fork's threads wait for the chain behind it while they hold what the thread with its answer needs: with one for each
 * of two cores, and with 16, all of them waited for ever where as many requests came at once. So there are more of them than
 * requests. tokio::runtime::Builder::worker_threads names the variable.
 */
const THREADS = { TOKIO_WORKER_THREADS: '256' };

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
	const arch = process.arch === 'x64' ? 'amd64' : process.arch;
	const paths = [dirname(require.resolve('@foundry-rs/anvil/package.json'))];
	return require.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`, { paths });
}

/** Anvil prints its address once it answers; its output ends without that line when it could not start. */
async function listeningPort(program: Guarded): Promise<number> {
	const port = (await program.printed(/Listening on \S+:(\d+)/))?.[1];
	if (port) return Number(port);
	await program.stop();
	throw new Error(`anvil did not start: ${program.output().trim().slice(-500)}`);
}
