import { cut } from '../text/cut';

/** Where an error holds no words. */
export const NO_MESSAGE = 'no message';

/** The endpoint answered, and its answer is a JSON-RPC error. */
export class RpcError extends Error {
	override readonly name = 'RpcError';

	/**
	 * @param method the JSON-RPC method that was called
	 * @param code the JSON-RPC error code
	 * @param message the endpoint's words, redacted; their beginning is kept
	 * @param data the error's data field as it came: revert data, or whatever the provider puts there
	 */
	constructor(
		readonly method: string,
		readonly code: number,
		message: string,
		readonly data?: unknown,
	) {
		super(cut(message));
	}

	/** The bytes a contract reverted with, wherever the provider put them; undefined when it gave none. */
	get revertData(): `0x${string}` | undefined {
		const nested = this.data as { data?: unknown; originalError?: { data?: unknown } } | undefined;
		for (const candidate of [this.data, nested?.data, nested?.originalError?.data]) {
			const hex = hexAtEnd(candidate);
			if (hex) return hex;
		}
		return undefined;
	}
}

/** Revert data longer than this is cut: texts in it are shown in short anyway. */
const LONGEST_REVERT_DATA = 2 + 2 * 8_192;

function hexAtEnd(text: unknown): `0x${string}` | undefined {
	if (typeof text !== 'string') return undefined;
	const start = text.startsWith('0x') ? 0 : text.lastIndexOf('0x');
	if (start < 0) return undefined;
	const hex = text.slice(start, start + LONGEST_REVERT_DATA);
	return /^0x(?:[0-9a-fA-F]{2})*$/.test(hex) ? (hex as `0x${string}`) : undefined;
}

/** How the virtual machine ends a call that can't be carried out, in the words of geth, anvil, besu, nethermind, erigon, hardhat. */
const REVERT_WORDS =
	/\brevert(?:ed)?\b|vm execution error|invalid ?(?:fe ?)?opcode|bad instruction|(?:invalid|bad) jump|stack ?(?:under|over)flow|write protection/i;

/**
 * Whether the node says that the call itself was carried out and stopped: by revert data, by code 3, or in words. Neither
 * this nor a result is no answer: nothing may be concluded from it.
 */
export function isRevert(error: unknown): boolean {
	if (!(error instanceof RpcError)) return false;
	return error.code === 3 || (error.revertData?.length ?? 0) >= 10 || REVERT_WORDS.test(error.message);
}

/** Provider's codes for too many requests: HTTP's own, EIP-1474's, those of QuickNode, publicnode, Infura, Ankr, BlockVision. */
const RATE_LIMIT_CODES = new Set([429, 15, -32005, -32007, -32016, -32029, -32097, -32605]);
const RATE_LIMIT_WORDS =
	/too many requests|rate[ -]?limit|requests? (?:count |limit |rate )?(?:exceeded|reached)|requests? limit|requests? per (?:second|minute|day)|(?:exceeded|over) [^.]{0,40}(?:capacity|compute units|quota)|(?:compute units?|\b[RQ]PS|\bCUPS)\b[^.]{0,20}(?:exceeded|reached|limit)|max(?:imum)? [RQ]PS|throughput|throttl(?:ed|ing)|slow down|^(?:error )?429\b|error code: 1015\b/i;
const PLAN_WORDS =
	/(?:month|day|dai|annual|plan|account|free|subscription)[a-z ]{0,30}(?:capacity|quota|limit|allowance|credits|requests?|usage)[a-z ]{0,30}(?:exceeded|reached|used up|exhausted|depleted)|exceeded [^.]{0,30}(?:monthly|daily)|usage limit (?:exceeded|reached)|(?:out of|insufficient|no more|not enough)(?: available)? (?:credits|quota|[CR]Us?\b)|exceeded your (?:free |monthly |daily )?plan|\b(?:capacity|quota|[CR]Us?) (?:limit )?(?:exceeded|reached|exhausted)|upgrade your (?:plan|account|tier|subscription)/i;

/** Codes of load balancers and overloaded nodes: no backend, time-out, resource not there for now. */
const PASSING_CODES = new Set([-32011, -32002, 19, 30, 408, 500, 502, 503, 504]);
const PASSING_WORDS =
	/(?:header|block)\b[^.]{0,60}\bnot (?:yet )?(?:found|available)|unknown block|unfinalized data|internal (?:server |json[ -]?rpc )?error|tim(?:ed|e)[ -]?out|deadline exceeded|context cancell?ed|temporar|try again|retry|no (?:healthy |available )?(?:backend|upstream|provider)|route your request|upstreams?\b[^.]{0,40}(?:fail|error|exhausted|connect)|UpstreamsExhausted|backend[^.]{0,40}(?:unhealthy|unavailable|healthy)|network error|bad gateway|service (?:is )?(?:temporarily )?unavailable|resource (?:not found|unavailable)|overloaded|server (?:is )?(?:busy|starting)|syncing|not (?:yet )?(?:synced|ready)|(?:under|in) maintenance|sequencer is (?:down|not)|connection (?:reset|refused|closed|lost)|E(?:CONN(?:RESET|REFUSED|ABORTED)|TIMEDOUT|AI_AGAIN|PIPE)|socket hang up|fetch failed|unexpected EOF|GOAWAY|block is out of range/i;
/** Words under which one of those codes means something of the question: fees (Biconomy), an API key, a plan. */
const OTHER_WORDS = /FeePerGas|VerificationGas|unauthori[sz]ed|authenticat|forbidden|current plan/i;

/** eth_getLogs refused for its range or for the size of its answer, in the words of the providers. */
const RANGE_WORDS =
	/(?<!out of )\branges?\b|more than \d+ (?:results|logs|blocks)|(?:results|logs|response|query)[a-z ]{0,30}(?:limit|exceed|too (?:large|big|many))|too many (?:results|logs|blocks)|(?:limit|max|exceed|up to)[^.]{0,40}\bblocks?\b|block(?:s|Hash)?[^.]{0,30}(?:limit|too (?:large|wide|many))|query timeout/i;

/** ERC-7769: what a bundler says of an operation always is about that operation. */
function isOfBundler({ code }: RpcError): boolean {
	return code <= -32500 && code > -32600;
}

/** Too many logs or blocks were asked for at once: a smaller part may be answered. */
export function isRangeRefusal(error: unknown): boolean {
	if (!(error instanceof RpcError) || isRevert(error)) return false;
	return RANGE_WORDS.test(wordsOf(error)) && !RATE_LIMIT_WORDS.test(error.message);
}

/** The words of an error, those that Tenderly and others put into its data as well. */
function wordsOf({ message, data }: RpcError): string {
	const { payload, message: more, details } = (data ?? {}) as Record<string, unknown>;
	return [message, ...[data, payload, more, details].map((text) => cut(text, 512))].join(' ');
}

/** How bundlers say that they have this very operation already. */
export const ALREADY_KNOWN =
	/already known|already (?:been )?(?:received|exists|in (?:the )?mempool)|known user ?operation/i;

/** The bundler holds as many operations of the account as it takes: there is room again when one of them is in a block. */
export const BUNDLER_FULL = /max operations|too many (?:pending )?(?:user ?)?operations/i;

/**
 * How bundlers say that they don't take operations for an EntryPoint: alto, rundler, stackup, Biconomy's, the reference
 * bundler; and how any may say that a version is retired.
 */
export const ENTRY_POINT_REFUSED =
	/\b(?:unsupported|unknown|no) entry ?point|entry ?point\b.{0,160}?(?:not (?:be |a )?(?:supported|known|served|enabled)|no longer|unsupported|deprecated|retired|sunset)/i;

/** How endpoints say that they don't have a method. */
export const METHOD_UNKNOWN =
	/method (?:is )?(?:not (?:found|supported|available|enabled)|unsupported)|(?:unknown|unsupported) method|does not exist\/is not available/i;

/** The endpoint is no bundler for such operations: it doesn't serve their EntryPoint, or not the method. */
export function isNotServed(error: unknown): boolean {
	if (!(error instanceof RpcError) || isOfBundler(error) || isRevert(error) || canPass(error)) return false;
	return error.code === -32601 || ENTRY_POINT_REFUSED.test(error.message) || METHOD_UNKNOWN.test(error.message);
}

/** The provider turned the request away because there were too many. */
export function isRateLimit(error: unknown): boolean {
	if (error instanceof EndpointError) return error.fault === 'rateLimited' || error.fault === 'planUsedUp';
	if (!(error instanceof RpcError) || isOfBundler(error) || isRevert(error) || isRangeRefusal(error)) return false;
	if (saysTooMany(error.message) || saysPlanUsedUp(error.message)) return true;
	return RATE_LIMIT_CODES.has(error.code) && !OTHER_WORDS.test(error.message);
}

/** Whether words say that there were too many requests. */
export function saysTooMany(text: unknown): boolean {
	return RATE_LIMIT_WORDS.test(cut(text));
}

/** A limit of so many a second passes, whatever plan is advertised beside it (QuickNode). */
const EACH_SECOND = /(?:\bper|\ba|\beach|\d ?\/) ?sec(?:ond)?\b/i;

/** What took too long is no matter of a plan, whatever plan is advertised beside it (dRPC). */
const TIMED_OUT = /tim(?:ed|e)[ -]?out/i;

/** Whether words say that what a plan includes is used up: waiting some seconds does not help then. */
export function saysPlanUsedUp(text: unknown): boolean {
	const words = cut(text);
	return PLAN_WORDS.test(words) && !EACH_SECOND.test(words) && !TIMED_OUT.test(words);
}

/** The same question may be answered when it is asked again. */
export function canPass(error: unknown): boolean {
	if (error instanceof EndpointError) return PASSING_FAULTS.has(error.fault);
	if (isRateLimit(error)) return true;
	if (!(error instanceof RpcError) || isOfBundler(error) || isRevert(error) || isRangeRefusal(error)) return false;
	if (PASSING_WORDS.test(error.message)) return true;
	if (error.code === -32603) return ['', NO_MESSAGE].includes(error.message.trim());
	return PASSING_CODES.has(error.code) && !OTHER_WORDS.test(error.message);
}

/** The node's own cap on what a call may take: it says nothing of what the chain would do. */
const NODE_LIMIT_WORDS = /out of gas|outofgas|gas required exceeds|gas limit|gas cap|execution aborted/i;

/**
 * Whether an error says nothing about the question that was asked: too many requests, a node that is behind, busy or out
 * of order, a time-out, the node's own cap on the gas of a call. Never a yes, and never a no.
 *
 * Not the opposite of `isRevert`: a wrong parameter (-32602) is neither.
 */
export function isTransient(error: unknown): boolean {
	if (error instanceof EndpointError || canPass(error)) return true;
	if (!(error instanceof RpcError) || isOfBundler(error) || isRevert(error)) return false;
	return NODE_LIMIT_WORDS.test(error.message);
}

/** Why an endpoint gave no usable answer. */
export type EndpointFault =
	| 'unreachable'
	| 'timedOut'
	| 'unauthorized'
	| 'rateLimited'
	| 'planUsedUp'
	| 'unavailable'
	| 'redirected'
	| 'tooLarge'
	| 'unintelligible';

const PASSING_FAULTS = new Set<EndpointFault>(['unreachable', 'timedOut', 'rateLimited', 'unavailable']);

const SENTENCES: Record<EndpointFault, string> = {
	unreachable: 'could not be reached',
	timedOut: 'did not answer in time',
	unauthorized: 'refused the API key',
	rateLimited: 'answered that there were too many requests',
	planUsedUp: 'answered that what its plan includes is used up',
	unavailable: 'answered that it is out of order',
	redirected: 'sent the request on to another address, which is not followed',
	tooLarge: 'gave an answer that is too large',
	unintelligible: 'gave an answer that is not JSON-RPC',
};

/**
 * No valid answer came. After a request that changes something nobody knows whether it was carried out: the caller must
 * find out, never send anew under another nonce.
 */
export class EndpointError extends Error {
	override readonly name = 'EndpointError';

	/**
	 * @param fault what happened
	 * @param method the JSON-RPC method, or the methods of a batch
	 * @param status the HTTP status, when there was one
	 * @param retryAfter milliseconds that the endpoint asked to wait
	 */
	constructor(
		readonly fault: EndpointFault,
		readonly method: string,
		readonly status?: number,
		readonly retryAfter?: number,
	) {
		super(`${sentenceOf(fault, status)} when asked for ${method}`);
	}

	/** The message without the names of methods, which people did not type and need not know. */
	get sentence(): string {
		return sentenceOf(this.fault, this.status);
	}
}

function sentenceOf(fault: EndpointFault, status?: number): string {
	return `The endpoint ${SENTENCES[fault]}${status ? ` (HTTP ${status})` : ''}`;
}
