import { inPairs, median, rounded, type Result, type Row, type Stage } from './support/bench';
import { medians, withTraffic } from './support/traffic';
import type { Subject, Told } from './support/subject';
import { payingAccount, transferTo, walletOf } from './support/wallets';
import type { DevnetClient } from '../devnet';

/** Milliseconds that each HTTP request takes longer. */
const LATENCIES = [0, 50, 150];

interface Measured extends Told {
	requests: number;
	calls: number;
	tripsToSend: number;
	tripsAfter: number;
	sends: number;
}

/** One payment of each in turn, from call to included receipt, at several latencies. */
export async function onePayment(stage: Stage, title: string, gasPolicyId?: string): Promise<Result> {
	const { devnet, ours, stock, pairs } = stage;
	const [ourKey, stockKey] = [devnet.withKey('one-ours'), devnet.withKey('one-stock')];
	await ours.use(walletOf(ourKey, await payingAccount(devnet), gasPolicyId));
	await stock.use(walletOf(stockKey, await payingAccount(devnet), gasPolicyId));
	const rows: Row[] = [];
	for (const milliseconds of LATENCIES) {
		for (const key of [ourKey, stockKey]) await key.faults.set({ kind: 'latency', milliseconds });
		const one = (key: DevnetClient, subject: Subject) => async (): Promise<Measured> => {
			const paid = await withTraffic(key, () => subject.pay([transferTo(devnet, 0)]));
			if (paid.answer !== 'paid') throw new Error(`${title}: not paid but ${paid.answer}`);
			return paid;
		};
		// The first payment of a process finds what later ones know already; both have it behind them.
		if (milliseconds === LATENCIES[0]) await Promise.all([one(ourKey, ours)(), one(stockKey, stock)()]);
		const { first, second } = await inPairs(pairs, one(ourKey, ours), one(stockKey, stock));
		const ratio = median(first.map((mine, index) => mine.milliseconds / (second[index]?.milliseconds ?? NaN)));
		rows.push(rowOf(milliseconds, 'ours', first, ratio), rowOf(milliseconds, 'stock', second, 1));
		stage.log(`${title}, ${milliseconds} ms: ratio ${rounded(ratio, 2)}`);
	}
	for (const key of [ourKey, stockKey]) await key.faults.clear();
	return {
		title,
		rows,
		notes: [
			`Medians of ${pairs} pairs, ours and stock in turn. The ratio is the median of the pairs' ratios.`,
			'Trips are HTTP requests that followed one another, from the log of the endpoint: up to the answer to ' +
				'eth_sendUserOperation, and after it, while the receipt is waited for.',
		],
	};
}

function rowOf(latency: number, who: string, all: readonly Measured[], ratio: number): Row {
	const { milliseconds, requests, calls, tripsToSend, tripsAfter } = medians(all);
	return {
		'latency (ms)': latency,
		who,
		'time (ms)': rounded(milliseconds),
		ratio: rounded(ratio, 2),
		'trips to send': tripsToSend,
		'trips after': tripsAfter,
		'HTTP requests': requests,
		'RPC calls': calls,
	};
}
