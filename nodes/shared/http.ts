import type { IHttpRequestOptions } from 'n8n-workflow';
import { NoReplyError, type HttpReply, type Post } from '../../core/rpc/exchange';

/** The part of n8n's helpers that carries every request of this package, so that n8n's proxy settings apply. */
export interface HttpHelpers {
	httpRequest(options: IHttpRequestOptions): Promise<unknown>;
}

/** JSON by POST over n8n's HTTP helper. Every HTTP status is an answer; only no whole answer in time rejects. */
export function postThrough(helpers: HttpHelpers): Post {
	return (url, body, timeout) =>
		within(timeout, (abortSignal) =>
			helpers.httpRequest({
				method: 'POST',
				url,
				body: body as IHttpRequestOptions['body'],
				json: true,
				timeout,
				abortSignal,
				// n8n sets no limit to the size of an answer: it is read here.
				encoding: 'stream',
				disableFollowRedirect: true,
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
			}),
		);
}

/** An answer larger than this is not read to its end. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

interface StreamedReply {
	statusCode: number;
	headers: Record<string, unknown>;
	body: unknown;
}

/**
 * A request and its whole answer within a time by the wall clock: n8n's own `timeout` begins anew with every byte.
 *
 * @param request resolves with the status, the headers and the body as a stream
 * @throws {NoReplyError}
 */
export async function within(
	timeoutMs: number,
	request: (signal: AbortSignal) => Promise<unknown>,
): Promise<HttpReply> {
	const signal = AbortSignal.timeout(timeoutMs);
	const over = new Promise<never>((_, reject) => {
		signal.addEventListener('abort', () => reject(new NoReplyError('timedOut')), { once: true });
	});
	const whole = request(signal).then(async (answered): Promise<HttpReply> => {
		const { statusCode, headers, body } = answered as StreamedReply;
		return { status: statusCode, headers, body: isStream(body) ? parsed(await textOf(body, signal)) : body };
	});
	return Promise.race([whole, over]);
}

/** What is used of a Node stream. */
interface Stream extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

function isStream(body: unknown): body is Stream {
	return typeof (body as Partial<Stream> | null)?.[Symbol.asyncIterator] === 'function';
}

async function textOf(body: Stream, signal: AbortSignal): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	signal.addEventListener('abort', () => body.destroy(), { once: true });
	for await (const chunk of body) {
		size += chunk.length;
		if (size > LARGEST_ANSWER) {
			body.destroy();
			throw new NoReplyError('tooLarge');
		}
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text.replace(/^\ufeff/, ''));
	} catch {
		return text;
	}
}
