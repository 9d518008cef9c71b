import type { DevnetClient } from '../devnet';
import { ENTRY_POINT } from '../core/contracts';
import { operationsIn, USER_OPERATION_EVENT } from '../core/userOperation/outcome';
import type { RpcLog } from '../core/rpc/logs';
import { numberToHex, pad, type Address, type Hex } from 'viem';
import { inTurn, median, rounded, type Result, type Row, type Stage } from './support/bench';
import type { Subject, Told, Transfer } from './support/subject';
import { trafficOf } from './support/traffic';
import { fundRecipients, payingAccount, recipient, tokensOf, transferTo, walletOf } from './support/wallets';

const PAYMENTS = 100;
const LATENCY_MS = 50;

interface Way {
	name: string;
	pay(subject: Subject, transfers: readonly Transfer[]): Promise<Told[]>;
	/** What takes minutes is done once, and is 100 payments even so. */
	once?: true;
}

const WAYS: readonly Way[] = [
	{ name: 'one batch', pay: async (subject, transfers) => [await subject.pay(transfers)] },
	{ name: 'in parallel', pay: (subject, transfers) => subject.payEach(transfers, 'parallel') },
	{ name: 'one after the other', pay: (subject, transfers) => subject.payEach(transfers, 'sequential'), once: true },
];

/** A payroll: 100 payments in one operation, at the same time, and one after the other. */
export async function hundredPayments(stage: Stage): Promise<Result> {
	const { devnet, pairs, log } = stage;
	await fundRecipients(devnet, PAYMENTS);
	const rows: Row[] = [];
	for (const { name, pay, once } of WAYS) {
		const turns = once ? 1 : pairs;
		const both = await Promise.all((['ours', 'stock'] as const).map((who) => payroll(stage, who, pay)));
		const measured = await inTurn(turns, both);
		for (const [index, who] of ['ours', 'stock'].entries()) rows.push(rowOf(name, who, measured[index] ?? []));
		log(
			`${PAYMENTS} payments, ${name}: ${rows
				.slice(-2)
				.map((row) => String(row['payments/s']))
				.join(' and ')} payments/s`,
		);
	}
	return {
		title: `${PAYMENTS} payments, ${LATENCY_MS} ms`,
		rows,
		notes: [
			'Medians of so many turns, ours and stock in turn, each from an account of its own. Recipients hold the token already.',
			"Paid is what arrived, from the recipients' balances; gas is what the EntryPoint charged, from its events.",
			'The stock SDK sends everything under nonce key 0; for the parallel payments it is given a random one for each, ' +
				'which its documents mention in passing.',
			"In parallel, the bundler takes four operations of an account at a time, as Alchemy's does: ours waits for a place.",
		],
	};
}

/** What one payroll took. */
interface Payroll {
	/** How many payments arrived. */
	paid: number;
	told: Told[];
	seconds: number;
	gas: number;
	requests: number;
	calls: number;
}

async function payroll(stage: Stage, who: 'ours' | 'stock', pay: Way['pay']): Promise<() => Promise<Payroll>> {
	const { devnet } = stage;
	const key = devnet.withKey(`hundred-${who}`);
	await key.faults.set({ kind: 'latency', milliseconds: LATENCY_MS });
	const account = await payingAccount(devnet);
	const transfers = Array.from({ length: PAYMENTS }, (_, index) => transferTo(devnet, index));
	return async () => {
		await stage[who].use(walletOf(key, account));
		const before = await paidSoFar(devnet);
		const block = await devnet.request<Hex>('eth_blockNumber');
		await key.calls.clear();
		const start = performance.now();
		const told = await pay(stage[who], transfers);
		const seconds = (performance.now() - start) / 1000;
		const { requests, calls } = trafficOf(await key.calls.list());
		const paid = (await paidSoFar(devnet)) - before;
		return { paid, told, seconds, gas: Number(await gasUsedBy(devnet, account.address, block)), requests, calls };
	};
}

function rowOf(way: string, who: string, all: readonly Payroll[]): Row {
	const of = (value: (one: Payroll) => number) => median(all.map(value));
	const told = all.flatMap((one) => one.told);
	return {
		way,
		who,
		turns: all.length,
		paid: `${all.reduce((sum, one) => sum + one.paid, 0)} of ${all.length * PAYMENTS}`,
		'told paid': told.every(({ answer }) => answer === 'paid') ? 'all' : answersOf(told),
		'time (s)': rounded(
			of(({ seconds }) => seconds),
			1,
		),
		'payments/s': rounded(
			of(({ paid, seconds }) => paid / seconds),
			2,
		),
		'gas per payment': rounded(of(({ paid, gas }) => (paid === 0 ? NaN : gas / paid))),
		'HTTP requests': of(({ requests }) => requests),
		'RPC calls': of(({ calls }) => calls),
	};
}

/** The answers with how many got each. */
function answersOf(told: readonly Told[]): string {
	const counts = new Map<string, number>();
	for (const { answer } of told) counts.set(answer, (counts.get(answer) ?? 0) + 1);
	return [...counts].map(([answer, count]) => `${count} ${answer}`).join('; ');
}

/** How many whole tokens the recipients hold, all together. */
async function paidSoFar(devnet: DevnetClient): Promise<number> {
	const all = Array.from({ length: PAYMENTS }, (_, index) => tokensOf(devnet, recipient(index)));
	return (await Promise.all(all)).reduce((sum, one) => sum + one, 0);
}

async function gasUsedBy({ request }: DevnetClient, account: Address, after: Hex): Promise<bigint> {
	const fromBlock = numberToHex(BigInt(after) + 1n);
	const filter = { address: ENTRY_POINT, topics: [USER_OPERATION_EVENT, null, pad(account)], fromBlock };
	const logs = await request<RpcLog[]>('eth_getLogs', [filter]);
	return operationsIn(logs).reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
}
