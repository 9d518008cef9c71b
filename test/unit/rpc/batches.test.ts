import fc from 'fast-check';
import { EndpointError } from '../../../core/rpc/errors';
import { optional, read, rpcRead } from '../../../core/rpc/read';
import { answering, echo, methodsIn, reply, scripted, type Endpoint, type Request } from './scripted';

const callsOf = (count: number) => Array.from({ length: count }, (_, i) => ({ method: `m${i}`, params: [] }));
const resultsOf = (count: number) => callsOf(count).map(({ method }) => ({ result: method }));

/** Takes batches of at most so many calls, and refuses larger ones in its own way. */
function takesAtMost(most: number, refusal: (request: Request) => ReturnType<typeof reply>): Endpoint {
	return (request, attempt) => (request.calls.length > most ? refusal(request) : echo(request, attempt));
}

const error = { code: -32600, message: 'batch refused' };
const inEachPlace = ({ calls }: Request) =>
	reply(calls.map(({ id }) => ({ id, error: { code: -32005, message: 'limit exceeded' } })));

const inEachPlaceWith = (message: string) => (request: Request) =>
	reply(request.calls.map(({ id }) => ({ id, error: { code: -32000, message } })));

/** The ways in which endpoints refuse a batch, or answer it so that nobody knows whose answer is whose. */
const REFUSALS: [string, (request: Request) => ReturnType<typeof reply>][] = [
	['one error under id null', () => reply({ jsonrpc: '2.0', id: null, error })],
	['one error without an id', () => reply({ jsonrpc: '2.0', error })],
	['one error under the first id', () => reply({ jsonrpc: '2.0', id: 1, error })],
	['one error under the first id as text', () => reply({ jsonrpc: '2.0', id: '1', error })],
	['one error under a UUID', () => reply({ jsonrpc: '2.0', id: '6f1c9a40-1d7e-4a41-9a36-3a0c5c1d2b11', error })],
	['a list of one error under null', () => reply([{ jsonrpc: '2.0', id: null, error }])],
	[
		'a list of one error under a UUID',
		() => reply([{ jsonrpc: '2.0', id: '6f1c9a40-1d7e-4a41-9a36-3a0c5c1d2b11', error }]),
	],
	['an empty list', () => reply([])],
	['HTTP 400 with an error', () => reply({ id: 1, error }, 400)],
	['HTTP 400 with a text', () => reply('Bad Request', 400)],
	['HTTP 413 with an error', () => reply({ id: null, error }, 413)],
	['HTTP 413 with a page', () => reply('<html></html>', 413)],
	['HTTP 500 with an error', () => reply({ id: null, error }, 500)],
	['an error as text', () => reply({ error: 'Batch too large' })],
	['a text', () => reply('no')],
	['-32005 for all', () => reply({ id: null, error: { code: -32005, message: 'too many calls' } })],
	['-32005 in place of each answer', inEachPlace],
	['an error on the batch in place of each answer', inEachPlaceWith('batch size is too large')],
	[
		'an error on the batch under the first id, in a list',
		() => reply([{ id: 1, error: { code: 1, message: 'batch limit' } }]),
	],
	['HTTP 403 with an error', () => reply({ id: null, error: { code: 1, message: 'Batch requests: upgrade' } }, 403)],
	['HTTP 429 with an error', () => reply({ id: null, error: { code: 1, message: 'batch too large' } }, 429)],
	['HTTP 503 with an error', () => reply({ id: null, error: { code: 1, message: 'batch too large' } }, 503)],
	['HTTP 422 with an error', () => reply({ id: null, error }, 422)],
	['null', () => reply(null)],
	['a list of null', () => reply([null])],
	['answers under ids from 0', ({ calls }) => reply(calls.map(({ method }, id) => ({ id, result: method })))],
	[
		'answers under the ids of others',
		({ calls }) => reply(calls.map(({ method, id }) => ({ id: id + 1, result: method }))),
	],
	['two answers to one call', ({ calls }) => reply([...calls, ...calls].map(({ id }, i) => ({ id, result: `m${i}` })))],
];

describe.each(REFUSALS)('an endpoint that refuses large batches by %s', (_, refusal) => {
	it.each([1, 2, 3, 10, 20])('gets batches that it takes where it takes %i calls', async (most) => {
		const { rpc } = scripted(takesAtMost(most, refusal));
		expect(await rpc.batch(callsOf(30))).toEqual(resultsOf(30));
	});
});

describe('a refusal of a batch', () => {
	it.each([
		['batch size 30 exceeds the limit of 10', 10],
		['Batch of more than 3 requests are not allowed on free tier', 3],
		['maximum 20 calls in 1 batch', 20],
		['Batch requests are not supported', 1],
	])('%p is heeded at once, and from then on', async (message, most) => {
		const { rpc, requests } = scripted(takesAtMost(most, () => reply({ id: null, error: { code: -32600, message } })));
		await rpc.batch(callsOf(30));
		const [first, ...others] = requests.map(({ calls }) => calls.length);
		expect(first).toBe(30);
		expect(Math.max(...others)).toBe(most);
		expect(others).toHaveLength(Math.ceil(30 / most));
		await rpc.batch(callsOf(30));
		expect(requests).toHaveLength(1 + 2 * others.length);
	});

	it('is learned for its own URL alone', async () => {
		const refuse = () => reply({ id: null, error });
		const { rpc, requests } = scripted(
			(request, attempt) => (request.url.includes('bundler') ? takesAtMost(1, refuse) : echo)(request, attempt),
			{ bundlerUrl: 'https://bundler.example/' },
		);
		const calls = [...callsOf(3), ...['pm_a', 'pm_b'].map((method) => ({ method, params: [] }))];
		await rpc.batch(calls);
		await rpc.batch(calls);
		expect(methodsIn(requests).filter(([first]) => first === 'm0')).toEqual([
			['m0', 'm1', 'm2'],
			['m0', 'm1', 'm2'],
		]);
	});

	it('never makes anything be sent twice', async () => {
		const methods = fc.constantFrom('eth_sendUserOperation', 'eth_sendRawTransaction');
		const refusals = fc.constantFrom(...REFUSALS.map(([, refusal]) => refusal));
		await fc.assert(
			fc.asyncProperty(methods, refusals, fc.integer({ min: 0, max: 3 }), async (method, refusal, others) => {
				const { rpc, requests } = scripted(takesAtMost(0, refusal));
				await rpc.batch([...callsOf(others), { method, params: [] }]).catch(() => undefined);
				expect(
					methodsIn(requests)
						.flat()
						.filter((one) => one === method),
				).toHaveLength(1);
			}),
		);
	});

	it('is told from too many requests, which are waited for and teach nothing of batches', async () => {
		const busy = () => reply({ id: null, error: { code: -32000, message: 'rate limit exceeded' } });
		const { rpc, requests, pauses } = scripted((request, attempt) => (attempt === 1 ? busy() : echo(request, attempt)));
		expect(await rpc.batch(callsOf(30))).toEqual(resultsOf(30));
		expect(requests.map(({ calls }) => calls.length)).toEqual([30, 30]);
		expect(pauses).toHaveLength(1);
	});

	it('does not ask an endpoint for much that is out of order', async () => {
		const { rpc, requests } = scripted(() => reply('', 503));
		await expect(rpc.batch(callsOf(30))).rejects.toThrow(EndpointError);
		expect(requests).toHaveLength(4);
	});

	it('gives the answers under ids that came back as text', async () => {
		const { rpc, requests } = scripted((request) =>
			reply(request.calls.map(({ id, method }) => ({ id: String(id), result: method })).reverse()),
		);
		expect(await rpc.batch(callsOf(3))).toEqual(resultsOf(3));
		expect(requests).toHaveLength(1);
	});
});

describe('a read that is optional', () => {
	const logs = optional(rpcRead('eth_getLogs', [], (one: string) => one));
	const receipt = optional(rpcRead('eth_getUserOperationReceipt', [], (one: string) => one));
	const needed = rpcRead('eth_x', [], (one: string) => one);
	/** Can't carry a request with this method in it. */
	const without =
		(method: string, fault: () => ReturnType<typeof reply>): Endpoint =>
		(request, attempt) =>
			request.calls.some((call) => call.method === method) ? fault() : echo(request, attempt);

	it.each([
		['HTTP 403', () => reply('Forbidden', 403)],
		['HTTP 504', () => reply('', 504)],
		['HTTP 500', () => reply({ id: null, error: { code: -32603, message: 'timeout' } }, 500)],
		['HTTP 429', () => reply('', 429)],
		[
			'a broken connection',
			() => {
				throw new Error('socket hang up');
			},
		],
	])('takes no other along when it meets %s', async (_, fault) => {
		const { rpc } = scripted(without('eth_getLogs', fault));
		expect(await read(rpc, { logs, needed, receipt })).toEqual({
			logs: undefined,
			needed: 'eth_x',
			receipt: 'eth_getUserOperationReceipt',
		});
	});

	it.each([
		{ code: -32000, message: 'request timed out' },
		{ code: -32601, message: 'method not found' },
	])('is undefined when the answer is %j', async (said) => {
		const { rpc } = scripted(answering(({ method }) => (method === 'eth_x' ? { result: 'x' } : { error: said })));
		expect(await read(rpc, { logs, needed })).toEqual({ logs: undefined, needed: 'x' });
	});

	it('leaves what is needed as it is: a fault of that is thrown', async () => {
		const { rpc } = scripted(without('eth_x', () => reply('', 503)));
		await expect(read(rpc, { logs, needed })).rejects.toMatchObject({ fault: 'unavailable' });
	});
});
