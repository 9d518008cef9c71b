import type { Hex } from 'viem';
import { transferRequest } from '../../core/payment/check/paymentRequest';
import { pay } from '../../core/payment/pay';
import type { Payer } from '../../core/payment/send/payment';
import { RefusalError } from '../../core/refusal/refusal';
import { EndpointError } from '../../core/rpc/errors';
import { createRpc, type Post, type Rpc } from '../../core/rpc/rpc';
import { payerWith, payOptions, post, sleep } from '../support/payer';
import type { Outcome, Trigger, WorkerSetup } from './messages';
import { lagging, lying } from './nodes';

/**
 * One of the processes that pay: it makes the payments that it is told to, several at a time, and says what came of
 * each. It knows nothing of the others, and nothing of what it did before it was killed.
 */
const setup = JSON.parse(process.env.ONCE_SETUP ?? '{}') as WorkerSetup;
/** Of each person, on each chain: kept as long as the process, as n8n keeps what it read. */
const connections = new Map<string, Rpc>();

const MOST_BLOCKS_BEHIND = 12;

process.on('message', (trigger: Trigger) => {
	void run(trigger).then((outcome) => process.send?.(outcome));
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });

async function run(trigger: Trigger): Promise<Outcome> {
	const { id, payment, timeLimit, stopAfter } = trigger;
	const { reference, to, amount } = payment;
	const start = Date.now();
	const signed: Hex[] = [];
	const stop = new AbortController();
	const stopping = stopAfter === undefined ? undefined : setTimeout(() => stop.abort(), stopAfter);
	const payer = payerOf(trigger);
	const noting: Payer = {
		...payer,
		signal: stop.signal,
		sign: (hash) => {
			signed.push(hash);
			return payer.sign(hash);
		},
	};
	const request = transferRequest([{ to, amount, token: setup.token }]);
	const told = await pay(noting, request, payOptions(reference, { timeLimit })).then(
		({ status, userOperationHash }) => ({ said: status, userOperationHash }),
		refusalOf,
	);
	clearTimeout(stopping);
	return { id, ...told, signed, took: Date.now() - start };
}

function payerOf({ payment, key, user, node }: Trigger): Payer {
	const { account, privateKeys } = setup.payers[payment.payer]!;
	const { users, nodeUrl } = setup.chains[payment.chain];
	const url = users[user]!;
	const rpc = node === 'true' ? connectionOf(url) : connect(url, worse(node, nodeUrl));
	return payerWith({ url, chainId: setup.chainId }, account, privateKeys[key]!, { rpc });
}

function connectionOf(url: string): Rpc {
	const known = connections.get(url) ?? connect(url, post);
	connections.set(url, known);
	return known;
}

function connect(chainUrl: string, by: Post): Rpc {
	return createRpc({ chainUrl, post: by, sleep });
}

function worse(node: 'lagging' | 'lying', nodeUrl: string): Post {
	if (node === 'lying') return lying(post, Math.random);
	const blocks = 1 + Math.floor(Math.random() * MOST_BLOCKS_BEHIND);
	return lagging(post, nodeUrl, blocks, BigInt(setup.fromBlock) - 1n);
}

function refusalOf(
	error: unknown,
): Pick<Outcome, 'said' | 'userOperationHash' | 'minedAndFailed' | 'unclaimedAt' | 'message'> {
	const message = String(error);
	if (error instanceof EndpointError) return { said: `endpoint ${error.fault}`, message };
	if (!(error instanceof RefusalError)) return { said: 'unexpected', message };
	const { refusal, userOperationHash, transactionHash, unclaimedAt } = error;
	return {
		said: refusal.code,
		userOperationHash,
		minedAndFailed: transactionHash !== undefined,
		unclaimedAt: unclaimedAt?.toString(),
		message,
	};
}
