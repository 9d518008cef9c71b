import { canPass, EndpointError, RpcError, type EndpointFault } from './errors';
import { redact } from './redact';

/** What came back from one HTTP request. `body` is parsed JSON, or text where it isn't JSON. */
export interface HttpReply {
	status: number;
	headers: Record<string, unknown>;
	body: unknown;
}

/**
 * Sends one JSON body by HTTP POST. Resolves for every HTTP status; rejects only when no reply came.
 * Injected, so that n8n's own HTTP helper (and with it n8n's proxy settings) carries every request.
 */
export type Post = (url: string, body: unknown, timeoutMs: number) => Promise<HttpReply>;

/** Waits this many milliseconds. Injected for the same reason: n8n's scanner allows no timers in a node. */
export type Sleep = (milliseconds: number) => Promise<unknown>;

export interface RpcOptions {
	/** Serves the chain's methods. */
	chainUrl: string;
	/** Serves the ERC-4337 methods and the gas manager; the chain's endpoint when left out. */
	bundlerUrl?: string;
	post: Post;
	sleep: Sleep;
	/** Taken out of every message, beside the two URLs. */
	secrets?: readonly string[];
}

/** One call of a JSON-RPC method. */
export interface RpcCall {
	method: string;
	params: readonly unknown[];
}

/** What one call of a batch gave: `error` decides. */
export type RpcResult = { result: unknown; error?: undefined } | { result?: undefined; error: RpcError };

/** JSON-RPC over one or two endpoints. */
export interface Rpc {
	/**
	 * Calls one method.
	 * @throws {RpcError} the endpoint's own error; {EndpointError} when no valid answer came
	 */
	request<T = unknown>(method: string, params?: readonly unknown[]): Promise<T>;
	/**
	 * Calls several methods in one JSON-RPC batch (one HTTP request; two when chain and bundler live apart; more when there
	 * are more than some hundred calls).
	 * Answers in the order of the calls; a call's own error is in its place.
	 * @throws {EndpointError} when no valid answer came
	 */
	batch(calls: readonly RpcCall[]): Promise<RpcResult[]>;
	/** Takes the secrets of this connection out of a text. */
	redact(text: string): string;
	sleep: Sleep;
}

const TIMEOUT_MS = 30_000;
/** Reads are tried this often in all. */
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 250;
/** Providers refuse very large batches (Alchemy: over 1,000 calls); more calls than this go in several, one by one. */
const MOST_IN_BATCH = 250;
/** A longer Retry-After is not waited for: the caller's time limit decides. */
const LONGEST_DELAY_MS = 10_000;

/** Answered by bundlers and gas managers, not by nodes: ERC-4337's methods, and the vendors' beside them. */
const BUNDLER_METHODS =
	/^(eth_(send|estimate|get|supported)(UserOperation|EntryPoints)|alchemy_|rundler_|pimlico_|pm_|debug_bundler_)/;
/** The methods that change something. They are sent once: what became of them is looked up, never guessed. */
const SENT_ONCE = new Set(['eth_sendUserOperation', 'eth_sendRawTransaction', 'eth_sendTransaction']);

/** Connects to a chain and its bundler. Nothing is sent yet. */
export function createRpc(options: RpcOptions): Rpc {
	const bundlerUrl = options.bundlerUrl || options.chainUrl;
	const secrets = [options.chainUrl, bundlerUrl, ...(options.secrets ?? [])];
	const clean = (text: string) => redact(text, secrets);
	/** Some providers answer no batches; found out once for each URL, then calls go one by one. */
	const withoutBatches = new Set<string>();

	const urlFor = (method: string) => (BUNDLER_METHODS.test(method) ? bundlerUrl : options.chainUrl);

	async function postOnce(url: string, calls: readonly RpcCall[]): Promise<RpcResult[]> {
		if (calls.length > 1 && withoutBatches.has(url)) {
			return (await Promise.all(calls.map((call) => postOnce(url, [call])))).flat();
		}
		const reply = await exchange(url, calls, options.post);
		const answers = Array.isArray(reply) ? reply : [reply];
		if (calls.length > 1 && !Array.isArray(reply) && (reply.id ?? null) === null) {
			withoutBatches.add(url);
			return postOnce(url, calls);
		}
		return calls.map((call, index) => {
			const answer = calls.length === 1 ? answers[0] : answers.find((one) => one?.id === index + 1);
			return toResult(call, answer, clean);
		});
	}

	/** Sends calls to one URL; calls that change nothing are sent again while that can help. */
	async function post(url: string, calls: readonly RpcCall[]): Promise<RpcResult[]> {
		const attempts = calls.some((call) => SENT_ONCE.has(call.method)) ? 1 : ATTEMPTS;
		const results = calls.map((): RpcResult | undefined => undefined);
		for (let attempt = 1; ; attempt++) {
			const open = calls.map((call, index) => ({ call, index })).filter(({ index }) => !results[index]);
			try {
				const answers = await postOnce(
					url,
					open.map(({ call }) => call),
				);
				open.forEach(({ index }, i) => {
					const answer = answers[i] as RpcResult;
					if (attempt === attempts || !canPass(answer.error)) results[index] = answer;
				});
				if (results.every(Boolean)) return results as RpcResult[];
				await options.sleep(delayBefore(attempt));
			} catch (error) {
				if (!(error instanceof EndpointError) || attempt === attempts || !canPass(error)) throw error;
				await options.sleep(Math.min(error.retryAfter ?? delayBefore(attempt), LONGEST_DELAY_MS));
			}
		}
	}

	async function batch(calls: readonly RpcCall[]): Promise<RpcResult[]> {
		const results = new Array<RpcResult>(calls.length);
		for (let start = 0; start < calls.length; start += MOST_IN_BATCH) await batchPart(calls, start, results);
		return results;
	}

	async function batchPart(calls: readonly RpcCall[], start: number, results: RpcResult[]): Promise<void> {
		const part = calls.slice(start, start + MOST_IN_BATCH);
		await Promise.all(
			[...new Set(part.map((call) => urlFor(call.method)))].map(async (url) => {
				const places = part.flatMap((call, index) => (urlFor(call.method) === url ? [start + index] : []));
				const answers = await post(
					url,
					places.map((place) => calls[place] as RpcCall),
				);
				places.forEach((place, i) => (results[place] = answers[i] as RpcResult));
			}),
		);
	}

	return {
		batch,
		async request<T>(method: string, params: readonly unknown[] = []) {
			const [answer] = await post(urlFor(method), [{ method, params }]);
			if (answer?.error) throw answer.error;
			return answer?.result as T;
		},
		redact: clean,
		sleep: options.sleep,
	};
}

type Answer = { id?: unknown; result?: unknown; error?: { code?: unknown; message?: unknown; data?: unknown } };

async function exchange(url: string, calls: readonly RpcCall[], post: Post): Promise<Answer | Answer[]> {
	const methods = [...new Set(calls.map((call) => call.method))].join(', ');
	const bodies = calls.map(({ method, params }, index) => ({ jsonrpc: '2.0', id: index + 1, method, params }));
	let reply: HttpReply;
	try {
		reply = await post(url, bodies.length === 1 ? bodies[0] : bodies, TIMEOUT_MS);
	} catch {
		// The reason may hold the URL; which of the many network faults it was helps nobody.
		throw new EndpointError('unreachable', methods);
	}
	const answer = reply.body as Answer | Answer[] | undefined;
	const isJsonRpc =
		typeof answer === 'object' && answer !== null && (Array.isArray(answer) || 'result' in answer || 'error' in answer);
	const fault = faultOf(reply.status, isJsonRpc);
	if (fault) throw new EndpointError(fault, methods, reply.status, retryAfterOf(reply.headers));
	return answer as Answer | Answer[];
}

function faultOf(status: number, isJsonRpc: boolean): EndpointFault | undefined {
	if (status === 429) return 'rateLimited';
	if (status === 401 || status === 403) return 'unauthorized';
	if (status >= 500) return 'unavailable';
	return isJsonRpc ? undefined : 'unintelligible';
}

function toResult(call: RpcCall, answer: Answer | undefined, clean: (text: string) => string): RpcResult {
	if (!answer) throw new EndpointError('unintelligible', call.method);
	if (!answer.error) return { result: answer.result };
	const { code, message, data } = answer.error;
	return { error: new RpcError(call.method, Number(code ?? 0), clean(String(message ?? 'no message')), data) };
}

function delayBefore(attempt: number): number {
	return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS) * (0.75 + Math.random() / 2);
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfterOf(headers: Record<string, unknown>): number | undefined {
	const value = headers['retry-after'];
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const seconds = Number(value);
	const milliseconds = Number.isNaN(seconds) ? Date.parse(String(value)) - Date.now() : seconds * 1000;
	return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}
