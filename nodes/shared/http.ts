import type { IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';
import type { HttpReply, Post } from '../../core/rpc/rpc';

/** The part of n8n's helpers that carries every request of this package, so that n8n's proxy settings apply. */
export interface HttpHelpers {
	httpRequest(options: IHttpRequestOptions): Promise<unknown>;
}

/** JSON by POST over n8n's HTTP helper. Every HTTP status is an answer; only no answer at all rejects. */
export function postThrough(helpers: HttpHelpers): Post {
	return async (url, body, timeout): Promise<HttpReply> => {
		const reply = (await helpers.httpRequest({
			method: 'POST',
			url,
			body: body as IHttpRequestOptions['body'],
			json: true,
			timeout,
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
		})) as IN8nHttpFullResponse;
		return { status: reply.statusCode, headers: reply.headers, body: reply.body };
	};
}
