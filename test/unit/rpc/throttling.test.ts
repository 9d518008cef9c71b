import type { INode } from 'n8n-workflow';
import { explainAnswer } from '../../../core/explain/explain';
import { getLogs } from '../../../core/rpc/logs';
import { toErrorJson, toNodeError } from '../../../nodes/shared/errors';
import { answering, reply, scripted, type Endpoint } from './scripted';

const inAnswer = (code: number, message: string) => answering(() => ({ error: { code, message } }));

const inHttp429 = (message: string) => () => reply({ jsonrpc: '2.0', id: null, error: { code: -32007, message } }, 429);

/** The ways in which a provider says that there were too many requests. */
const THROTTLING: [string, Endpoint, RegExp][] = [
	['HTTP 429', () => reply('', 429), /too many requests/],
	['429 in the answer', inAnswer(429, 'exceeded its compute units per second capacity'), /too many requests/],
	['-32005 in the answer', inAnswer(-32005, 'limit exceeded'), /too many requests/],
	['-32016 in the answer', inAnswer(-32016, 'over rate limit'), /too many requests/],
	[
		'a limit of each second, with an advertisement',
		inHttp429('15/second request limit reached - reduce calls per second or upgrade your account at quicknode.com'),
		/too many requests/,
	],
	[
		'a plan that is used up',
		() => reply({ message: 'Monthly capacity limit exceeded' }, 403),
		/plan includes is used up/,
	],
];

describe.each(THROTTLING)('%s is told as throttling', (_, endpoint, words) => {
	const thrownBy = async (ask: (rpc: ReturnType<typeof scripted>['rpc']) => Promise<unknown>): Promise<Error> => {
		const thrown = await ask(scripted(endpoint).rpc).catch((error: unknown) => error);
		expect(thrown).toBeInstanceOf(Error);
		return thrown as Error;
	};
	const asks = [
		(rpc: ReturnType<typeof scripted>['rpc']) => rpc.request('eth_call'),
		(rpc: ReturnType<typeof scripted>['rpc']) =>
			getLogs(rpc, { address: '0x036CbD53842c5426634e7929541eC2318f3dCF7e', topics: [] }, 0n, 9n),
	];

	it.each(asks)('to a person, and never as a missing archive, an API key or a wrong URL', async (ask) => {
		const error = await thrownBy(ask);
		const clean = (text: string) => text;
		const { message, description } = toNodeError({ name: 'Node' } as INode, error, 0, clean);
		expect(message).toMatch(words);
		expect(`${message} ${description}`).not.toMatch(/archive|history|logs of only|API key|Check network/i);
		expect(toErrorJson(error, clean).error).toMatch(words);
	});
});

it('a plan that takes some calls of a batch each second is asked until all are answered, in as many requests', async () => {
	const some: Endpoint = ({ calls }) =>
		reply(
			calls.map(({ id }, place) => ({
				jsonrpc: '2.0',
				id,
				...(place < 3 ? { result: '0x1' } : { error: { code: 429, message: 'exceeded its compute units per second' } }),
			})),
		);
	const { rpc, requests, pauses } = scripted(some);
	const answers = await rpc.batch(Array.from({ length: 20 }, () => ({ method: 'eth_getCode', params: [] })));
	expect(answers.map(({ result }) => result)).toEqual(Array.from({ length: 20 }, () => '0x1'));
	expect(requests.map(({ calls }) => calls.length)).toEqual([20, 17, 14, 11, 8, 5, 2]);
	expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
});

it('explains it in a refusal too', async () => {
	const { rpc } = scripted(inAnswer(-32029, 'Too Many Requests'));
	const error = await rpc.request('eth_estimateUserOperationGas').catch((thrown: unknown) => thrown);
	expect(explainAnswer(error as never)).toMatchObject({ code: 'rateLimited' });
});
