import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { parseGwei, toHex } from 'viem';
import type { FaultRule } from '../../../devnet';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import { alchemyApiFor } from '../../support/credentials';
import { freshAddress, payingAccount, sleep } from '../../support/payer';
import { runNode } from '../../support/runNode';
import { laterBlocks } from '../support/attempts';
import { connect, type DevnetClient } from '../support/devnet';
import { dollarsOf } from '../support/onChain';

jest.setTimeout(60_000);

const PAID = 1_500_000n;

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

afterEach(() => devnet.faults.clear());

/** Whoever has an account pays 1.50 to each of these, and goes on whatever happens; the items that come out. */
async function person() {
	const { account } = await payingAccount(devnet, { kind: 'gas limit' });
	const credentials = {
		alchemyApi: alchemyApiFor(devnet),
		agentSessionKeyApi: { accountAddress: account.address, privateKey: account.keys[0]!.privateKey },
	};
	return async (to: readonly string[], options: IDataObject = {}, signal?: AbortSignal): Promise<IDataObject[]> => {
		const node = new SessionKey();
		const { execute } = node;
		if (signal) {
			node.execute = function (this: IExecuteFunctions) {
				const stoppable = { getExecutionCancelSignal: () => signal };
				return execute.call(Object.assign(Object.create(this) as IExecuteFunctions, stoppable));
			};
		}
		const { items, error } = await runNode(node, {
			parameters: {
				resource: 'payment',
				operation: 'send',
				recipient: '={{ $json.to }}',
				token: { __rl: true, mode: 'address', value: devnet.tokens.usd6.address },
				amount: '1.5',
				reference: '=salary/{{ $json.to }}',
				options: { timeLimit: 1, ...options },
			},
			credentials,
			items: to.map((one) => ({ to: one })),
			continueOnFail: true,
		});
		if (error) throw error;
		return items.map(({ json }) => json);
	};
}

describe('an item of a reference that was paid', () => {
	it.each<[string, FaultRule[]]>([
		['the endpoint is out of order', [{ kind: 'http', status: 503 }]],
		['the API key is refused', [{ kind: 'http', status: 401 }]],
		['access is forbidden', [{ kind: 'http', status: 403 }]],
		['the answer is a page', [{ kind: 'http', status: 200, body: '<html>' }]],
		[
			'nothing of the past is given',
			[
				{ kind: 'noArchive', blocks: 2 },
				{ kind: 'answer', result: null, match: ['eth_getLogs', 'eth_getTransactionByHash'] },
			],
		],
	])('never says that it is not paid while %s: this run sent nothing, and that is all', async (_, faults) => {
		const pay = await person();
		const to = [freshAddress()];
		expect(await pay(to, { timeLimit: 30 })).toMatchObject([{ status: 'paid' }]);
		await laterBlocks(devnet, 3);
		await devnet.faults.set(...faults);
		const [said] = await pay(to);
		expect(said).toMatchObject({ status: 'notSent' });
		expect(said).not.toHaveProperty('referenceState');
		expect(JSON.stringify(said)).not.toMatch(/notPaid|unclaimed/);
		await devnet.faults.clear();
		expect(await pay(to)).toMatchObject([{ status: 'alreadyPaid' }]);
		expect(await dollarsOf(devnet, to[0]!)).toBe(PAID);
	});
});

it('a payment on its way is not told as not paid by the next run, which refuses for another reason', async () => {
	const pay = await person();
	const to = [freshAddress()];
	const feeCap = { feeCap: '30' };
	await devnet.faults.set({ kind: 'drop', match: ['eth_sendUserOperation'], carriedOut: false });
	expect(await pay(to, feeCap)).toMatchObject([{ status: 'pending', userOperationHash: expect.stringMatching(/^0x/) }]);
	const result = toHex(parseGwei('100'));
	await devnet.faults.set({ kind: 'answer', result, match: ['rundler_maxPriorityFeePerGas'] });
	const [refused] = await pay(to, feeCap);
	expect(refused).toMatchObject({
		status: 'notSent',
		referenceState: 'unclaimed',
		asOfBlock: expect.any(Number),
		refusal: { code: 'feeAboveCap' },
	});
});

it('Stop ends a node that pays many: what was sent is told, and nobody after that is paid', async () => {
	const pay = await person();
	const people = Array.from({ length: 6 }, freshAddress);
	const stop = new AbortController();
	const paid = async () => (await Promise.all(people.map((one) => dollarsOf(devnet, one)))).filter((sum) => sum > 0n);
	const running = pay(people, { timeLimit: 30 }, stop.signal);
	while ((await paid()).length < 2) await sleep(20);
	stop.abort();
	const told = await running;
	const before = (await paid()).length;
	expect(told.length).toBeLessThan(people.length);
	const sent = told.filter(({ status }) => status === 'paid' || status === 'pending');
	expect(sent.length).toBeGreaterThanOrEqual(before);
	expect(told.every(({ status }) => /^(paid|pending|notSent)$/.test(String(status)))).toBe(true);
	await sleep(1_500);
	expect((await paid()).length).toBeLessThanOrEqual(sent.length);
});
