import { numberToHex, parseEther, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { findByReference } from '../../../core/payment/findPayment';
import { listPayments } from '../../../core/payment/listPayments';
import { pay } from '../../../core/payment/pay';
import type { Payer } from '../../../core/payment/send/payment';
import { USER_OPERATION_EVENT } from '../../../core/userOperation/outcome';
import { fundedAccount } from '../../../devnet';
import {
	dollars,
	freshAddress,
	KINDS,
	payerWith,
	payingAccount,
	payOptions,
	permissionsFor,
	sleep,
	type Kind,
} from '../../support/payer';
import { laterBlocks } from '../support/attempts';
import { connect, type DevnetClient } from '../support/devnet';
import { dollarsOf, refusalOf } from '../support/onChain';
import { callTo, liar, type Lie } from './liar';

jest.setTimeout(60_000);

const PAID = 1_500_000n;
const NOT_CLAIMED: Hex = `0x${'0'.repeat(256)}`;
const CLAIMED_IN_BLOCK_1: Hex = `0x${'1'.padStart(64, '0').repeat(4)}`;

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

const statusOf = async (payment: ReturnType<typeof pay>) => (await payment).status;

/** What a person with credentials of their own, and an account that is not theirs, has an endpoint say of it. */
const LIES: [string, Lie][] = [
	[
		'that all of it failed, a thousand blocks ahead',
		async (method, params, truth) => {
			const answer = (await truth()) as never;
			if (method === 'eth_getBlockByNumber' && params[0] === 'latest') {
				const { number } = answer as { number: Hex };
				return { ...(answer as object), number: numberToHex(BigInt(number) + 1000n) };
			}
			if (method !== 'eth_getLogs') return answer;
			const failed = (data: string) => data.slice(0, 66) + '0'.repeat(64) + data.slice(130);
			return (answer as { topics: Hex[]; data: string }[]).map((log) =>
				log.topics[0] === USER_OPERATION_EVENT ? { ...log, data: failed(log.data) } : log,
			);
		},
	],
	['that nothing was claimed', answerOfRegistry(NOT_CLAIMED)],
	['that everything was claimed', answerOfRegistry(CLAIMED_IN_BLOCK_1)],
	['nothing of the past', async (method, _, truth) => (/Logs|ByHash|Receipt$/.test(method) ? null : truth())],
];

function answerOfRegistry(answer: Hex): Lie {
	return async (method, params, truth) => (callTo(REFERENCE_REGISTRY, method, params) ? answer : truth());
}

describe.each(KINDS)('a key with %s', (kind) => {
	it.each(kind === 'gas limit' ? LIES : LIES.slice(0, 2))('is not told by another connection %s', async (_, lie) => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const first = await pay(payer, dollars(devnet, to), payOptions('salary'));
		expect(first.status).toBe('paid');
		const stranger: Payer = {
			...payerWith(devnet, account.address, generatePrivateKey()),
			rpc: liar(devnet.url, lie),
		};
		stranger.rpc.sleep = async () => undefined;
		for (const reference of ['salary', 'bonus', 'whatever']) {
			await findByReference(stranger, reference).catch(() => undefined);
			await pay(stranger, dollars(devnet, to), payOptions(reference, { timeLimit: 100 })).catch(() => undefined);
		}
		await listPayments(stranger).catch(() => undefined);
		expect(await pay(payer, dollars(devnet, to), payOptions('salary'))).toMatchObject({
			status: 'alreadyPaid',
			userOperationHash: first.userOperationHash,
		});
		expect(await statusOf(pay(payer, dollars(devnet, to), payOptions('bonus')))).toBe('paid');
		expect(await statusOf(pay(payer, dollars(devnet, to), payOptions('bonus')))).toBe('alreadyPaid');
		expect(await dollarsOf(devnet, to)).toBe(2n * PAID);
	});

	it('is lied to by its own endpoint, which hides the claim or makes one up: pays no second time, or not at all', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const over = (answer: Hex): Payer => {
			const rpc = liar(devnet.url, answerOfRegistry(answer));
			return { ...payer, rpc: { ...rpc, sleep: () => sleep(20) } };
		};
		const to = freshAddress();
		expect(await refusalOf(pay(over(CLAIMED_IN_BLOCK_1), dollars(devnet, to), payOptions('salary')))).toMatchObject({
			refusal: { code: 'historyUnavailable' },
		});
		expect(await dollarsOf(devnet, to)).toBe(0n);
		expect(await statusOf(pay(payer, dollars(devnet, to), payOptions('salary')))).toBe('paid');
		const hidden = await pay(over(NOT_CLAIMED), dollars(devnet, to), payOptions('salary', { timeLimit: 500 })).catch(
			(error: unknown) => error,
		);
		expect(hidden).toMatchObject(kind === 'gas limit' ? { refusal: { code: 'referenceClaimed' } } : {});
		expect(hidden).not.toMatchObject({ status: 'paid' });
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});
});

it('looks once more when the time is over in the moment in which a claim is told', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'gas limit' });
	const to = freshAddress();
	const first = await pay(payer, dollars(devnet, to), payOptions('salary'));
	let looks = 0;
	const rpc = liar(devnet.url, async (method, params, truth) =>
		callTo(REFERENCE_REGISTRY, method, params) && looks++ === 0 ? NOT_CLAIMED : truth(),
	);
	expect(await pay({ ...payer, rpc }, dollars(devnet, to), payOptions('salary', { timeLimit: 0 }))).toMatchObject({
		status: 'alreadyPaid',
		userOperationHash: first.userOperationHash,
	});
	expect(looks).toBe(2);
	expect(await dollarsOf(devnet, to)).toBe(PAID);
});

/** The same payer, whose node is some blocks behind, in all that it says or only in calls. */
function lagging(payer: Payer, behind: number, methods: RegExp, isBehind: () => boolean): Payer {
	const rpc = liar(devnet.url, (_, __, truth) => truth());
	const { batch } = rpc;
	rpc.batch = async (calls) => {
		if (!isBehind()) return batch(calls);
		const newest = BigInt(await devnet.request<Hex>('eth_blockNumber'));
		const old = numberToHex(newest - BigInt(behind));
		return batch(
			calls.map((call) =>
				methods.test(call.method)
					? { ...call, params: (call.params ?? []).map((one) => (one === 'latest' ? old : one)) }
					: call,
			),
		);
	};
	return { ...payer, rpc };
}

describe.each<[Kind, Kind]>([
	['gas limit', 'free lanes'],
	['free lanes', 'gas limit'],
	['gas limit', 'gas limit'],
	['free lanes', 'free lanes'],
])('one reference, two keys: one with %s, then one with %s', (one, other) => {
	it.each([
		['in all that it says', /^eth_(call|get(BlockByNumber|Balance|Code))$/],
		['in calls alone', /^eth_call$/],
	])('is paid once though the second one’s node is behind %s', async (_, methods) => {
		const account = await fundedAccount(devnet, {
			eth: parseEther('5'),
			keys: [one, other].map((kind) => ({ permissions: permissionsFor(devnet, { kind }) })),
		});
		const [first, second] = account.keys.map(({ privateKey }) => payerWith(devnet, account.address, privateKey));
		await laterBlocks(devnet, 3);
		const to = freshAddress();
		expect(await statusOf(pay(first!, dollars(devnet, to), payOptions('salary')))).toBe('paid');
		const started = Date.now();
		const behind = lagging(second!, 1, methods, () => Date.now() - started < 500);
		expect(await pay(behind, dollars(devnet, to), payOptions('salary'))).toMatchObject({
			status: 'alreadyPaid',
			key: first!.key,
		});
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});
});
