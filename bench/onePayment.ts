import { inTurn, median, rounded, type Result, type Row, type Stage } from './support/bench';
import type { Subject, Told } from './support/subject';
import { medians, withTraffic, type Traffic } from './support/traffic';
import { payingAccount, tokensOf, transferTo, walletOf } from './support/wallets';

/** Milliseconds that each HTTP request takes longer. */
const LATENCIES = [0, 50, 150];

/** A way in which this package pays. */
export interface Variant {
	name: string;
	gasLimit?: boolean;
	/** Every call pays anew. */
	withoutReference?: boolean;
	/** Pays each time like a process that has never paid before. */
	nothingRemembered?: boolean;
}

type Measured = Told & Traffic;

/** One payment, again and again: of one variant, or of the stock SDK. */
interface Contestant {
	name: string;
	pay(): Promise<Measured>;
	setLatency(milliseconds: number): Promise<void>;
	/** @throws when what was told as paid has not all arrived */
	verify(): Promise<void>;
	close(): Promise<void>;
}

/**
 * One payment of each in turn, from call to included receipt, at several latencies. Which begins changes with every
 * turn. Each pays from an account of its own to a recipient of its own, whose balance is compared afterwards.
 */
export async function onePayment(
	stage: Stage,
	title: string,
	variants: readonly Variant[],
	gasPolicyId?: string,
): Promise<Result> {
	const contestants = [...(await Promise.all(variants.map(ours))), await stock()];
	try {
		// The first payments of a process find what later ones know already: all have them behind them.
		for (const { pay } of [...contestants, ...contestants]) await pay();
		const rows: Row[] = [];
		for (const milliseconds of LATENCIES) {
			for (const { setLatency } of contestants) await setLatency(milliseconds);
			const measured = await inTurn(
				stage.pairs,
				contestants.map(({ pay }) => pay),
			);
			const stockTimes = (measured[measured.length - 1] ?? []).map((one) => one.milliseconds);
			rows.push(...contestants.map(({ name }, index) => rowOf(milliseconds, name, measured[index] ?? [], stockTimes)));
			stage.log(`${title}, ${milliseconds} ms: ratio ${String(rows[rows.length - contestants.length]?.ratio)}`);
		}
		for (const { verify } of contestants) await verify();
		return { title, rows, notes: notesOf(stage.pairs) };
	} finally {
		await Promise.all(contestants.map(({ close }) => close()));
	}

	async function ours({ name, gasLimit, withoutReference, nothingRemembered }: Variant, index: number) {
		const subject = stage.another.ours();
		const pay: Subject['pay'] = async (transfers) => {
			if (nothingRemembered) await subject.forget();
			return subject.pay(transfers, withoutReference ? null : undefined);
		};
		return contestant(name, subject, pay, index, gasLimit);
	}

	async function stock() {
		const subject = stage.another.stock();
		return contestant('stock', subject, (transfers) => subject.pay(transfers), variants.length);
	}

	async function contestant(
		name: string,
		subject: Subject & { close(): Promise<void> },
		pay: Subject['pay'],
		index: number,
		gasLimit?: boolean,
	): Promise<Contestant> {
		const { devnet } = stage;
		const key = devnet.withKey(`one-${index}`);
		await subject.use(walletOf(key, await payingAccount(devnet, gasLimit), gasPolicyId));
		const transfer = transferTo(devnet, index);
		const before = await tokensOf(devnet, transfer.to);
		let paid = 0;
		return {
			name,
			async pay() {
				const one = await withTraffic(key, () => pay([transfer]));
				if (one.answer !== 'paid') throw new Error(`${title}, ${name}: not paid but ${one.answer}`);
				paid += 1;
				return one;
			},
			setLatency: (milliseconds) => key.faults.set({ kind: 'latency', milliseconds }),
			async verify() {
				const arrived = (await tokensOf(devnet, transfer.to)) - before;
				if (arrived !== paid) throw new Error(`${title}, ${name}: ${paid} payments told as paid, ${arrived} arrived`);
			},
			close: () => subject.close(),
		};
	}
}

function notesOf(pairs: number): string[] {
	return [
		`Medians of ${pairs} turns, in each of which all of them pay once. The ratio is the median of the turns' ratios to stock.`,
		'From the call to a receipt of the included operation. Ours has then seen success=true, and has checked every rule ' +
			'and looked for the reference before; the stock SDK does neither. All that was told as paid did arrive.',
		'Trips are HTTP requests that followed one another, from the log of the endpoint: up to the answer to ' +
			'eth_sendUserOperation, and after it, while the receipt is waited for. At 0 ms requests that are sent side by side ' +
			'may reach the endpoint one after the other.',
	];
}

function rowOf(latency: number, who: string, all: readonly Measured[], stockTimes: readonly number[]): Row {
	const { milliseconds, requests, calls, tripsToSend, tripsAfter } = medians(all);
	const ratio = median(all.map((one, index) => one.milliseconds / (stockTimes[index] ?? NaN)));
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
