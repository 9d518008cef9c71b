import type { Hex } from 'viem';
import { rounded, type Result, type Row, type Stage } from './support/bench';
import { startHeights } from './support/heights';
import { medians, withTraffic } from './support/traffic';
import { payingAccount, transferTo, walletOf } from './support/wallets';

const BLOCKS_BACK = [1_000n, 100_000n, 10_000_000n];
const LATENCIES = [0, 50];
/** About as many blocks as Base has. */
const CHAIN_HEIGHT = 30_000_000n;

/** Looking up a payment by its reference, the older and older it is. */
export async function oldPayment({ devnet, ours, pairs, log }: Stage): Promise<Result> {
	const account = await payingAccount(devnet);
	await ours.use(walletOf(devnet, account));
	const reference = `bench/old/${Date.now()}`;
	const { answer } = await ours.pay([transferTo(devnet, 0)], reference);
	if (answer !== 'paid') throw new Error(`not paid but ${answer}`);
	const at = BigInt(await devnet.request<Hex>('eth_blockNumber'));
	const key = devnet.withKey('old');
	const rows: Row[] = [];
	for (const back of BLOCKS_BACK) {
		const heights = await startHeights(key.url, { below: CHAIN_HEIGHT - back, at, above: back });
		try {
			await devnet.request('evm_mine'); // the newest block is one that stands above the gap
			await ours.use({ ...walletOf(key, account), url: heights.url });
			for (const milliseconds of LATENCIES) {
				await key.faults.set({ kind: 'latency', milliseconds });
				const all = [];
				for (let turn = 0; turn < pairs; turn++) {
					const { answer: found, ...figures } = await withTraffic(key, async () => {
						await ours.forget();
						return ours.find(reference);
					});
					if (found !== 'paid') throw new Error(`found it ${found}`);
					all.push(figures);
				}
				rows.push(rowOf(back, milliseconds, medians(all)));
				log(
					`An old payment, ${back} blocks back, ${milliseconds} ms: ${String(rows[rows.length - 1]?.['time (ms)'])} ms`,
				);
			}
		} finally {
			await heights.close();
		}
	}
	return {
		title: 'Finding an old payment by its reference',
		rows,
		notes: [
			`Medians of ${pairs}, nothing remembered, on a chain of ${CHAIN_HEIGHT} blocks whose state can be read at every height. ` +
				'The heights are simulated: a small stand-in endpoint in front of the devnet shows its blocks that much higher ' +
				'(bench/support/heights.ts). Requests are those of a chain as long; how quickly a real archive node answers is ' +
				'not measured.',
			'The stock SDK keeps no references; its own look-up by hash asks the bundler, which forgets.',
		],
	};
}

function rowOf(
	back: bigint,
	latency: number,
	figures: { milliseconds: number; tripsToSend: number; requests: number; calls: number },
): Row {
	return {
		'blocks back': Number(back),
		'latency (ms)': latency,
		'time (ms)': rounded(figures.milliseconds),
		trips: figures.tripsToSend,
		'HTTP requests': figures.requests,
		'RPC calls': figures.calls,
	};
}
