import { mkdtemp } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { numberToHex, parseEther, type Hex } from 'viem';
import { ADDRESSES } from './contracts/addresses';
import { transact } from './contracts/deploy';
import { defaultAccount, ROLES, type Account } from './mnemonic';
import { freePort, startGuarded, type Guarded } from './guarded';
import type { Request } from './rpc';

/** What a bundler is started with. */
export interface BundlerOptions {
	/** JSON-RPC URL of the anvil it works on. */
	rpcUrl: string;
	/** Calls that anvil. */
	request: Request;
	/** Seconds between blocks, when the chain does not mine each transaction at once. */
	blockTime?: number;
}

/** A running bundler. */
export interface Bundler {
	url: string;
	/** Resolves when it answers, which takes some seconds. */
	ready: Promise<void>;
	/** Ends it and resolves when it is gone. */
	close(): Promise<void>;
}

/** How alto is told to be quick on a local chain; times in milliseconds. */
const QUICK = {
	'min-bundle-interval': 10,
	'max-bundle-interval': 50,
	// It looks for its bundle's block four times as often as this.
	'block-time': 200,
	// A chain here may go back to an earlier block: nothing about it is remembered.
	'receipt-cache-ttl': 1,
	'block-number-cache-ttl': 1,
};

/** What alto refuses by default and a busy test needs: many operations of one account at once. */
const ROOMY = { 'mempool-max-parallel-ops': 1000, 'max-block-range': 100_000 };

const START_MILLISECONDS = 30_000;

/**
 * Starts the bundler, `@pimlico/alto`, as a process of its own. Its executors and the contract it simulates bundles
 * with are put on the chain first.
 */
export async function startBundler({ rpcUrl, request, blockTime }: BundlerOptions): Promise<Bundler> {
	const executors = ROLES.executors.map(defaultAccount);
	const utility = defaultAccount(ROLES.bundlerUtility);
	const [simulations, port, folder] = await Promise.all([
		deploySimulations(request, utility, executors),
		freePort(),
		// An empty folder to run in: it would read settings from a .env file in the folder of whoever started it.
		mkdtemp(join(tmpdir(), 'devnet-bundler-')),
	]);
	const settings = {
		entrypoints: ADDRESSES.EntryPoint,
		'executor-private-keys': executors.map(({ privateKey }) => privateKey).join(','),
		'utility-private-key': utility.privateKey,
		'rpc-url': rpcUrl,
		port,
		'safe-mode': false,
		'min-executor-balance': 0,
		'utility-wallet-monitor': false,
		'deploy-simulations-contract': false,
		// A test may stop it from bundling, and have it bundle once: debug_bundler_setBundlingMode, _sendBundleNow.
		'enable-debug-endpoints': true,
		'pimlico-simulation-contract': simulations,
		'log-level': 'error',
		...QUICK,
		...ROOMY,
		...(blockTime === undefined ? {} : { 'block-time': blockTime * 1000 }),
	};
	const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
	const program = startGuarded([process.execPath, join(packageFolder(), 'esm/cli/alto.js'), 'run', ...args], {
		removes: folder,
		cwd: folder,
	});
	const url = `http://127.0.0.1:${port}`;
	const ready = answering(url, program);
	// Whoever stops it early is not told that it did not start.
	ready.catch(() => undefined);
	return { url, ready, close: program.stop };
}

function packageFolder(): string {
	return dirname(dirname(require.resolve('@pimlico/alto')));
}

/** Alto deploys this by itself too, with four more that only later EntryPoints need, and takes seconds for it. */
async function deploySimulations(request: Request, utility: Account, executors: readonly Account[]): Promise<Hex> {
	for (const { address } of [utility, ...executors]) {
		await request('anvil_setBalance', [address, numberToHex(parseEther('10000'))]);
	}
	const file = join(packageFolder(), 'esm/contracts/PimlicoSimulations.sol/PimlicoSimulations.json');
	const { bytecode } = JSON.parse(readFileSync(file, 'utf8')) as { bytecode: { object: Hex } };
	await request('anvil_impersonateAccount', [utility.address]);
	const { contractAddress } = await transact(request, { from: utility.address, data: bytecode.object });
	await request('anvil_stopImpersonatingAccount', [utility.address]);
	if (!contractAddress) throw new Error('the contract for simulations was not created');
	return contractAddress;
}

async function answering(url: string, program: Guarded): Promise<void> {
	let running = true;
	void program.ended.then(() => (running = false));
	const deadline = Date.now() + START_MILLISECONDS;
	while (running && Date.now() < deadline) {
		const reply = await fetch(`${url}/health`).catch(() => undefined);
		if (reply?.ok) return;
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	await program.stop();
	throw new Error(`the bundler did not start: ${program.output().trim().slice(-2000)}`);
}
