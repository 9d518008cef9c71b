import type { Hex } from 'viem';
import { startDevnet, type DevnetClient, type DevnetOptions, type FaultRule } from '../../devnet';
import { rpcClient } from '../../devnet/rpc';
import { passTime, prepare, readChain, type Scene } from './chain';
import { CHAINS, type ChainName, type Circumstances, type Payment, type WorkerSetup } from './messages';
import { checkChain, checkLater, checkRuns, checkWords, type Check } from './checks';
import { Pool } from './pool';
import { circumstances, generator, shuffled } from './random';

export interface PlayOptions {
	/** How many references. */
	payments: number;
	/** How often each of them is triggered. */
	triggers: number;
	workers: number;
	/** How many payments each worker makes at the same time. */
	atOnce: number;
	/** How many runs end between one SIGKILL and the next, on average. */
	killEvery: number;
	/** The same random moments and faults each time. */
	seed: number;
	/** Whether the same references come again a year later; the chain must be one's own. */
	yearLater: boolean;
	log?: (line: string) => void;
}

const YEAR_SECONDS = 365 * 24 * 60 * 60;
/** Shorter than a payment takes when an operation got lost: some runs end as pending. */
const TIME_LIMIT = 6_000;

/** Some of everything that goes wrong between a process and its endpoint; each reply of 30 is not what it should be. */
function faults(seed: number): FaultRule[] {
	const sending = ['eth_sendUserOperation'];
	const receipts = ['eth_getUserOperationReceipt'];
	const busy = { code: 429, message: 'Your app has exceeded its compute units per second capacity' };
	const rules: FaultRule[] = [
		{ kind: 'http', status: 429, retryAfter: 1, probability: 0.01 },
		{ kind: 'http', status: 503, probability: 0.02 },
		{ kind: 'http', status: 500, match: sending, probability: 0.03, carriedOut: true },
		{ kind: 'drop', match: sending, probability: 0.05 },
		{ kind: 'drop', match: sending, probability: 0.03, carriedOut: false },
		{ kind: 'drop', probability: 0.01 },
		{ kind: 'error', ...busy, probability: 0.005 },
		{ kind: 'error', code: -32603, message: 'Internal error', match: sending, probability: 0.02, carriedOut: true },
		{ kind: 'answer', result: null, match: receipts, probability: 0.1 },
		{ kind: 'latency', milliseconds: 300, probability: 0.03 },
	];
	return rules.map((rule, index) => ({ ...rule, seed: seed * 100 + index }));
}

/** The chain that is paid on, and a fork of it; for each of them the people who share the processes. */
type Stage = Record<ChainName, { devnet: DevnetClient; users: DevnetClient[] }>;

/**
 * Triggers every payment several times from processes that get killed, by two keys, over endpoints that fail, lag and
 * lie, and on a fork as well; then looks on the chains whether each was paid exactly once, and whether what was said
 * is true.
 */
export async function play(devnet: DevnetClient, options: PlayOptions): Promise<{ checks: Check[]; figures: object }> {
	const scene = await prepare(devnet, options.payments);
	const fork = await startDevnet(await continued(devnet));
	try {
		const stageOf = (one: DevnetClient) => ({
			devnet: one,
			users: ['first', 'second'].map((name) => one.withKey(name)),
		});
		return await playOn({ main: stageOf(devnet), fork: stageOf(fork) }, scene, options);
	} finally {
		await fork.close();
	}
}

/**
 * Anvil's own forks now and then wait for ever under so many requests: a chain that began here is copied instead. One with
 * the deployed contracts is another's, or a fork already.
 */
async function continued({ chainUrl, chainId }: DevnetClient): Promise<DevnetOptions> {
	if (process.env.CHAIN_TEST_RPC_URL) return { forkUrl: chainUrl };
	return { chainId, state: await rpcClient(chainUrl)<Hex>('anvil_dumpState') };
}

async function playOn(stage: Stage, scene: Scene, options: PlayOptions): Promise<{ checks: Check[]; figures: object }> {
	const { log = () => {}, triggers, yearLater, seed } = options;
	const { payments } = scene;
	const users = CHAINS.flatMap((chain) => stage[chain].users);
	const setup = setupOf(stage, scene);
	const runs = shuffled(
		payments.flatMap((payment) => Array.from({ length: triggers }, () => payment)),
		seed,
	);
	log(`${payments.length} payments, each triggered ${triggers} times, from ${options.workers} processes`);
	for (const [index, user] of users.entries()) await user.faults.set(...faults(seed + index));
	const random = generator(seed);
	const fire = await deliver(setup, runs, options, () => circumstances(random), log);
	const struck = await strikes(users);
	for (const user of users) await user.faults.clear();
	log('looking on the chains');
	const { finished } = fire.pool;
	const checks: Check[] = [];
	for (const chain of CHAINS) {
		const onChain = await readChain(stage[chain].devnet, scene, chain);
		const here = finished.filter(({ payment }) => payment.chain === chain);
		const due = payments.filter((payment) => payment.chain === chain);
		checks.push(...checkRuns(due, here, chain), ...checkChain(onChain, due, chain), checkWords(here, onChain, chain));
	}
	const figures = { ...figuresOf(fire, runs.length), faults: struck };
	if (!yearLater) return { checks, figures };

	log('a year passes, and every process starts anew');
	const { devnet } = stage.main;
	await passTime(devnet, YEAR_SECONDS);
	for (const user of stage.main.users) await user.calls.clear();
	const again = payments.filter(({ chain }) => chain === 'main');
	const plain = (): Circumstances => ({ ...circumstances(random), node: 'true', stopAfter: undefined });
	const later = await deliver(setup, again, { ...options, killEvery: Infinity }, plain, log);
	const onChain = await readChain(devnet, scene, 'main');
	checks.push(...checkLater(later.pool.finished), ...checkChain(onChain, again, 'main, a year later'));
	checks.push(checkWords(later.pool.finished, onChain, 'main, a year later'));
	const calls = await Promise.all(stage.main.users.map((user) => user.calls.list()));
	const sent = calls.flat().flatMap(({ methods }) => methods.filter((one) => SENDING.test(one)));
	checks.push({ what: 'a year later nothing was sent', holds: sent.length === 0, details: sent.length });
	return { checks, figures: { ...figures, yearLater: figuresOf(later, again.length) } };
}

function setupOf(stage: Stage, { payers, token, fromBlock }: Scene): WorkerSetup {
	const chainOf = ({ devnet, users }: Stage[ChainName]) => ({
		users: users.map(({ url }) => url),
		nodeUrl: devnet.chainUrl,
	});
	const { chainId } = stage.main.devnet;
	return { chains: { main: chainOf(stage.main), fork: chainOf(stage.fork) }, chainId, fromBlock, token, payers };
}

/** How often each fault struck, for all users together. */
async function strikes(users: readonly DevnetClient[]): Promise<Record<string, number>> {
	const sums: Record<string, number> = {};
	for (const user of users) {
		for (const { kind, hits, ...rule } of await user.faults.list()) {
			const name = nameOf({ kind, ...rule });
			sums[name] = (sums[name] ?? 0) + hits;
		}
	}
	return sums;
}

const SENDING = /^eth_send/;
/** At no particular moment of what a process does. */
const LOOK_MILLISECONDS = 37;

interface Delivered {
	pool: Pool;
	milliseconds: number;
}

/** Has all of these run by new processes, killing some of them meanwhile. */
async function deliver(
	setup: WorkerSetup,
	runs: readonly Payment[],
	{ workers, atOnce, killEvery, seed }: PlayOptions,
	draw: () => Circumstances,
	log: (line: string) => void,
): Promise<Delivered> {
	const random = generator(seed);
	const start = Date.now();
	const pool = new Pool({ setup, workers, atOnce, timeLimit: TIME_LIMIT, circumstances: draw });
	let nextKill = killEvery * random();
	const killer = setInterval(() => {
		const ended = pool.finished.length;
		if (ended >= nextKill && pool.kill(random)) nextKill = ended + killEvery * 2 * random();
	}, LOOK_MILLISECONDS);
	const progress = setInterval(() => log(`${pool.left} runs left, ${pool.kills} processes killed`), 15_000);
	try {
		await pool.run(runs);
		return { pool, milliseconds: Date.now() - start };
	} finally {
		clearInterval(killer);
		clearInterval(progress);
		await pool.close();
	}
}

function figuresOf({ pool, milliseconds }: Delivered, asked: number) {
	const took = pool.finished.map((one) => one.took).sort((a, b) => a - b);
	const said: Record<string, number> = {};
	const lied: Record<string, number> = {};
	for (const { said: word, node } of pool.finished) {
		const words = node === 'lying' ? lied : said;
		words[word] = (words[word] ?? 0) + 1;
	}
	const paid = new Set(pool.finished.map(({ payment }) => `${payment.chain} ${payment.reference}`)).size;
	return {
		seconds: Math.round(milliseconds / 1000),
		referencesPerSecond: Math.round((paid / milliseconds) * 100_000) / 100,
		runsAsked: asked,
		runsEnded: pool.finished.length,
		killed: pool.kills,
		said,
		saidOfLies: lied,
		stopped: pool.finished.filter(({ stopAfter }) => stopAfter !== undefined).length,
		lagging: pool.finished.filter(({ node }) => node === 'lagging').length,
		p50Milliseconds: took[Math.floor(took.length / 2)],
		p95Milliseconds: took[Math.floor(took.length * 0.95)],
	};
}

function nameOf(rule: object): string {
	const { kind, status, code, match, carriedOut } = rule as Record<string, unknown>;
	const where = match ? `${String(match)} ` : '';
	const lost = carriedOut === undefined ? '' : carriedOut ? ', carried out' : ', not carried out';
	return `${where}${String(kind)}${status ? ` ${status}` : ''}${code ? ` ${code}` : ''}${lost}`;
}
