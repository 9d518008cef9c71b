import { logRange, missingState, stateAge, type LatestBlock } from './heights';
import type { RpcCall, RpcErrorObject } from './rpc';

/** When a fault strikes. */
interface Trigger {
	/** Methods by name, or one regular expression as text; left out: every method. A batch is struck by any of its own. */
	match?: readonly string[] | string;
	/** How often it strikes before it is spent; left out: for ever. */
	times?: number;
	/** How many matching requests pass before it starts. */
	after?: number;
	/** Chance of striking, 0 to 1, drawn from a generator of the rule's own; left out: always. */
	probability?: number;
	/** Start of that generator: the same seed strikes the same requests. Left out: 1. */
	seed?: number;
}

/** Whether the endpoint did what it was asked to before the fault struck; only its reply is lost then. */
interface Lost {
	carriedOut?: boolean;
}

/** Faults of a whole HTTP request. */
type RequestEffect =
	/** The round trip takes this much longer, in milliseconds, half of it before the work is done. */
	| { kind: 'latency'; milliseconds: number }
	/** An HTTP error such as 429 or 503; `retryAfter` in seconds. */
	| ({ kind: 'http'; status: number; retryAfter?: number; body?: string } & Lost)
	/** The connection breaks without a reply, by default AFTER the request was carried out. */
	| ({ kind: 'drop' } & Lost)
	/** Batches are refused. */
	| { kind: 'noBatch' };

/** Faults of a single call, also inside a batch. */
type CallEffect =
	/** A JSON-RPC error. */
	| ({ kind: 'error' } & RpcErrorObject & Lost)
	/** This result instead of the true one: null withholds a receipt. */
	| ({ kind: 'answer'; result: unknown } & Lost)
	/** eth_getLogs over more blocks than this is refused. */
	| { kind: 'logRange'; blocks: number }
	/** State older than this many blocks can't be read. */
	| { kind: 'noArchive'; blocks: number };

/** A fault and when it strikes: plain data, so that it can be set from another process. */
export type FaultRule = Trigger & (RequestEffect | CallEffect);

/** A rule as it stands, with how often it has struck. */
export type ActiveFault = FaultRule & { hits: number };

/** What happens to one HTTP request. */
export interface RequestFaults {
	/** In milliseconds. */
	latency: number;
	kinds: string[];
	/** The first fault that keeps the true reply back. */
	instead?: Extract<FaultRule, { kind: 'http' | 'drop' | 'noBatch' }>;
}

/** The faults of one API key. */
export interface Faults {
	set(rules: readonly FaultRule[]): void;
	add(rules: readonly FaultRule[]): void;
	list(): ActiveFault[];
	/** Draws the faults of an HTTP request. */
	forRequest(calls: readonly RpcCall[], batch: boolean): RequestFaults;
	/** Draws the fault of one call: the first that says something else than the truth. */
	forCall(call: RpcCall, latestBlock: LatestBlock): Promise<CallFault | undefined>;
}

/** What is said instead of a call's true answer. */
export interface CallFault {
	kind: string;
	carriedOut: boolean;
	answer: { result: unknown } | { error: RpcErrorObject };
}

const REQUEST_KINDS: ReadonlySet<string> = new Set(['latency', 'http', 'drop', 'noBatch']);

/** Makes an empty set of faults. */
export function createFaults(): Faults {
	let active: Strikable[] = [];
	return {
		set: (rules) => {
			active = rules.map(strikable);
		},
		add: (rules) => {
			active.push(...rules.map(strikable));
		},
		list: () => active.map(({ rule, hits }) => ({ ...rule, hits: hits() })),
		forRequest: (calls, batch) => {
			const faults: RequestFaults = { latency: 0, kinds: [] };
			for (const { rule, matches, strike } of active) {
				if (!REQUEST_KINDS.has(rule.kind) || !calls.some(matches)) continue;
				if (rule.kind === 'noBatch' && !batch) continue;
				if (rule.kind !== 'latency' && faults.instead) continue;
				if (!strike()) continue;
				faults.kinds.push(rule.kind);
				if (rule.kind === 'latency') faults.latency += rule.milliseconds;
				else faults.instead = rule as RequestFaults['instead'];
			}
			return faults;
		},
		forCall: async (call, latestBlock) => {
			for (const { rule, matches, strike } of active) {
				if (REQUEST_KINDS.has(rule.kind) || !matches(call)) continue;
				const answer = await insteadOf(rule, call, latestBlock);
				if (!answer || !strike()) continue;
				return { kind: rule.kind, carriedOut: 'carriedOut' in rule && rule.carriedOut === true, answer };
			}
			return undefined;
		},
	};
}

interface Strikable {
	rule: FaultRule;
	matches(call: RpcCall): boolean;
	/** Counts a request that matches, and says whether the fault strikes it. */
	strike(): boolean;
	hits(): number;
}

function strikable(rule: FaultRule): Strikable {
	const { match, times = Infinity, after = 0, probability = 1, seed = 1 } = rule;
	const random = generator(seed);
	const pattern = typeof match === 'string' ? new RegExp(match) : undefined;
	let seen = 0;
	let hits = 0;
	return {
		rule,
		matches: ({ method }) => (pattern ? pattern.test(method) : !match || match.includes(method)),
		strike: () => {
			seen += 1;
			if (seen <= after || hits >= times || random() >= probability) return false;
			hits += 1;
			return true;
		},
		hits: () => hits,
	};
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

async function insteadOf(
	rule: FaultRule,
	call: RpcCall,
	latestBlock: LatestBlock,
): Promise<CallFault['answer'] | undefined> {
	switch (rule.kind) {
		case 'error': {
			const { code, message, data } = rule;
			return { error: { code, message, ...(data === undefined ? {} : { data }) } };
		}
		case 'answer':
			return { result: rule.result };
		case 'logRange':
			return tooManyBlocks(call, BigInt(rule.blocks), latestBlock);
		case 'noArchive':
			return tooOld(call, BigInt(rule.blocks), latestBlock);
		default:
			return undefined;
	}
}

/**
 * As Alchemy words it: https://github.com/BobTheBuidler/dank_mids/issues/772,
 * https://github.com/cartesi/rollups-node/pull/655. The range it proposes has exactly the number of blocks allowed.
 */
async function tooManyBlocks(
	call: RpcCall,
	limit: bigint,
	latestBlock: LatestBlock,
): Promise<CallFault['answer'] | undefined> {
	const range = await logRange(call, latestBlock);
	if (!range || range.to - range.from < limit) return undefined;
	const proposed = [range.from, range.from + limit - 1n].map((block) => `0x${block.toString(16)}`).join(', ');
	const message =
		`You can make eth_getLogs requests with up to a ${limit} block range. ` +
		`Based on your parameters, this block range should work: [${proposed}]`;
	return { error: { code: -32600, message } };
}

async function tooOld(call: RpcCall, kept: bigint, latestBlock: LatestBlock): Promise<CallFault['answer'] | undefined> {
	const state = await stateAge(call, latestBlock);
	return state && state.age > kept ? { error: missingState(state.block) } : undefined;
}
