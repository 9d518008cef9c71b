import {
	canPass,
	EndpointError,
	isRangeRefusal,
	isRateLimit,
	isRevert,
	NO_MESSAGE,
	RpcError,
	saysPlanUsedUp,
	saysTooMany,
	type EndpointFault,
} from './errors';
import { cut } from '../text/cut';

/** What came back from one HTTP request. `body` is parsed JSON, or text where it isn't JSON. */
export interface HttpReply {
	status: number;
	headers: Record<string, unknown>;
	body: unknown;
}

/**
 * Sends one JSON body by HTTP POST, and follows no redirect. Resolves for every HTTP status; rejects only when no whole reply
 * came within the time, by the wall clock: with a NoReplyError where more is known than that.
 * Injected, so that n8n's own HTTP helper (and with it n8n's proxy settings) carries every request.
 */
export type Post = (url: string, body: unknown, timeoutMs: number) => Promise<HttpReply>;

/** Thrown by a Post that knows why no whole reply came. */
export class NoReplyError extends Error {
	override readonly name = 'NoReplyError';

	constructor(readonly fault: Extract<EndpointFault, 'timedOut' | 'tooLarge'>) {
		super(fault);
	}
}

/** One call of a JSON-RPC method. */
export interface RpcCall {
	method: string;
	params: readonly unknown[];
	/** The caller can do without the answer: its failure must not take others along. */
	optional?: boolean;
}

/** What one call of a batch gave: `error` decides. An EndpointError only in place of an optional call. */
export type RpcResult =
	| { result: unknown; error?: undefined }
	| { result?: undefined; error: RpcError | EndpointError };

/** The endpoint took the batch for one request, and refused it. */
export interface BatchRefused {
	refused: true;
	/** Its words, '' when there are none. */
	words: string;
}

type Answer = { id?: unknown; result?: unknown; error?: unknown };

/**
 * One HTTP request with one call or several.
 *
 * @returns the answers in the order of the calls, undefined where one is missing
 * @throws {EndpointError}
 */
export async function exchange(
	post: Post,
	url: string,
	calls: readonly RpcCall[],
	timeoutMs: number,
	clean: (text: string) => string,
): Promise<(RpcResult | undefined)[] | BatchRefused> {
	const methods = [...new Set(calls.map((call) => call.method))].join(', ');
	const bodies = calls.map(({ method, params }, index) => ({ jsonrpc: '2.0', id: index + 1, method, params }));
	const reply = await post(url, bodies.length === 1 ? bodies[0] : bodies, timeoutMs).catch((error: unknown) => {
		// The reason may hold the URL; which of the many network faults it was helps nobody.
		throw new EndpointError(error instanceof NoReplyError ? error.fault : 'unreachable', methods);
	});
	const isBatch = calls.length > 1;
	const fault = faultOf(reply) ?? (isBatch ? passingFaultOf(reply.body) : undefined);
	if (isBatch && isRefusalOfBatch(reply, fault, calls.length)) return { refused: true, words: wordsIn(reply.body) };
	if (fault) throw new EndpointError(fault, methods, reply.status, retryAfterOf(reply.headers));
	if (!isBatch) {
		const [answer] = [reply.body].flat() as Answer[];
		return [toResult(calls[0] as RpcCall, answer, clean)];
	}
	const answers = [reply.body].flat() as (Answer | null)[];
	const byId = new Map(answers.map((one) => [String(one?.id), one]));
	return calls.map((call, index) => toResult(call, byId.get(String(index + 1)), clean));
}

/** One answer in place of a list, a list that can't be told to the calls, or one in which they are refused as a batch. */
function isRefusalOfBatch({ status, body }: HttpReply, fault: EndpointFault | undefined, size: number): boolean {
	if (Array.isArray(body)) return !fault && (!isOfCalls(body as unknown[], size) || body.some(refusesBatch));
	// Whatever its status is: what it says is about the batch.
	if (status >= 400 && isJsonRpc(body) && /\bbatch/i.test(wordsIn(body))) return true;
	if (fault === 'unavailable') return status === 500 && isJsonRpc(body);
	return !fault || fault === 'unintelligible' || fault === 'tooLarge';
}

/** Whether the ids are those of the calls, each at most once: else nobody knows whose answer is whose. */
function isOfCalls(answers: readonly unknown[], size: number): boolean {
	const ids = answers.flatMap((one) => (one as Answer | null)?.id ?? []).map(String);
	const isOwn = (id: string) => /^\d+$/.test(id) && Number(id) >= 1 && Number(id) <= size;
	return ids.length > 0 && ids.every(isOwn) && new Set(ids).size === ids.length;
}

function refusesBatch(answer: unknown): boolean {
	const said = (answer as Answer | null)?.error;
	const error = said ? toError('', said, String) : undefined;
	return error !== undefined && /\bbatch/i.test(error.message) && !isRevert(error);
}

/** One error for a whole batch that has nothing to do with its size. */
function passingFaultOf(body: unknown): EndpointFault | undefined {
	const words = wordsIn(body);
	const error = new RpcError('', 0, words);
	if (Array.isArray(body) || !isJsonRpc(body) || /batch/i.test(words) || !canPass(error)) return undefined;
	return isRateLimit(error) ? 'rateLimited' : 'unavailable';
}

function isJsonRpc(body: unknown): boolean {
	return typeof body === 'object' && body !== null && (Array.isArray(body) || 'result' in body || 'error' in body);
}

function faultOf({ status, body }: HttpReply): EndpointFault | undefined {
	if (status >= 300 && status < 400) return 'redirected';
	const words = wordsIn(body);
	if (status === 402 || ([401, 403, 429].includes(status) && saysPlanUsedUp(words))) return 'planUsedUp';
	if (status === 429 || ([401, 403].includes(status) && saysTooMany(words))) return 'rateLimited';
	if (status === 403 && FIREWALL.test(words)) return 'unavailable';
	if (status === 403 && isJsonRpc(body) && NOT_IN_PLAN.test(words)) return undefined;
	if (status === 401 || status === 403) return 'unauthorized';
	if (status === 408) return 'timedOut';
	// QuickNode says so of a range of logs that is too large; its words name one that isn't.
	if (status === 413)
		return isRangeRefusal(toError('', (body as Answer | null)?.error, String)) ? undefined : 'tooLarge';
	if (status >= 500 && !isRevert(toError('', (body as Answer | null)?.error, String))) return 'unavailable';
	if (isJsonRpc(body)) return undefined;
	// Some tell of throttling in a form of their own, with status 200.
	return status < 400 && isShort(body) && saysTooMany(words) ? 'rateLimited' : 'unintelligible';
}

/** A page of a firewall (Cloudflare's), not a provider's word on the key. */
const FIREWALL = /cf[-_]chl|just a moment|attention required|cloudflare|error code: 10\d\d\b/i;
/** A method or the past isn't part of what was bought: the key itself is good. */
const NOT_IN_PLAN = /(?:archive|trace|method|not (?:available|supported|included))[^.]{0,80}\b(?:plan|tier|package)\b/i;

/** An object, or a line of text: no page. */
function isShort(body: unknown): boolean {
	return typeof body === 'object' || (typeof body === 'string' && body.length < 300 && !body.includes('<'));
}

/** The words of an answer that is one error, or a text. */
function wordsIn(body: unknown): string {
	const [first] = [body].flat() as ({ error?: unknown; message?: unknown } | null | undefined)[];
	const { error, message } = first ?? {};
	const { message: inError } = (error ?? {}) as { message?: unknown };
	return [body, error, inError, message]
		.map((text) => cut(text))
		.join(' ')
		.trim();
}

function toResult(call: RpcCall, answer: Answer | null | undefined, clean: (text: string) => string) {
	if (typeof answer !== 'object' || answer === null) return undefined;
	if (!answer.error) return { result: answer.result };
	return { error: toError(call.method, answer.error, clean) };
}

/** Some put a plain text where the error belongs. */
function toError(method: string, error: unknown, clean: (text: string) => string): RpcError {
	if (typeof error === 'string') return new RpcError(method, 0, clean(cut(error)));
	const { code, message, data } = (error ?? {}) as { code?: unknown; message?: unknown; data?: unknown };
	return new RpcError(method, Number(code ?? 0) || 0, clean(cut(message) || NO_MESSAGE), data);
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfterOf(headers: Record<string, unknown>): number | undefined {
	const value = headers['retry-after'];
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const seconds = Number(value);
	const milliseconds = Number.isNaN(seconds) ? Date.parse(String(value)) - Date.now() : seconds * 1000;
	return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}
