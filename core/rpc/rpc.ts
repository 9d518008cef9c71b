import { inParts } from './batches';
import { canPass, EndpointError, isRateLimit } from './errors';
import type { Post, RpcCall, RpcResult } from './exchange';
import { redact } from './redact';
import { twoBundlers, type Answerer } from './twoBundlers';

export type { HttpReply, Post, RpcCall, RpcResult } from './exchange';

/** Waits this many milliseconds. Injected for the same reason: n8n's scanner allows no timers in a node. */
export type Sleep = (milliseconds: number) => Promise<unknown>;

export interface RpcOptions {
	/** Serves the chain's methods. */
	chainUrl: string;
	/** Serves the ERC-4337 methods and the gas manager; the chain's endpoint when left out. */
	bundlerUrl?: string;
	/** Stands in for the first bundler; see `twoBundlers`. */
	secondBundlerUrl?: string;
	post: Post;
	sleep: Sleep;
	/** Taken out of every message, beside the URLs. */
	secrets?: readonly string[];
}

/** JSON-RPC over a chain's endpoint and its bundlers'. */
export interface Rpc {
	/**
	 * Calls one method.
	 * @throws {RpcError} the endpoint's own error; {EndpointError} when no valid answer came
	 */
	request<T = unknown>(method: string, params?: readonly unknown[]): Promise<T>;
	/**
	 * Calls several methods in one JSON-RPC batch (one HTTP request; two when chain and bundler live apart; more where the
	 * endpoint takes only smaller batches). What changes something goes alone.
	 * Answers in the order of the calls; a call's own error is in its place, and so is that no answer came to an optional one.
	 * @throws {EndpointError} when no valid answer came to a call that isn't optional
	 */
	batch(calls: readonly RpcCall[]): Promise<RpcResult[]>;
	/** Takes the secrets of this connection out of a text. */
	redact(text: string): string;
	sleep: Sleep;
}

/** For one HTTP request. */
const TIMEOUT_MS = 20_000;
/** For everything that one call or batch takes, by the wall clock: its repetitions, pauses and parts. */
const DEADLINE_MS = 45_000;
/** The same, of a bundler for which another can stand in. */
const BUNDLER_DEADLINE_MS = 10_000;
/** Reads are tried this often in all. */
const ATTEMPTS = 4;
/** And so often where a plan takes only some of them in a second: as long as it takes some more each time, nothing has failed. */
const MOST_ATTEMPTS = 20;
/** At the third attempt in quarters, at the last one by one: perhaps the batch is what the endpoint can't carry. */
const PARTS_AT = [1, 1, 4, Infinity];
/** The first attempt and the last one. */
type Attempts = readonly [from: number, to: number];
const ONCE: Attempts = [1, 1];
const FIRST_DELAY_MS = 250;
/** Plans count by the second. */
const A_SECOND_MS = 1_000;
/** A longer Retry-After is not waited for: the caller's time limit decides. */
const LONGEST_DELAY_MS = 10_000;

/** Answered by bundlers and gas managers, not by nodes: ERC-4337's methods, and the vendors' beside them. */
const BUNDLER_METHODS =
	/^(eth_(send|estimate|get|supported)(UserOperation|EntryPoints)|alchemy_|rundler_|pimlico_|pm_|debug_bundler_)/;
/** The methods that change something. They are sent once: what became of them is looked up, never guessed. */
const SENT_ONCE = new Set(['eth_sendUserOperation', 'eth_sendRawTransaction', 'eth_sendTransaction']);

/** Connects to a chain and its bundler. Nothing is sent yet. */
export function createRpc(options: RpcOptions): Rpc {
	const { chainUrl, bundlerUrl = chainUrl, secondBundlerUrl } = options;
	const secrets = [chainUrl, bundlerUrl, secondBundlerUrl ?? '', ...(options.secrets ?? [])];
	const clean = (text: string) => redact(text, secrets);
	const ask = inParts(options.post, clean);

	/** Asks, and asks again while that can help; what is left in the end may be errors that pass. */
	async function persist(url: string, calls: readonly RpcCall[], [from, to]: Attempts, deadline: number) {
		const results = calls.map((): RpcResult | undefined => undefined);
		const timeout = () => Math.max(1, Math.min(TIMEOUT_MS, deadline - Date.now()));
		let failed = from - 1;
		for (let attempt = 1; ; attempt++) {
			const open = calls.flatMap((call, index) => (isOpen(results[index]) ? [{ call, index }] : []));
			const largest = Math.max(1, Math.ceil(open.length / (PARTS_AT[failed] ?? 1)));
			const isLast = () => failed >= to || attempt >= MOST_ATTEMPTS || Date.now() >= deadline;
			let pause = delayBefore(failed + 1);
			try {
				const toAsk = open.map(({ call }) => call);
				const answers = await ask(url, toAsk, largest, timeout);
				open.forEach(({ index }, i) => (results[index] = answers[i]));
				const left = results.filter(isOpen);
				const isThrottled = left.length < open.length && left.every((one) => isRateLimit(one?.error));
				if (isThrottled) pause = A_SECOND_MS;
				else failed++;
				if (left.length === 0 || isLast()) return whole(calls, results);
			} catch (error) {
				failed++;
				if (!(error instanceof EndpointError) || !canPass(error) || isLast()) throw error;
				pause = error.retryAfter ?? pause;
			}
			await options.sleep(Math.min(pause, LONGEST_DELAY_MS, Math.max(0, deadline - Date.now())));
		}
	}

	/**
	 * Calls to one URL. Where the first answer is a fault, those that are optional are asked apart from the others, each for
	 * itself: none can take another along.
	 */
	async function post(url: string, calls: readonly RpcCall[], deadlineMs: number): Promise<RpcResult[]> {
		const deadline = Date.now() + deadlineMs;
		if (!calls.some(({ optional }) => optional)) {
			return persist(url, calls, SENT_ONCE.has((calls[0] as RpcCall).method) ? ONCE : [1, ATTEMPTS], deadline);
		}
		const first = await persist(url, calls, ONCE, deadline).catch(inPlaceOf(calls));
		const results = [...first];
		const open = calls.flatMap((call, index) => (isOpen(first[index]) ? [{ call, index }] : []));
		if (open.length === 0) return results;
		const [fault] = first.flatMap(({ error }) => (error instanceof EndpointError ? [error] : []));
		await options.sleep(Math.min(fault?.retryAfter ?? delayBefore(1), LONGEST_DELAY_MS));
		const again = async (group: typeof open, tries: Attempts) => {
			const toAsk = group.map(({ call }) => call);
			const answers = await persist(url, toAsk, tries, deadline);
			group.forEach(({ index }, i) => (results[index] = answers[i] as RpcResult));
		};
		const needed = open.filter(({ call }) => !call.optional);
		if (needed.length > 0) await again(needed, [2, ATTEMPTS]);
		await Promise.all(open.map((one) => one.call.optional && again([one], ONCE).catch(ignoreEndpoint)));
		return results;
	}

	const answererAt =
		(url: string, deadlineMs = DEADLINE_MS): Answerer =>
		(calls) =>
			post(url, calls, deadlineMs);
	const chain = answererAt(chainUrl);
	const bundler = bundlerUrl === chainUrl ? chain : answererAt(bundlerUrl);
	const answererOfTwo = secondBundlerUrl
		? twoBundlers(answererAt(bundlerUrl, BUNDLER_DEADLINE_MS), answererAt(secondBundlerUrl, BUNDLER_DEADLINE_MS))
		: () => undefined;
	const answererOf = (method: string): Answerer =>
		answererOfTwo(method) ?? (BUNDLER_METHODS.test(method) ? bundler : chain);

	async function batch(calls: readonly RpcCall[]): Promise<RpcResult[]> {
		const results = new Array<RpcResult>(calls.length);
		const groups = new Map<Answerer | number, number[]>();
		calls.forEach(({ method }, place) => {
			const together = SENT_ONCE.has(method) ? place : answererOf(method);
			groups.set(together, [...(groups.get(together) ?? []), place]);
		});
		const answer = async (places: number[]) => {
			const group = places.map((place) => calls[place] as RpcCall);
			const answers = await answererOf((group[0] as RpcCall).method)(group);
			places.forEach((place, i) => (results[place] = answers[i] as RpcResult));
		};
		await Promise.all([...groups.values()].map(answer));
		return results;
	}

	return {
		batch,
		async request<T>(method: string, params: readonly unknown[] = []) {
			const [answer] = await batch([{ method, params }]);
			if (answer?.error) throw answer.error;
			return answer?.result as T;
		},
		redact: clean,
		sleep: options.sleep,
	};
}

/** No answer yet, or one that may be another when asked again. */
function isOpen(result: RpcResult | undefined): boolean {
	return !result || result.error instanceof EndpointError || canPass(result.error);
}

function whole(calls: readonly RpcCall[], results: readonly (RpcResult | undefined)[]): RpcResult[] {
	return results.map((result, index) => {
		if (result) return result;
		throw new EndpointError('unintelligible', (calls[index] as RpcCall).method);
	});
}

/** The fault in place of each answer. */
function inPlaceOf(calls: readonly RpcCall[]): (error: unknown) => RpcResult[] {
	return (error) => {
		ignoreEndpoint(error);
		return calls.map(() => ({ error: error as EndpointError }));
	};
}

function ignoreEndpoint(error: unknown): void {
	if (!(error instanceof EndpointError)) throw error;
}

function delayBefore(attempt: number): number {
	return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS) * (0.75 + Math.random() / 2);
}
