import { ALREADY_KNOWN, canPass, EndpointError, isNotServed } from './errors';
import type { RpcCall, RpcResult } from './exchange';

/** Answers calls in their order. An EndpointError stands only in place of an optional one: others throw it. */
export type Answerer = (calls: readonly RpcCall[]) => Promise<RpcResult[]>;

interface Bundler {
	answer: Answerer;
	/** What was wrong when it last gave no answer, and until when it is left alone for that, while the other one answers. */
	fault?: RpcResult;
	outUntil: number;
}

const OUT_MS = 30_000;

const SEND = 'eth_sendUserOperation';
const LOOKUP = /^eth_getUserOperation/;
const IN_TURN = new Set([SEND, 'eth_estimateUserOperationGas', 'rundler_maxPriorityFeePerGas']);

/**
 * Two bundlers as one. What is sent goes to the first, and to the second where the first gives no answer or doesn't serve the
 * EntryPoint: the same bytes, and so the same hash, whoever takes them. That one has it may be known to neither, so a
 * refusal of one never outweighs that the other gave no answer. Lookups ask both.
 *
 * @returns who answers a method; undefined for methods in which the second can't stand in for the first (a gas policy is
 * one provider's)
 */
export function twoBundlers(first: Answerer, second: Answerer): (method: string) => Answerer | undefined {
	const bundlers: [Bundler, Bundler] = [first, second].map((answer) => ({ answer, outUntil: 0 })) as never;
	const isOut = ({ outUntil }: Bundler) => Date.now() < outUntil;
	const inOrder = () => (isOut(bundlers[0]) && !isOut(bundlers[1]) ? [bundlers[1], bundlers[0]] : bundlers);

	async function answerInTurn(call: RpcCall): Promise<RpcResult> {
		const answers: RpcResult[] = [];
		for (const bundler of inOrder()) {
			const [answer] = (await ask(bundler, [call])) as [RpcResult];
			answers.push(answer);
			if (!isNoAnswer(answer) && !isNotServedOf(call, answer)) break;
		}
		const ranks = answers.map((answer) => rankOf(call, answer));
		return answers[ranks.indexOf(Math.min(...ranks))] as RpcResult;
	}

	async function lookUp(calls: readonly RpcCall[]): Promise<RpcResult[]> {
		// As long as one answers, nobody waits for the one that is out.
		const isLeftAlone = (one: Bundler) => isOut(one) && !bundlers.every(isOut);
		const known = (one: Bundler) => calls.map(() => one.fault as RpcResult);
		const all = await Promise.all(bundlers.map((one) => (isLeftAlone(one) ? known(one) : ask(one, calls))));
		return calls.map((_, index) => mostTelling(all.map((answers) => answers[index] as RpcResult)));
	}

	const inTurn: Answerer = async (calls) => orThrow(calls, await Promise.all(calls.map(answerInTurn)));
	const ofBoth: Answerer = async (calls) => orThrow(calls, await lookUp(calls));
	return (method) => (LOOKUP.test(method) ? ofBoth : IN_TURN.has(method) ? inTurn : undefined);
}

/** What a bundler answers; that it gave no answer stands in its place. */
async function ask(bundler: Bundler, calls: readonly RpcCall[]): Promise<RpcResult[]> {
	const answers = await bundler.answer(calls).catch((error: unknown) => {
		if (error instanceof EndpointError) return calls.map((): RpcResult => ({ error }));
		throw error;
	});
	bundler.fault = answers.find(isNoAnswer);
	bundler.outUntil = bundler.fault ? Date.now() + OUT_MS : 0;
	return answers;
}

function isNoAnswer({ error }: RpcResult): boolean {
	return error instanceof EndpointError || canPass(error);
}

/** Only Alchemy has the vendor's method, and it is asked of the first one alone. */
function isNotServedOf({ method }: RpcCall, { error }: RpcResult): boolean {
	return method.startsWith('eth_') && isNotServed(error);
}

/** The lower, the more it tells. Of what was sent, no answer is more than a refusal: that one may have it. */
function rankOf(call: RpcCall, answer: RpcResult): number {
	const { error } = answer;
	if (!error || (call.method === SEND && ALREADY_KNOWN.test(error.message))) return 0;
	if (isNoAnswer(answer)) return 2;
	if (isNotServedOf(call, answer)) return 4;
	return call.method === SEND ? 3 : 1;
}

/** What one of them knows; else that one gave no answer, so that nobody takes it for not known; else that neither knows. */
function mostTelling(answers: readonly RpcResult[]): RpcResult {
	const known = answers.find(({ result }) => result !== undefined && result !== null);
	return known ?? answers.find(isNoAnswer) ?? answers.find(({ error }) => !error) ?? (answers[0] as RpcResult);
}

function orThrow(calls: readonly RpcCall[], answers: readonly RpcResult[]): RpcResult[] {
	calls.forEach(({ optional }, index) => {
		const error = answers[index]?.error;
		if (error instanceof EndpointError && !optional) throw error;
	});
	return [...answers];
}
