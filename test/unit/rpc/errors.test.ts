import {
	canPass,
	EndpointError,
	isRangeRefusal,
	isRateLimit,
	isRevert,
	isTransient,
	RpcError,
} from '../../../core/rpc/errors';

type Said = [code: number, message: string, data?: unknown];
const errorOf = ([code, message, data]: Said) => new RpcError('eth_call', code, message, data);

/** The provider had too many requests. */
const RATE_LIMITS: Said[] = [
	[
		429,
		'Your app has exceeded its compute units per second capacity. If you have retries enabled, you can ignore this',
	],
	[-32005, 'limit exceeded'],
	[-32005, 'daily request count exceeded, request rate limited'],
	[-32007, '15/second request limit reached - reduce calls per second or upgrade your account'],
	[-32016, 'over rate limit'],
	[-32029, 'Too Many Requests'],
	[-32097, 'call rate limit exhausted, retry in 10s'],
	[15, 'Too many request, reason: call rate limit exhausted, retry in 10s'],
	[-32605, 'Rate Limit'],
	[-32000, '429 Too Many Requests'],
	[-32000, '429'],
	[-32000, 'project ID request rate exceeded: requests per second'],
	[0, 'Monthly capacity limit exceeded. Visit the dashboard to upgrade'],
	[-32005, "You've exceeded the RPS limit available on the current plan."],
	[-32000, 'RPS limit exceeded'],
	[-32000, 'compute units limit exceeded'],
	[-32000, 'request rate exceeded'],
	[-32000, 'request throttled, slow down'],
	[-32000, 'RU exhausted, please upgrade your package'],
	[-32000, 'You have exceeded your free plan'],
	[-32001, 'Exceeded the quota usage'],
	[-32000, 'usage limit reached for this month'],
];
/** Asked again, it may be answered. */
const PASSING: Said[] = [
	...RATE_LIMITS,
	[-32000, 'header not found'],
	[-32000, 'block not found'],
	[-32001, 'block 0x12 is not available'],
	[-32000, 'cannot query unfinalized data'],
	[-32011, 'no backend is currently healthy to serve traffic'],
	[-32011, 'network error'],
	[-32603, 'Internal error'],
	[-32603, 'Internal JSON-RPC error.'],
	[-32603, ''],
	[-32000, 'internal server error'],
	[-32002, 'request timed out'],
	[-32000, 'context deadline exceeded'],
	[19, 'Temporary internal error. Please retry, trace-id: 1'],
	[30, 'Request timeout on the free tier, please upgrade your tier to the paid one'],
	[4, "Can't route your request to suitable provider, if you specified certain providers revise the list"],
	[26, 'Unknown block'],
	[-32000, 'block is out of range'],
	[-32001, 'Resource not found.'],
	[-32603, 'no message'],
	[-32603, 'read ECONNRESET'],
	[-32603, 'socket hang up'],
	[-32603, 'fetch failed'],
	[-32603, 'all upstreams failed'],
	[-32000, 'context canceled'],
	[-32000, 'unexpected EOF'],
	[-32000, 'http2: server sent GOAWAY and closed the connection'],
	[-32000, 'upstream connect error or disconnect/reset before headers'],
	[-32000, 'node is not ready'],
	[-32000, 'under maintenance'],
	[-32000, 'service is unavailable'],
	[-32000, 'sequencer is down'],
];
/** Says nothing of the question, however often it is asked. */
const NODE_LIMITS: Said[] = [
	[-32000, 'out of gas'],
	[-32000, 'out of gas: gas required exceeds: 50000000'],
	[-32003, 'gas required exceeds allowance (50000000)'],
	[-32000, 'execution aborted (timeout = 5s)'],
];
const REVERTS: Said[] = [
	[3, 'execution reverted'],
	[3, ''],
	[-32000, 'execution reverted'],
	[-32000, 'execution reverted: Too Many Requests'],
	[-32000, 'VM Exception while processing transaction: revert'],
	[-32015, 'VM execution error.', 'Reverted 0x08c379a0'],
	[-32015, 'VM execution error.', 'Reverted 0x'],
	[-32000, 'execution reverted: slow down, no backend'],
	[-32603, 'Internal JSON-RPC error.', { originalError: { data: '0xb4d78304' } }],
	[-32603, 'Internal error', '0xb4d78304'],
	[-32000, 'invalid opcode: INVALID'],
	[-32603, 'EVM error InvalidFEOpcode'],
	[-32000, 'stack underflow (0 <=> 1)'],
];
/** About the question, and no revert. */
const OTHERS: Said[] = [
	[-32602, 'invalid argument 0: hex string without 0x prefix'],
	[-32601, 'the method eth_x does not exist/is not available'],
	[-32000, 'insufficient funds for gas * price + value'],
	[-32000, 'missing trie node 0x12'],
	[-32002, 'Archive, Debug and Trace requests are not available on your current plan. Please upgrade.'],
	[-32016, 'Unauthorized: missing authentication'],
	[-32007, 'maxFeePerGas in userOp: 1 is lower than expected maxFeePerGas: 100000000'],
	[-32504, 'account 0x01 throttled or banned'],
	[-32500, 'AA23 reverted (or OOG)'],
	[-32521, 'out of gas'],
];
/** eth_getLogs was asked for too much at once. */
const RANGES: Said[] = [
	[-32005, 'query returned more than 10000 results'],
	[-32005, 'block range too large, max range: 2000'],
	[
		-32600,
		'You can make eth_getLogs requests with up to a 10 block range. Based on your parameters, this block range should work: [0x1, 0x2]',
	],
	[-32602, 'range 1000000 exceeds limit of 10000'],
	[-32602, 'invalid params', { payload: 'range 9009594 is bigger than range limit 2000' }],
	[-32614, 'eth_getLogs is limited to a 5 range'],
	[-32000, 'block range is larger than max block range, block range = 5120, max block range = 5000'],
	[-32602, 'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range'],
	[-32012, 'Block range in eth_getLogs too large'],
	[-32000, 'exceed maximum block range: 5000'],
	[-32602, 'query exceeds max results 20000, retry with the range 1-2'],
	[-32005, 'logs limited to 1000 blocks'],
	[-32000, 'query timeout exceeded'],
	[35, 'ranges over 10000 blocks are not supported on freetier'],
];

describe('of what an endpoint says in an error', () => {
	it.each(RATE_LIMITS)('%i %p: too many requests', (...said) => expect(isRateLimit(errorOf(said))).toBe(true));

	it.each(PASSING)('%i %p: passes', (...said) => {
		const error = errorOf(said);
		expect([canPass(error), isTransient(error), isRevert(error), isRangeRefusal(error)]).toEqual([
			true,
			true,
			false,
			false,
		]);
	});

	it.each(NODE_LIMITS)('%i %p: says nothing of the question', (...said) => {
		const error = errorOf(said);
		expect([isTransient(error), isRevert(error), isRateLimit(error)]).toEqual([true, false, false]);
	});

	it.each(REVERTS)('%i %p: the call itself reverted', (...said) => {
		const error = errorOf(said);
		expect([isRevert(error), isTransient(error), canPass(error), isRateLimit(error)]).toEqual([
			true,
			false,
			false,
			false,
		]);
	});

	it.each(RANGES)('%i %p: too much at once, not too many requests', (...said) => {
		const error = errorOf(said);
		expect([isRangeRefusal(error), isRateLimit(error), canPass(error), isRevert(error)]).toEqual([
			true,
			false,
			false,
			false,
		]);
	});

	it.each(OTHERS.slice(0, 8))('%i %p: neither', (...said) => {
		const error = errorOf(said);
		expect([isRevert(error), isTransient(error), isRateLimit(error)]).toEqual([false, false, false]);
	});

	it.each(OTHERS.slice(8))('%i %p, of a bundler: about the operation', (...said) => {
		expect(isTransient(errorOf(said))).toBe(false);
	});
});

it.each([new EndpointError('unreachable', 'eth_call'), new EndpointError('unintelligible', 'eth_call')])(
	'%p says nothing of the question',
	(error) => {
		expect(isTransient(error)).toBe(true);
		expect(isRevert(error)).toBe(false);
	},
);

it.each([new Error('execution reverted'), undefined, 'header not found'])('%p is none of these', (error) => {
	expect([isTransient(error), isRevert(error), isRateLimit(error)]).toEqual([false, false, false]);
});
