import type { Address } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { formatAmount } from '../../core/amounts';
import { customNetwork } from '../../core/networks';
import { checkPayments } from '../../core/payment/checkPayments';
import { transferRequest } from '../../core/payment/check/paymentRequest';
import { pay } from '../../core/payment/pay';
import { payBatch } from '../../core/payment/payBatch';
import type { Payer } from '../../core/payment/send/payment';
import { createRpc, type Post } from '../../core/rpc/rpc';
import { serve, told, type OurSubject, type Transfer, type Wallet } from './subject';

const TIME_LIMIT_MS = 30_000;
/** The nodes' own, for payments that wait for one another: a bundler holds four of an account. */
const USUAL_TIME_LIMIT_MS = 120_000;

/** fetch, as in the stock SDK; in n8n the same interface stands over n8n's HTTP helper. */
const post: Post = async (url, body) => {
	const reply = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	const text = await reply.text();
	return { status: reply.status, headers: Object.fromEntries(reply.headers), body: parsed(text) };
};

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

let payer: Payer;
let references = 0;

/** A reference that was never paid. */
function newReference(): string {
	return `bench/${process.pid}/${Date.now()}/${++references}`;
}

function requestOf(transfers: readonly Transfer[]) {
	return transferRequest(
		transfers.map(({ to, token, amount, decimals }) => ({ to, token, amount: formatAmount(amount, decimals) })),
	);
}

function payOne(transfers: readonly Transfer[], reference: string | null = newReference(), timeLimit = TIME_LIMIT_MS) {
	const options = { reference: reference ?? undefined, confirmations: 1, timeLimit, attempts: 3 };
	const how = transfers.length > 1 ? payBatch : pay;
	return told(async () => (await how(payer, requestOf(transfers), options)).status);
}

const ours: OurSubject = {
	async use({ url, chainId, account, privateKey, gasPolicyId }: Wallet) {
		const key = privateKeyToAccount(privateKey);
		payer = {
			rpc: createRpc({ chainUrl: url, post, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }),
			network: customNetwork(chainId, 'ETH'),
			account,
			key: key.address,
			sign: (raw) => key.signMessage({ message: { raw } }),
			gasPolicyId,
		};
	},
	pay: (transfers, reference) => payOne(transfers, reference),
	async payEach(transfers, how) {
		if (how === 'parallel') {
			return Promise.all(transfers.map((transfer) => payOne([transfer], undefined, USUAL_TIME_LIMIT_MS)));
		}
		const all = [];
		for (const transfer of transfers) all.push(await payOne([transfer]));
		return all;
	},
	check: (transfers) =>
		told(async () => {
			const checked = await checkPayments(
				payer,
				transfers.map((transfer) => ({ request: requestOf([transfer]), claims: true })),
			);
			return checked.every(({ allowed }) => allowed) ? 'allowed' : 'refused';
		}),
	async forget() {}, // nothing is kept
	async heapOverChecks(transfer, items, rounds) {
		const held = [];
		for (let round = 0; round < rounds; round++) {
			const to = (index: number): Address => `0x${(index + 1).toString(16).padStart(40, '0')}`;
			const questions = Array.from({ length: items }, (_, index) => ({
				request: requestOf([{ ...transfer, to: to(index) }]),
				claims: true,
			}));
			await checkPayments(payer, questions);
			globalThis.gc?.();
			held.push(process.memoryUsage().heapUsed);
		}
		return held;
	},
};

serve(ours);
