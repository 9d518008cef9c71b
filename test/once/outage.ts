import { formatEther, numberToHex, type Address, type Hex } from 'viem';
import { transferRequest } from '../../core/payment/check/paymentRequest';
import { pay } from '../../core/payment/pay';
import type { Payer } from '../../core/payment/send/payment';
import { RefusalError } from '../../core/refusal/refusal';
import { createRpc, type Post } from '../../core/rpc/rpc';
import { getRequiredPrefund, type CostFields } from '../../core/userOperation/bounds';
import { balanceOf, type DevnetClient } from '../../devnet';
import { freshAddress, KINDS, payingAccount, payOptions, post, sleep } from '../support/payer';
import { AMOUNT } from './chain';
import type { Check } from './checks';
import { answering } from './nodes';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long a run waits, and how often an hour has it started anew, as a schedule would. */
const TIME_LIMIT_MS = 10 * MINUTE_MS;
/** The network's fee meanwhile: from 1 gwei it doubles every five minutes, to 4,096 gwei, more than any bound allows. */
const GWEI = 10n ** 9n;
const DOUBLES_AFTER_MS = 5 * MINUTE_MS;
/** An operation and its replacements. */
const MOST_SIGNATURES = 5;
const PER_KIND = 2;
const PAUSE_MS = 5;

interface Due {
	payer: Payer;
	reference: string;
	to: Address;
}

/**
 * The bundler takes operations and puts none into a block for an hour, while the network's fee rises beyond every bound.
 * What was signed meanwhile must stay within the bound, and each payment be made once afterwards. The chain must be one's
 * own; the clock is hurried.
 */
export async function outage(devnet: DevnetClient): Promise<{ checks: Check[]; figures: object }> {
	const clock = hurriedClock();
	const own = devnet.withKey('outage');
	try {
		const dues = await prepare(own, clock);
		await own.request('debug_bundler_setBundlingMode', ['manual']);
		const words: string[] = [];
		let signatures = 0;
		while (clock.ahead() < HOUR_MS) {
			const runs = await Promise.all(dues.map((due) => run(devnet, due)));
			words.push(...runs.map(({ said }) => said));
			signatures = Math.max(signatures, ...runs.map(({ signed }) => signed));
			clock.skipTo((words.length / dues.length) * TIME_LIMIT_MS);
		}
		clock.restore();
		await own.request('debug_bundler_setBundlingMode', ['auto']);
		const afterwards = await Promise.all(dues.map((due) => runUntilPaid(devnet, due)));
		return await judge(own, dues, { words, afterwards, signatures });
	} finally {
		clock.restore();
		await own.request('debug_bundler_setBundlingMode', ['auto']);
	}
}

type Clock = ReturnType<typeof hurriedClock>;

/** Whoever sleeps wakes at once, and later: Date.now tells the time that ought to have passed. */
function hurriedClock() {
	const now = Date.now;
	let ahead = 0;
	Date.now = () => now() + ahead;
	const start = now();
	const skipTo = (elapsed: number) => (ahead = Math.max(ahead, elapsed - (now() - start)));
	return {
		ahead: () => Date.now() - start,
		skipTo,
		async sleep(milliseconds: number) {
			const until = Date.now() - start + milliseconds;
			await sleep(PAUSE_MS);
			skipTo(until);
		},
		restore: () => {
			Date.now = now;
			ahead = 0;
		},
	};
}

async function prepare(devnet: DevnetClient, clock: Clock): Promise<Due[]> {
	const rising: Post = answering(
		post,
		(call) => call,
		({ method }, { id }) => {
			if (!/^(rundler|eth)_maxPriorityFeePerGas$/.test(method)) return undefined;
			const fee = GWEI << BigInt(Math.floor(clock.ahead() / DOUBLES_AFTER_MS));
			return { jsonrpc: '2.0', id, result: numberToHex(fee) };
		},
	);
	const dues: Due[] = [];
	for (const kind of KINDS) {
		for (let made = 0; made < PER_KIND; made++) {
			const rpc = createRpc({ chainUrl: devnet.url, post: rising, sleep: clock.sleep });
			const { payer } = await payingAccount(devnet, { kind }, { rpc });
			dues.push({ payer, reference: `outage/${kind}/${made + 1}`, to: freshAddress() });
		}
	}
	return dues;
}

async function run({ tokens }: DevnetClient, { payer, reference, to }: Due) {
	let signed = 0;
	const counting: Payer = { ...payer, sign: (hash) => ((signed += 1), payer.sign(hash)) };
	const request = transferRequest([{ to, amount: AMOUNT, token: tokens.usd6.address }]);
	const said = await pay(counting, request, payOptions(reference, { timeLimit: TIME_LIMIT_MS })).then(
		({ status }) => status,
		(error: unknown) => (error instanceof RefusalError ? error.refusal.code : String(error)),
	);
	return { said, signed };
}

/** A new n8n, whose network is calm again. */
async function runUntilPaid(devnet: DevnetClient, { payer, ...due }: Due): Promise<string> {
	const rpc = createRpc({ chainUrl: devnet.withKey('afterwards').url, post, sleep });
	for (let tries = 0; tries < 20; tries++) {
		const { said } = await run(devnet, { ...due, payer: { ...payer, rpc } });
		if (/aid$/.test(said)) return said;
	}
	return 'never paid';
}

interface Told {
	words: string[];
	afterwards: string[];
	/** The most of one run. */
	signatures: number;
}

async function judge(devnet: DevnetClient, dues: readonly Due[], { words, afterwards, signatures }: Told) {
	const most = dues[0]!.payer.network.mostOperationCost;
	const costs = await costsSigned(devnet);
	const dearest = costs.reduce((a, b) => (a > b ? a : b), 0n);
	const spent = await Promise.all(dues.map(async ({ payer }) => spentBy(devnet, payer.account)));
	const total = spent.reduce((sum, one) => sum + one, 0n);
	const received = await Promise.all(dues.map(({ to }) => balanceOf(devnet.request, devnet.tokens.usd6, to)));
	const wrong = words.filter((word) => !/^(pending|notSent|gasCostAboveMost|gasBalanceTooLow)$/.test(word));
	const unpaid = afterwards.filter((word) => !/aid$/.test(word) || word === 'never paid');
	const checks: Check[] = [
		{ what: 'outage: while the bundler is out no run says that it paid', holds: wrong.length === 0, details: wrong },
		{ what: 'outage: afterwards every reference is told as paid', holds: unpaid.length === 0, details: unpaid },
		{
			what: 'outage: each reference was paid exactly once',
			holds: received.every((one) => one === 250_000n),
			details: received.map(String),
		},
		{
			what: `outage: nothing was signed that could cost more than ${formatEther(most)} ETH`,
			holds: costs.length > 0 && dearest <= most,
			details: formatEther(dearest),
		},
		{
			what: `outage: all payments together cost no more than ${dues.length} times that`,
			holds: total > 0n && total <= most * BigInt(dues.length),
			details: formatEther(total),
		},
		{
			what: `outage: no run signed more than ${MOST_SIGNATURES} times`,
			holds: signatures > 1 && signatures <= MOST_SIGNATURES,
			details: signatures,
		},
	];
	const said: Record<string, number> = {};
	for (const word of words) said[word] = (said[word] ?? 0) + 1;
	const figures = {
		said,
		signedOperations: costs.length,
		mostSignaturesOfOneRun: signatures,
		dearestSigned: formatEther(dearest),
		spentInAll: formatEther(total),
	};
	return { checks, figures };
}

/** What each operation that was handed in during the outage could have cost. */
async function costsSigned(devnet: DevnetClient): Promise<bigint[]> {
	const calls = await devnet.calls.list({ params: true });
	const sent = calls.flatMap(({ methods, params }) =>
		methods.flatMap((method, index) =>
			method === 'eth_sendUserOperation' ? [JSON.stringify((params as unknown[][])[index]![0])] : [],
		),
	);
	return [...new Set(sent)].map((text) => {
		const op = JSON.parse(text) as Record<keyof CostFields, Hex>;
		return getRequiredPrefund({
			callGasLimit: BigInt(op.callGasLimit),
			verificationGasLimit: BigInt(op.verificationGasLimit),
			preVerificationGas: BigInt(op.preVerificationGas),
			maxFeePerGas: BigInt(op.maxFeePerGas),
			paymasterAndData: op.paymasterAndData,
		});
	});
}

const STARTED_WITH = 5n * 10n ** 18n;

/** In wei, with what it has left at the EntryPoint. */
async function spentBy({ request, contracts }: DevnetClient, account: Address): Promise<bigint> {
	const data = `0x70a08231${account.slice(2).padStart(64, '0')}`;
	const [eth, deposit] = await Promise.all([
		request<Hex>('eth_getBalance', [account, 'latest']),
		request<Hex>('eth_call', [{ to: contracts.EntryPoint, data }, 'latest']),
	]);
	return STARTED_WITH - BigInt(eth) - BigInt(deposit);
}
