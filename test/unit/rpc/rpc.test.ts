import fc from 'fast-check';
import { EndpointError, RpcError, type EndpointFault } from '../../../core/rpc/errors';
import { NoReplyError } from '../../../core/rpc/exchange';
import { answering, BUNDLER_URL, CHAIN_URL, echo, methodsIn, reply, scripted, type Endpoint } from './scripted';

const HTML = '<html><body><h1>503</h1></body></html>';
const REFUSED_BATCH = {
	jsonrpc: '2.0',
	id: null,
	error: { code: -32600, message: 'Batch requests are not supported' },
};
const TOO_MANY = { error: { code: 429, message: 'Your app has exceeded its compute units per second capacity' } };

const broken: Endpoint = () => {
	throw new Error(`connect ECONNREFUSED ${CHAIN_URL}`);
};

function noReply(fault: 'timedOut' | 'tooLarge'): Endpoint {
	return () => {
		throw new NoReplyError(fault);
	};
}

/** Faulty for the first requests, then well. */
function faultyAtFirst(faults: readonly Endpoint[], then: Endpoint = echo): Endpoint {
	return (request, attempt) => (faults[attempt - 1] ?? then)(request, attempt);
}

async function faultOf(promise: Promise<unknown>): Promise<EndpointFault | undefined> {
	try {
		await promise;
	} catch (error) {
		if (error instanceof EndpointError) return error.fault;
		throw error;
	}
	return undefined;
}

/** Each way in which an endpoint may fail, and whether asking again can help. */
const FAULTS: [string, Endpoint, EndpointFault, boolean][] = [
	['the connection breaks', broken, 'unreachable', true],
	['HTTP 429', () => reply(TOO_MANY, 429), 'rateLimited', true],
	['HTTP 500 with a page', () => reply(HTML, 500), 'unavailable', true],
	['HTTP 502 without a body', () => reply('', 502), 'unavailable', true],
	['HTTP 503 that looks like JSON-RPC', () => reply({ error: { code: 1, message: 'x' } }, 503), 'unavailable', true],
	['HTTP 401', () => reply({ error: { code: -32600, message: 'Must be authenticated!' } }, 401), 'unauthorized', false],
	['HTTP 403', () => reply('Forbidden', 403), 'unauthorized', false],
	[
		'HTTP 403 that names the month',
		() => reply({ message: 'Monthly capacity limit exceeded' }, 403),
		'planUsedUp',
		false,
	],
	['HTTP 429 that names the month', () => reply({ error: 'monthly quota exceeded' }, 429), 'planUsedUp', false],
	['HTTP 402', () => reply('Payment Required', 402), 'planUsedUp', false],
	['HTTP 401 that names the day', () => reply({ error: 'daily quota exceeded' }, 401), 'planUsedUp', false],
	['HTTP 403 that names the units of a plan', () => reply('Not enough available CU', 403), 'planUsedUp', false],
	['HTTP 403 of too many requests', () => reply('error code: 1015', 403), 'rateLimited', true],
	['HTTP 403 of a firewall', () => reply('<html><title>Just a moment...</title></html>', 403), 'unavailable', true],
	[
		"throttling in the endpoint's own form",
		() => reply({ message: 'ThrottlerException: Too Many Requests' }),
		'rateLimited',
		true,
	],
	['HTTP 408', () => reply('', 408), 'timedOut', true],
	['HTTP 413', () => reply('', 413), 'tooLarge', false],
	['a redirect', () => reply('', 302, { location: 'https://other.example/' }), 'redirected', false],
	['a lasting redirect', () => reply('<html>Moved</html>', 308), 'redirected', false],
	['an answer that does not end in time', noReply('timedOut'), 'timedOut', true],
	['an answer without end', noReply('tooLarge'), 'tooLarge', false],
	['a page instead of JSON-RPC', () => reply(HTML), 'unintelligible', false],
	['HTTP 404', () => reply('Not Found', 404), 'unintelligible', false],
	['JSON that is not JSON-RPC', () => reply({ hello: 'world' }), 'unintelligible', false],
	['nothing', () => reply(undefined), 'unintelligible', false],
	['null', () => reply(null), 'unintelligible', false],
	['a list of null', () => reply([null]), 'unintelligible', true],
];

it('a method that the plan does not include is no refused API key', async () => {
	const message = 'Archive, Debug and Trace requests are not available on your current plan. Please upgrade.';
	const { rpc } = scripted(() => reply({ error: { code: -32002, message } }, 403));
	await expect(rpc.request('eth_call')).rejects.toThrow(message);
});

describe('a read', () => {
	it.each(FAULTS)('when there is %s: the fault is told', async (_, fault, expected, passes) => {
		const { rpc, requests } = scripted(fault);
		expect(await faultOf(rpc.request('eth_chainId'))).toBe(expected);
		expect(requests).toHaveLength(passes ? 4 : 1);
	});

	it.each(FAULTS)(
		'when there is %s once: it is asked again where that can help',
		async (_, fault, expected, passes) => {
			const { rpc, requests } = scripted(faultyAtFirst([fault]));
			expect(await faultOf(rpc.request('eth_chainId'))).toBe(passes ? undefined : expected);
			expect(requests).toHaveLength(passes ? 2 : 1);
		},
	);

	it('waits longer from one attempt to the next', async () => {
		const { rpc, pauses } = scripted(broken);
		await expect(rpc.request('eth_chainId')).rejects.toThrow(EndpointError);
		expect(pauses).toHaveLength(3);
		expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
		expect(pauses[2]).toBeGreaterThan(500);
	});

	it.each([
		['2', 2000],
		[3, 3000],
		['3600', 10_000],
	])('waits as long as Retry-After %p says, up to a limit', async (retryAfter, expected) => {
		const busy: Endpoint = () => reply(TOO_MANY, 429, { 'retry-after': retryAfter });
		const { rpc, pauses } = scripted(faultyAtFirst([busy]));
		await rpc.request('eth_chainId');
		expect(pauses).toEqual([expected]);
	});

	it('waits until the date that Retry-After names', async () => {
		const date = new Date(Date.now() + 5000).toUTCString();
		const { rpc, pauses } = scripted(faultyAtFirst([() => reply('', 503, { 'retry-after': date })]));
		await rpc.request('eth_chainId');
		expect(pauses[0]).toBeGreaterThan(2500);
		expect(pauses[0]).toBeLessThanOrEqual(5000);
	});

	it.each(['soon', '-5', '', new Date(0).toUTCString(), ['2']])(
		'takes its own pause when Retry-After is %p',
		async (retryAfter) => {
			const { rpc, pauses } = scripted(faultyAtFirst([() => reply('', 503, { 'retry-after': retryAfter })]));
			await rpc.request('eth_chainId');
			expect(pauses).toHaveLength(1);
			expect(pauses[0]).toBeGreaterThan(0);
			expect(pauses[0]).toBeLessThan(1000);
		},
	);

	it('gives the endpoint’s own error, which is not asked again', async () => {
		const error = { code: -32000, message: 'execution reverted', data: '0x1234' };
		const { rpc, requests } = scripted(answering(() => ({ error })));
		const thrown = await rpc.request('eth_call').catch((one: unknown) => one as RpcError);
		expect(thrown).toBeInstanceOf(RpcError);
		expect(thrown).toMatchObject({
			method: 'eth_call',
			code: -32000,
			message: 'execution reverted',
			revertData: '0x1234',
		});
		expect(requests).toHaveLength(1);
	});

	it('is asked again when the error inside the answer is "too many requests"', async () => {
		const { rpc, requests } = scripted(faultyAtFirst([answering(() => TOO_MANY)]));
		await expect(rpc.request('eth_chainId')).resolves.toBe('eth_chainId');
		expect(requests).toHaveLength(2);
	});

	it.each([
		[-32016, 'over rate limit'],
		[-32029, 'Too Many Requests'],
		[-32007, '15/second request limit reached'],
		[-32097, 'call rate limit exhausted'],
		[-32011, 'no backend is currently healthy'],
		[15, 'Too many request'],
		[-32000, '429 Too Many Requests'],
		[-32000, 'header not found'],
		[-32603, 'Internal error'],
	])('is asked again when the error inside the answer passes: %i %p', async (code, message) => {
		const passing = answering(() => ({ error: { code, message } }));
		const { rpc, requests } = scripted(faultyAtFirst([passing, passing, passing]));
		await expect(rpc.request('eth_call')).resolves.toBe('eth_call');
		expect(requests).toHaveLength(4);
	});

	it('ends by the clock, whatever is left to try', async () => {
		let now = 1_000_000;
		const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
		const timeouts: number[] = [];
		const { rpc } = scripted(echo, {
			post: async (_url, _body, timeoutMs) => {
				timeouts.push(timeoutMs);
				now += timeoutMs;
				throw new NoReplyError('timedOut');
			},
			sleep: async (milliseconds) => (now += milliseconds),
		});
		const calls = ['a', 'b', 'c'].map((method) => ({ method, params: [], optional: method === 'c' }));
		expect(await faultOf(rpc.batch(calls))).toBe('timedOut');
		expect(now - 1_000_000).toBeLessThanOrEqual(45_001);
		expect(Math.max(...timeouts)).toBe(20_000);
		clock.mockRestore();
	});

	it('keeps the text that some give for an error', async () => {
		const { rpc } = scripted(() => reply({ error: 'project is paused' }, 400));
		await expect(rpc.request('eth_call')).rejects.toMatchObject({ name: 'RpcError', message: 'project is paused' });
	});

	it('takes a revert for one although the status says out of order', async () => {
		const body = { jsonrpc: '2.0', id: 1, error: { code: 3, message: 'execution reverted', data: '0xb4d78304' } };
		const { rpc, requests } = scripted(() => reply(body, 500));
		await expect(rpc.request('eth_call')).rejects.toMatchObject({ code: 3, revertData: '0xb4d78304' });
		expect(requests).toHaveLength(1);
	});

	it('keeps only the beginning of a text that has no end', async () => {
		const message = 'x'.repeat(5_000_000);
		const { rpc } = scripted(answering(() => ({ error: { code: -32000, message } })));
		const error = (await rpc.request('eth_call').catch((thrown: unknown) => thrown)) as Error;
		expect(error.message.length).toBeLessThan(5_000);
	});

	it('tells "too many requests" in the end', async () => {
		const { rpc, requests } = scripted(answering(() => TOO_MANY));
		await expect(rpc.request('eth_chainId')).rejects.toMatchObject({ code: 429 });
		expect(requests).toHaveLength(4);
	});
});

describe('what changes something', () => {
	const SENDING = ['eth_sendUserOperation', 'eth_sendRawTransaction', 'eth_sendTransaction'];
	const methods = fc.constantFrom(...SENDING);
	const fault = fc.constantFrom(
		...FAULTS.map(([, endpoint]) => endpoint),
		answering(() => TOO_MANY),
	);

	it('is sent exactly once, whatever happens', async () => {
		await fc.assert(
			fc.asyncProperty(methods, fault, async (method, endpoint) => {
				const { rpc, requests, pauses } = scripted(endpoint);
				await expect(rpc.request(method, [{}])).rejects.toThrow();
				expect(requests).toHaveLength(1);
				expect(pauses).toEqual([]);
			}),
		);
	});

	it('is sent exactly once in a batch with others too', async () => {
		await fc.assert(
			fc.asyncProperty(methods, fault, async (method, endpoint) => {
				const { rpc, requests } = scripted(endpoint);
				await rpc
					.batch([
						{ method: 'eth_chainId', params: [] },
						{ method, params: [] },
					])
					.catch(() => undefined);
				expect(
					methodsIn(requests)
						.flat()
						.filter((one) => one === method),
				).toHaveLength(1);
			}),
		);
	});
});

describe('a batch', () => {
	const calls = (...methods: string[]) => methods.map((method) => ({ method, params: [] }));
	const shuffled: Endpoint = (request, attempt) => {
		const { body, ...rest } = echo(request, attempt);
		return { ...rest, body: Array.isArray(body) ? [...body].reverse() : body };
	};

	it('is one request, and its answers come in the order of the calls', async () => {
		const { rpc, requests } = scripted(shuffled);
		expect(await rpc.batch(calls('a', 'b', 'c'))).toEqual([{ result: 'a' }, { result: 'b' }, { result: 'c' }]);
		expect(requests).toHaveLength(1);
	});

	it('goes to chain and bundler where these live apart', async () => {
		const { rpc, requests } = scripted(shuffled, { bundlerUrl: BUNDLER_URL });
		const wanted = [
			'eth_call',
			'eth_getUserOperationReceipt',
			'rundler_maxPriorityFeePerGas',
			'eth_getTransactionReceipt',
			'eth_supportedEntryPoints',
			'alchemy_requestGasAndPaymasterAndData',
			'eth_estimateUserOperationGas',
			'eth_estimateGas',
			'eth_sendUserOperation',
		];
		expect(await rpc.batch(calls(...wanted))).toEqual(wanted.map((result) => ({ result })));
		const ofChain = ['eth_call', 'eth_getTransactionReceipt', 'eth_estimateGas'];
		const ofBundler = wanted.filter((method) => !ofChain.includes(method) && method !== 'eth_sendUserOperation');
		// What changes something goes alone: no refusal of a batch can be one of it.
		expect(requests.map(({ url, calls: some }) => [url, some.map(({ method }) => method)])).toEqual([
			[CHAIN_URL, ofChain],
			[BUNDLER_URL, ofBundler],
			[BUNDLER_URL, ['eth_sendUserOperation']],
		]);
	});

	it("has a call's own error in its place", async () => {
		const { rpc } = scripted(
			answering(({ method }) => (method === 'b' ? { error: { code: 3, message: 'no' } } : { result: method })),
		);
		const [a, b, c] = await rpc.batch(calls('a', 'b', 'c'));
		expect([a, c]).toEqual([{ result: 'a' }, { result: 'c' }]);
		expect(b?.error).toMatchObject({ method: 'b', code: 3, message: 'no' });
	});

	it('asks anew only for the calls that were too many', async () => {
		let refused = false;
		const { rpc, requests } = scripted(
			answering(({ method }) => {
				if (method !== 'b' || refused) return { result: method };
				refused = true;
				return TOO_MANY;
			}),
		);
		expect(await rpc.batch(calls('a', 'b', 'c'))).toEqual([{ result: 'a' }, { result: 'b' }, { result: 'c' }]);
		expect(methodsIn(requests)).toEqual([['a', 'b', 'c'], ['b']]);
	});

	describe('of which an answer is missing', () => {
		const missing: Endpoint = (request, attempt) => {
			const { body } = echo(request, attempt);
			return Array.isArray(body) ? reply(body.slice(1)) : reply(request.calls[0]?.method === 'a' ? [] : body);
		};

		it('is asked again for that one', async () => {
			const { rpc, requests } = scripted(faultyAtFirst([missing]));
			expect(await rpc.batch(calls('a', 'b'))).toEqual([{ result: 'a' }, { result: 'b' }]);
			expect(methodsIn(requests)).toEqual([['a', 'b'], ['a']]);
		});

		it('has no valid answer where it stays so', async () => {
			const { rpc } = scripted(missing);
			expect(await faultOf(rpc.batch(calls('a', 'b')))).toBe('unintelligible');
		});
	});

	describe('at an endpoint that takes none', () => {
		const noBatch: Endpoint = (request, attempt) => (request.batch ? reply(REFUSED_BATCH) : echo(request, attempt));

		it('is asked one by one, and from then on at once', async () => {
			const { rpc, requests } = scripted(noBatch);
			for (const round of [1, 2]) {
				expect(await rpc.batch(calls('a', 'b'))).toEqual([{ result: 'a' }, { result: 'b' }]);
				expect(requests).toHaveLength(round === 1 ? 3 : 5);
			}
		});

		it('is asked one by one also when the refusal is HTTP 400, or carries no id', async () => {
			const { id: _, ...withoutId } = REFUSED_BATCH;
			for (const [body, status] of [
				[REFUSED_BATCH, 400],
				[withoutId, 200],
			] as const) {
				const { rpc } = scripted((request, attempt) => (request.batch ? reply(body, status) : echo(request, attempt)));
				expect(await rpc.batch(calls('a', 'b'))).toEqual([{ result: 'a' }, { result: 'b' }]);
			}
		});

		it('keeps the errors of single calls in their places', async () => {
			const { rpc } = scripted((request, attempt) => {
				if (request.batch) return reply(REFUSED_BATCH);
				return request.calls[0]?.method === 'a'
					? reply({ jsonrpc: '2.0', id: 1, error: { code: 3, message: 'no' } })
					: echo(request, attempt);
			});
			const [a, b] = await rpc.batch(calls('a', 'b'));
			expect(a?.error).toMatchObject({ method: 'a', code: 3 });
			expect(b).toEqual({ result: 'b' });
		});

		it('is not asked more often than another one when it is out of order', async () => {
			const { rpc, requests } = scripted((request) => (request.batch ? reply(REFUSED_BATCH) : reply(HTML, 503)));
			expect(await faultOf(rpc.batch(calls('a', 'b')))).toBe('unavailable');
			expect(methodsIn(requests).filter(([method, other]) => method === 'a' && !other)).toHaveLength(4);
		});
	});
});

describe('no secret', () => {
	const token = fc.stringMatching(/^[A-Za-z0-9_-]{12,40}$/);
	const privateKey = fc.stringMatching(/^0x[0-9a-f]{64}$/);
	const around = fc.stringMatching(/^[ -~]{0,30}$/);

	/** Every text in an error that a person may come to see. */
	const textsOf = (error: Error) => [error.message, error.stack ?? '', String(error), JSON.stringify(error)];

	it('is in what is thrown, whatever the endpoint says', async () => {
		const pieces = fc.record({
			chainKey: token,
			bundlerKey: token,
			policy: token,
			privateKey,
			before: around,
			behind: around,
		});
		const mangle = fc.constantFrom(
			(text: string) => text,
			(text: string) => text.toUpperCase(),
			(text: string) => text.replace(/^0x/, ''),
			(text: string) => encodeURIComponent(text),
		);
		const places = fc.constantFrom(
			(one: string, other: string) => ({
				chainUrl: `https://a.example/v2/${one}`,
				bundlerUrl: `https://b.example/${other}/rpc`,
			}),
			(one: string, other: string) => ({
				chainUrl: `https://a.example/?k=${one}`,
				bundlerUrl: `https://b.example/v1?net=x&apikey=${other}`,
			}),
			(one: string, other: string) => ({
				chainUrl: `https://user:${one}@a.example/`,
				bundlerUrl: `https://${other}:x@b.example/rpc`,
			}),
		);
		const status = fc.constantFrom(200, 400, 401, 404, 429, 500, 503);
		await fc.assert(
			fc.asyncProperty(pieces, mangle, places, status, fc.boolean(), async (given, changed, where, code, breaks) => {
				const { chainKey, bundlerKey, policy, before, behind } = given;
				const { chainUrl, bundlerUrl } = where(chainKey, bundlerKey);
				// The keys in the URLs are known from the URLs alone.
				const known = [policy, given.privateKey];
				const secrets = [...known, chainKey, bundlerKey];
				const all = [...secrets, chainUrl, bundlerUrl].map(changed);
				const message = all.map((secret) => `${before}${secret}${behind}`).join(' ');
				const { rpc } = scripted(
					() => {
						if (breaks) throw new Error(message);
						return reply({ jsonrpc: '2.0', id: 1, error: { code: -32000, message } }, code);
					},
					{ chainUrl, bundlerUrl, secrets: known },
				);
				const error = await rpc.request('eth_sendUserOperation').catch((thrown: unknown) => thrown as Error);
				expect(error).toBeInstanceOf(Error);
				const shown = [...textsOf(error as Error), rpc.redact(message)].join('\n').toLowerCase();
				for (const secret of [...secrets, given.privateKey.slice(2)]) expect(shown).not.toContain(secret.toLowerCase());
				expect(shown).not.toMatch(/https:\/\/[ab]\.example/);
			}),
		);
	});

	it('is in what a proxy says of the credentials in a URL', () => {
		const { rpc } = scripted(echo, { chainUrl: 'https://us%65r:p%40ss-word@a.example/base/v2' });
		const basic = Buffer.from('user:p@ss-word').toString('base64');
		expect(rpc.redact(`Basic ${basic} is refused: p@ss-word`)).toBe('Basic [redacted] is refused: [redacted]');
		expect(rpc.redact('the base fee is 2')).toBe('the base fee is 2');
	});

	it('is lost on the way: everything else of a message stays', async () => {
		const { rpc } = scripted(echo, { secrets: ['a-gas-policy-id'] });
		expect(rpc.redact('the policy a-gas-policy-id has no money left')).toBe('the policy [redacted] has no money left');
		expect(rpc.redact('transfer amount exceeds balance of 0xA9059cbb')).toBe(
			'transfer amount exceeds balance of 0xA9059cbb',
		);
	});
});
