import { zeroAddress } from 'viem';
import { canPass, EndpointError, isNotServed, RpcError } from '../../../core/rpc/errors';
import { sendUserOperation } from '../../../core/userOperation/submit';
import type { UserOperation } from '../../../core/userOperation/userOperation';
import { answering, BUNDLER_URL, CHAIN_URL, echo, reply, scripted, type Endpoint } from './scripted';

const OPERATION: UserOperation = {
	sender: zeroAddress,
	nonce: 7n,
	initCode: '0x',
	callData: '0x1234',
	callGasLimit: 1n,
	verificationGasLimit: 1n,
	preVerificationGas: 1n,
	maxFeePerGas: 1n,
	maxPriorityFeePerGas: 1n,
	paymasterAndData: '0x',
	signature: '0x',
};

const SECOND_URL = 'https://second.example/v2/second-api-key';

/** What one bundler may answer, and what that tells of an operation that was handed to it. */
const error = (code: number, message: string) => answering(() => ({ error: { code, message } }));
const ANSWERS = {
	accepts: echo,
	alreadyKnown: error(-32602, 'Already known'),
	'503': () => reply('', 503),
	'429': () => reply('', 429),
	'401': () => reply('', 401),
	'connection broken': () => {
		throw new Error('ECONNRESET');
	},
	'a page': () => reply('<html>'),
	'internal error': error(-32603, 'Internal error'),
	refuses: error(-32500, "AA21 didn't pay prefund"),
	full: error(-32505, 'Max operations (4) reached for sender 0x01 due to being unstaked'),
	'other EntryPoints': error(-32602, 'EntryPoint 0x5FF1 not supported, supported EntryPoints: 0x0000'),
	'no bundler': error(-32601, 'the method eth_sendUserOperation does not exist/is not available'),
} satisfies Record<string, Endpoint>;
type Said = keyof typeof ANSWERS;
const ALL = Object.keys(ANSWERS) as Said[];
const MAY_HAVE_IT: Said[] = ['503', '429', '401', 'connection broken', 'a page', 'internal error'];
const HAS_IT: Said[] = ['accepts', 'alreadyKnown'];
const NOT_SERVED: Said[] = ['other EntryPoints', 'no bundler'];

function connected(first: Endpoint, second: Endpoint, chain: Endpoint = echo) {
	const endpoints: Record<string, Endpoint> = { [CHAIN_URL]: chain, [BUNDLER_URL]: first, [SECOND_URL]: second };
	const whole = scripted((request, attempt) => endpoints[request.url]!(request, attempt), {
		bundlerUrl: BUNDLER_URL,
		secondBundlerUrl: SECOND_URL,
	});
	const askedOf = (url: string) => whole.requests.filter((one) => one.url === url);
	return { ...whole, askedOf, ofFirst: () => askedOf(BUNDLER_URL), ofSecond: () => askedOf(SECOND_URL) };
}

const PAIRS = ALL.flatMap((first) => ALL.map((second) => [first, second] as const));

describe('an operation', () => {
	it.each(PAIRS)('that the first answers with "%s" and the second with "%s"', async (first, second) => {
		const { rpc, ofFirst, ofSecond } = connected(ANSWERS[first], ANSWERS[second]);
		const result = await sendUserOperation(rpc, OPERATION);

		const isHandedOn = [...MAY_HAVE_IT, ...NOT_SERVED].includes(first);
		expect([ofFirst().length, ofSecond().length]).toEqual([1, isHandedOn ? 1 : 0]);
		// The same bytes: it has the same hash, whoever takes it.
		for (const { calls } of ofSecond()) expect(calls[0]!.params).toEqual(ofFirst()[0]!.calls[0]!.params);

		const asked = isHandedOn ? [first, second] : [first];
		const mayHaveIt = asked.some((one) => MAY_HAVE_IT.includes(one));
		if (asked.some((one) => HAS_IT.includes(one))) expect(result).toBe('accepted');
		else if (mayHaveIt) expect(result).toBe('unknown');
		else expect(result).toEqual({ refused: expect.any(RpcError) });
		// What is said of the operation says more than that one of them takes none.
		if (!mayHaveIt && second === 'refuses' && isHandedOn) {
			expect(result).toMatchObject({ refused: { message: expect.stringContaining('AA21') } });
		}
	});

	it('goes to the second at once for half a minute after the first gave no answer, and then to the first again', async () => {
		jest.useFakeTimers();
		try {
			const { rpc, ofFirst, ofSecond } = connected(ANSWERS['503'], echo);
			for (const seconds of [0, 29, 2]) {
				jest.advanceTimersByTime(seconds * 1000);
				expect(await sendUserOperation(rpc, OPERATION)).toBe('accepted');
			}
			expect([ofFirst().length, ofSecond().length]).toEqual([2, 3]);
		} finally {
			jest.useRealTimers();
		}
	});

	it('is handed to both again when both are out', async () => {
		const { rpc, ofFirst, ofSecond } = connected(ANSWERS['503'], ANSWERS['connection broken']);
		for (let times = 1; times <= 3; times++) {
			expect(await sendUserOperation(rpc, OPERATION)).toBe('unknown');
			expect([ofFirst().length, ofSecond().length]).toEqual([times, times]);
		}
	});
});

describe('an estimate', () => {
	const ESTIMATE = 'eth_estimateUserOperationGas';

	it.each(PAIRS)('that the first answers with "%s" and the second with "%s"', async (first, second) => {
		const { rpc, ofSecond } = connected(ANSWERS[first], ANSWERS[second]);
		const isHandedOn = [...MAY_HAVE_IT, ...NOT_SERVED].includes(first);
		const answer = await rpc.request(ESTIMATE).catch((thrown: unknown) => thrown);
		expect(ofSecond().length > 0).toBe(isHandedOn);
		const [telling, other] = isHandedOn ? [second, first] : [first, second];
		if (telling === 'accepts') return expect(answer).toBe(ESTIMATE);
		if (!isHandedOn) return expect(answer).toBeInstanceOf(RpcError);
		// That there is no answer is said before that it isn't served: it may be served tomorrow.
		const isOut = [telling, other].some((one) => MAY_HAVE_IT.includes(one));
		const isServed = !NOT_SERVED.includes(telling) && !MAY_HAVE_IT.includes(telling);
		if (isServed) return expect([canPass(answer), isNotServed(answer)]).toEqual([false, false]);
		expect(answer instanceof EndpointError || canPass(answer)).toBe(isOut);
		expect(isNotServed(answer)).toBe(!isOut);
	});
});

describe.each(['eth_getUserOperationReceipt', 'eth_getUserOperationByHash'])('%s', (method) => {
	const knows = (who: string) => answering(() => ({ result: { who } }));
	const nothing = answering(() => ({ result: null }));
	const out = ANSWERS['503'];

	it.each([
		['the first knows it', knows('first'), nothing, { who: 'first' }],
		['the second knows it', nothing, knows('second'), { who: 'second' }],
		['only the second answers', out, knows('second'), { who: 'second' }],
		['both know it', knows('first'), knows('second'), { who: 'first' }],
		['neither does', nothing, nothing, null],
		['one has not the method', ANSWERS['no bundler'], nothing, null],
		['the first is out, and the second knows nothing', out, nothing, undefined],
		['the second is out, and the first knows nothing', nothing, out, undefined],
		['both are out', out, out, undefined],
	] as [string, Endpoint, Endpoint, unknown][])('%s', async (_, first, second, expected) => {
		const { rpc } = connected(first, second);
		// Twice: what a bundler said before it was left alone is no "not known" either.
		for (let times = 1; times <= 2; times++) {
			const answer = rpc.request(method, ['0x01']);
			if (expected === undefined) await expect(answer).rejects.toBeInstanceOf(EndpointError);
			else expect(await answer).toEqual(expected);
		}
	});

	it('does not wait for the one that is out', async () => {
		const { rpc, ofFirst, ofSecond } = connected(out, knows('second'));
		await rpc.request(method, ['0x01']);
		const asked = ofFirst().length;
		await rpc.request(method, ['0x01']);
		expect([ofFirst().length, ofSecond().length]).toEqual([asked, 2]);
	});

	it('takes no read of the chain along', async () => {
		const { rpc } = connected(out, out);
		const [height, receipt] = await rpc.batch([
			{ method: 'eth_blockNumber', params: [] },
			{ method, params: ['0x01'], optional: true },
		]);
		expect(height).toEqual({ result: 'eth_blockNumber' });
		expect(receipt).toEqual({ error: expect.any(EndpointError) });
	});
});

it.each(['alchemy_requestGasAndPaymasterAndData', 'pm_getPaymasterData', 'eth_supportedEntryPoints'])(
	'%s is asked of the first alone: a policy is one provider’s',
	async (method) => {
		const { rpc, ofSecond } = connected(ANSWERS['503'], echo);
		await expect(rpc.request(method)).rejects.toBeInstanceOf(EndpointError);
		expect(ofSecond()).toEqual([]);
	},
);

it('a bundler that has not Alchemy’s own word on the fee is not out for that', async () => {
	const { rpc, ofSecond } = connected(ANSWERS['no bundler'], echo);
	await expect(rpc.request('rundler_maxPriorityFeePerGas')).rejects.toMatchObject({ code: -32601 });
	expect(ofSecond()).toEqual([]);
});

it('the chain is never asked of a bundler', async () => {
	const { rpc, ofFirst, ofSecond, askedOf } = connected(echo, echo);
	await rpc.batch(['eth_call', 'eth_getTransactionReceipt', 'eth_chainId'].map((method) => ({ method, params: [] })));
	expect([askedOf(CHAIN_URL).length, ofFirst().length, ofSecond().length]).toEqual([1, 0, 0]);
});

it('the second URL is kept out of every message', async () => {
	const { rpc } = connected(ANSWERS['other EntryPoints'], error(-32000, `no such key: ${SECOND_URL} (second-api-key)`));
	const thrown = await rpc.request('eth_sendUserOperation').catch((one: unknown) => one as Error);
	expect(String(thrown)).toContain('no such key');
	expect(String(thrown)).not.toMatch(/second-api-key|second\.example/);
});
