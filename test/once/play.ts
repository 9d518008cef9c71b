import type { DevnetClient, FaultRule } from '../../devnet';
import { passTime, prepare, readChain, type Scene } from './chain';
import type { Payment } from './messages';
import { Pool, type Finished } from './pool';

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

/** One thing that must be true. */
export interface Check {
	what: string;
	holds: boolean;
	/** What is wrong, when something is. */
	details?: unknown;
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

/**
 * Triggers every payment several times from processes that get killed, over an endpoint that fails; then looks on the
 * chain whether each was paid exactly once.
 */
export async function play(devnet: DevnetClient, options: PlayOptions): Promise<{ checks: Check[]; figures: object }> {
	const { log = () => {}, triggers, yearLater } = options;
	const scene = await prepare(devnet, options.payments);
	const runs = shuffled(
		scene.payments.flatMap((payment) => Array.from({ length: triggers }, () => payment)),
		options.seed,
	);
	log(`${scene.payments.length} payments, each triggered ${triggers} times, from ${options.workers} processes`);
	await devnet.faults.set(...faults(options.seed));
	const fire = await deliver(scene, runs, options, log);
	const struck = (await devnet.faults.list()).map(({ kind, hits, ...rule }) => [nameOf({ kind, ...rule }), hits]);
	await devnet.faults.clear();
	log('looking on the chain');
	const checks = [...checkRuns(scene, fire.pool.finished), ...(await checkChain(devnet, scene, 'then'))];
	const figures = { ...figuresOf(fire, runs.length), faults: Object.fromEntries(struck) };
	if (!yearLater) return { checks, figures };

	log('a year passes, and every process starts anew');
	await passTime(devnet, YEAR_SECONDS);
	await devnet.calls.clear();
	const later = await deliver(scene, scene.payments, { ...options, killEvery: Infinity }, log);
	checks.push(...checkLater(later.pool.finished), ...(await checkChain(devnet, scene, 'a year later')));
	const sent = (await devnet.calls.list()).flatMap(({ methods }) => methods).filter((one) => SENDING.test(one));
	checks.push({ what: 'a year later nothing was sent', holds: sent.length === 0, details: sent.length });
	return { checks, figures: { ...figures, yearLater: figuresOf(later, scene.payments.length) } };
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
	{ setup }: Scene,
	runs: readonly Payment[],
	{ workers, atOnce, killEvery, seed }: PlayOptions,
	log: (line: string) => void,
): Promise<Delivered> {
	const random = generator(seed);
	const start = Date.now();
	const pool = new Pool({ setup, workers, atOnce, timeLimit: TIME_LIMIT });
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

/** What the processes said, against each other. */
function checkRuns({ payments }: Scene, finished: readonly Finished[]): Check[] {
	const hashes = new Map<string, Set<string>>();
	const saidPaid = new Map<string, number>();
	for (const { said, userOperationHash = '', payment } of finished) {
		if (said === 'paid') saidPaid.set(payment.reference, (saidPaid.get(payment.reference) ?? 0) + 1);
		if (said !== 'paid' && said !== 'alreadyPaid') continue;
		const known = hashes.get(payment.reference) ?? new Set();
		hashes.set(payment.reference, known.add(userOperationHash));
	}
	const untold = payments.filter(({ reference }) => !hashes.has(reference));
	const contradictory = [...hashes].filter(([, { size }]) => size > 1).map(([reference]) => reference);
	const twice = [...saidPaid].filter(([, times]) => times > 1).map(([reference]) => reference);
	const unexpected = finished
		.filter(({ said }) => !EXPECTED.test(said))
		.map(({ said, message }) => `${said}: ${message}`);
	return [
		{ what: 'every reference was told as paid', holds: untold.length === 0, details: untold },
		{
			what: 'all runs of a reference name the same operation',
			holds: contradictory.length === 0,
			details: contradictory,
		},
		{ what: 'no two runs say that they paid the same reference', holds: twice.length === 0, details: twice },
		{
			what: 'a run ends as paid, already paid, pending, or with a fault of the endpoint',
			holds: unexpected.length === 0,
			details: unexpected,
		},
	];
}

const EXPECTED = /^(paid|alreadyPaid|pending|endpoint .*)$/;

async function checkChain(devnet: DevnetClient, scene: Scene, when: string): Promise<Check[]> {
	const { wrongByBalances, wrongByEvents, succeeded, failed } = await readChain(devnet, scene);
	const count = scene.payments.length;
	const operations = { succeeded, failed };
	return [
		{
			what: `${when}, by balances, each of the ${count} references was paid exactly once`,
			holds: wrongByBalances.length === 0,
			details: wrongByBalances,
		},
		{
			what: `${when}, by events, each of the ${count} references was paid exactly once`,
			holds: wrongByEvents.length === 0,
			details: wrongByEvents,
		},
		{ what: `${when}, the accounts have made ${count} operations`, holds: succeeded === count, details: operations },
	];
}

function checkLater(finished: readonly Finished[]): Check[] {
	const others = finished.filter(({ said }) => said !== 'alreadyPaid');
	return [
		{ what: 'a year later every reference is told as already paid', holds: others.length === 0, details: others },
	];
}

function figuresOf({ pool, milliseconds }: Delivered, asked: number) {
	const took = pool.finished.map((one) => one.took).sort((a, b) => a - b);
	const said: Record<string, number> = {};
	for (const one of pool.finished) said[one.said] = (said[one.said] ?? 0) + 1;
	const paid = new Set(pool.finished.map(({ payment }) => payment.reference)).size;
	return {
		seconds: Math.round(milliseconds / 1000),
		referencesPerSecond: Math.round((paid / milliseconds) * 100_000) / 100,
		runsAsked: asked,
		runsEnded: pool.finished.length,
		killed: pool.kills,
		said,
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

function shuffled<T>(items: readonly T[], seed: number): T[] {
	const random = generator(seed);
	return items
		.map((item) => ({ item, place: random() }))
		.sort((a, b) => a.place - b.place)
		.map(({ item }) => item);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
