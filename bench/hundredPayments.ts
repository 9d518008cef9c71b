import { balanceOf, type DevnetClient } from '../devnet';
import { ENTRY_POINT } from '../core/contracts';
import { operationsIn, USER_OPERATION_EVENT } from '../core/userOperation/outcome';
import type { RpcLog } from '../core/rpc/logs';
import { numberToHex, pad, type Address, type Hex } from 'viem';
import { rounded, type Result, type Row, type Stage } from './support/bench';
import type { Subject, Told, Transfer } from './support/subject';
import { fundRecipients, payingAccount, recipient, transferTo, walletOf } from './support/wallets';

const PAYMENTS = 100;
const LATENCY_MS = 50;

const WAYS: Record<string, (subject: Subject, transfers: readonly Transfer[]) => Promise<Told[]>> = {
	'one batch': async (subject, transfers) => [await subject.pay(transfers)],
	'in parallel, free lanes': (subject, transfers) => subject.payEach(transfers, 'parallel'),
	'one after the other': (subject, transfers) => subject.payEach(transfers, 'sequential'),
};

/** A payroll: 100 payments in one operation, one after the other, and at the same time. */
export async function hundredPayments(stage: Stage): Promise<Result> {
	const { devnet, log } = stage;
	await fundRecipients(devnet, PAYMENTS);
	const rows: Row[] = [];
	for (const [way, pay] of Object.entries(WAYS)) {
		for (const who of ['ours', 'stock'] as const) {
			const key = devnet.withKey(`hundred-${who}`);
			await key.faults.set({ kind: 'latency', milliseconds: LATENCY_MS });
			const account = await payingAccount(devnet);
			await stage[who].use(walletOf(key, account));
			rows.push({ way, who, ...(await measured(key, account.address, () => pay(stage[who], transfersOf(devnet)))) });
			log(`${PAYMENTS} payments, ${way}, ${who}: ${String(rows[rows.length - 1]?.['payments/s'])} payments/s`);
		}
	}
	return {
		title: `${PAYMENTS} payments, ${LATENCY_MS} ms`,
		rows,
		notes: [
			`Each is measured once: it is ${PAYMENTS} payments. Recipients hold the token already.`,
			"Paid is what arrived, from the recipients' balances; gas is what the EntryPoint charged, from its events.",
			'The stock SDK sends everything in lane 0; for the parallel payments it is given a random nonceKey for each, ' +
				'which its documents mention in passing.',
		],
	};
}

function transfersOf(devnet: DevnetClient): Transfer[] {
	return Array.from({ length: PAYMENTS }, (_, index) => transferTo(devnet, index));
}

async function measured(devnet: DevnetClient, account: Address, work: () => Promise<Told[]>): Promise<Row> {
	const before = await paidSoFar(devnet);
	const block = await devnet.request<Hex>('eth_blockNumber');
	await devnet.calls.clear();
	const start = performance.now();
	const told = await work();
	const seconds = (performance.now() - start) / 1000;
	const log = await devnet.calls.list();
	const paid = (await paidSoFar(devnet)) - before;
	const gas = await gasUsedBy(devnet, account, block);
	return {
		paid,
		'told paid': told.every(({ answer }) => answer === 'paid') ? 'all' : answersOf(told),
		'time (s)': rounded(seconds, 1),
		'payments/s': rounded(paid / seconds, 2),
		'gas per payment': paid === 0 ? null : Math.round(Number(gas) / paid),
		'HTTP requests': log.length,
		'RPC calls': log.reduce((sum, { methods }) => sum + methods.length, 0),
	};
}

/** The answers with how many got each. */
function answersOf(told: readonly Told[]): string {
	const counts = new Map<string, number>();
	for (const { answer } of told) counts.set(answer, (counts.get(answer) ?? 0) + 1);
	return [...counts].map(([answer, count]) => `${count} ${answer}`).join('; ');
}

/** How many whole tokens the recipients hold, all together. */
async function paidSoFar({ request, tokens }: DevnetClient): Promise<number> {
	const all = Array.from({ length: PAYMENTS }, (_, index) => balanceOf(request, tokens.usd6, recipient(index)));
	const whole = (await Promise.all(all)).map((balance) => balance / 10n ** BigInt(tokens.usd6.decimals));
	return Number(whole.reduce((sum, one) => sum + one, 0n));
}

async function gasUsedBy({ request }: DevnetClient, account: Address, after: Hex): Promise<bigint> {
	const fromBlock = numberToHex(BigInt(after) + 1n);
	const filter = { address: ENTRY_POINT, topics: [USER_OPERATION_EVENT, null, pad(account)], fromBlock };
	const logs = await request<RpcLog[]>('eth_getLogs', [filter]);
	return operationsIn(logs).reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
}
