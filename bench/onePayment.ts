import { inPairs, median, rounded, type Result, type Row, type Stage } from './support/bench';
import type { Subject, Told } from './support/subject';
import { medians, withTraffic, type Traffic } from './support/traffic';
import { payingAccount, transferTo, walletOf } from './support/wallets';

/** Milliseconds that each HTTP request takes longer. */
const LATENCIES = [0, 50, 150];

/** Another way in which this package pays, measured beside each pair. */
export interface Variant {
	name: string;
	gasLimit?: boolean;
	/** Every call pays anew. */
	withoutReference?: boolean;
}

type Measured = Told & Traffic;
type Pay = () => Promise<Measured>;

/** One payment of each in turn, from call to included receipt, at several latencies. */
export async function onePayment(stage: Stage, title: string, variant: Variant, gasPolicyId?: string): Promise<Result> {
	const { devnet, pairs } = stage;
	const other = stage.another.ours();
	const keys = ['ours', 'stock', 'variant'].map((name) => devnet.withKey(`one-${name}`));
	const start = async (subject: Subject, index: number, { gasLimit, withoutReference }: Partial<Variant> = {}) => {
		const key = keys[index] as (typeof keys)[number];
		await subject.use(walletOf(key, await payingAccount(devnet, gasLimit), gasPolicyId));
		return async (): Promise<Measured> => {
			const work = () => subject.pay([transferTo(devnet, 0)], withoutReference ? null : undefined);
			const paid = await withTraffic(key, work);
			if (paid.answer !== 'paid') throw new Error(`${title}: not paid but ${paid.answer}`);
			return paid;
		};
	};
	try {
		const [ours, stock, varied] = [
			await start(stage.ours, 0),
			await start(stage.stock, 1),
			await start(other, 2, variant),
		];
		// The first payments of a process find what later ones know already: all have them behind them.
		for (const pay of [ours, stock, varied, varied]) await pay();
		const rows: Row[] = [];
		for (const milliseconds of LATENCIES) {
			for (const key of keys) await key.faults.set({ kind: 'latency', milliseconds });
			const measured = await turns(pairs, ours, stock, varied);
			const times = (all: readonly Measured[]) => all.map((one) => one.milliseconds);
			const ratio = (all: readonly Measured[]) =>
				median(times(all).map((time, index) => time / (times(measured.stock)[index] ?? NaN)));
			rows.push(
				rowOf(milliseconds, 'ours', measured.ours, ratio(measured.ours)),
				rowOf(milliseconds, variant.name, measured.varied, ratio(measured.varied)),
				rowOf(milliseconds, 'stock', measured.stock, 1),
			);
			stage.log(`${title}, ${milliseconds} ms: ratio ${rounded(ratio(measured.ours), 2)}`);
		}
		return { title, rows, notes: notesOf(pairs) };
	} finally {
		for (const key of keys) await key.faults.clear();
		await other.close();
	}
}

async function turns(pairs: number, ours: Pay, stock: Pay, variant: Pay) {
	const varied: Measured[] = [];
	const { first, second } = await inPairs(pairs, ours, async () => {
		varied.push(await variant());
		return stock();
	});
	return { ours: first, stock: second, varied };
}

function notesOf(pairs: number): string[] {
	return [
		`Medians of ${pairs} pairs, ours and stock in turn. The ratio is the median of the pairs' ratios.`,
		'Trips are HTTP requests that followed one another, from the log of the endpoint: up to the answer to ' +
			'eth_sendUserOperation, and after it, while the receipt is waited for. At 0 ms requests that are sent side by side ' +
			'may reach the endpoint one after the other.',
	];
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
