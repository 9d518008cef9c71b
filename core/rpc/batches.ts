import { exchange, type BatchRefused, type Post, type RpcCall, type RpcResult } from './exchange';

/** Providers refuse very large batches (Alchemy: over 1,000 calls); more calls than this go in several. */
const MOST_IN_BATCH = 250;
/** So many requests of one batch that was taken apart are on their way at a time. */
const AT_ONCE = 10;

/** Answers in the order of the calls, undefined where one is missing. */
export type AskInParts = (
	url: string,
	calls: readonly RpcCall[],
	largest: number,
	timeoutMs: () => number,
) => Promise<(RpcResult | undefined)[]>;

/**
 * Asks in as few requests as the endpoint takes. Some answer no batches, or only small ones, and say so in many ways: found
 * out once for each URL, then calls go in smaller batches, in the end one by one.
 */
export function inParts(post: Post, clean: (text: string) => string): AskInParts {
	const most = new Map<string, number>();

	async function askPart(url: string, calls: readonly RpcCall[], timeoutMs: () => number) {
		const answers = await exchange(post, url, calls, timeoutMs(), clean);
		if (!('refused' in answers)) return answers;
		most.set(url, Math.min(most.get(url) ?? calls.length, smallerThan(calls.length, answers)));
		return ask(url, calls, calls.length, timeoutMs);
	}

	async function ask(url: string, calls: readonly RpcCall[], largest: number, timeoutMs: () => number) {
		const parts = partsOf(calls, Math.min(largest, most.get(url) ?? MOST_IN_BATCH));
		const answers: (RpcResult | undefined)[] = [];
		// The first one alone: where the endpoint is out of order, or takes no batch, it is not asked for the others.
		for (let from = 0, to = 1; from < parts.length; from = to, to += AT_ONCE) {
			answers.push(...(await Promise.all(parts.slice(from, to).map((part) => askPart(url, part, timeoutMs)))).flat());
		}
		return answers;
	}

	return ask;
}

function partsOf(calls: readonly RpcCall[], size: number): (readonly RpcCall[])[] {
	return Array.from({ length: Math.ceil(calls.length / size) }, (_, i) => calls.slice(i * size, (i + 1) * size));
}

/** The size that a refusal names; one by one where it takes no batch; else a quarter. */
function smallerThan(refused: number, { words }: BatchRefused): number {
	const named = (words.match(/\d{1,6}/g) ?? []).map(Number).filter((number) => number > 0 && number < refused);
	if (named.length > 0) return Math.max(...named);
	const takesNone = /not (?:be )?(?:supported|allowed|enabled|available)|unsupported|disabled/i.test(words);
	return takesNone ? 1 : Math.max(1, Math.floor(refused / 4));
}
