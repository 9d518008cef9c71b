import { rounded, type Result, type Stage } from './support/bench';
import { payingAccount, transferTo, walletOf } from './support/wallets';

const ITEMS = 100;
const ROUNDS = 200;

/** Whether anything stays of items that were checked: 10,000 until the engine has compiled what it will, and 10,000 more. */
export async function memory({ devnet, another, log }: Stage): Promise<Result> {
	const ours = another.ours();
	try {
		await ours.use(walletOf(devnet.withKey('memory'), await payingAccount(devnet)));
		const held = await ours.heapOverChecks(transferTo(devnet, 0), ITEMS, ROUNDS);
		const after = [1, 10, 50, 100, 125, 150, 175, ROUNDS].map((rounds) => ({ rounds, bytes: held[rounds - 1] ?? NaN }));
		const growth = slope(held.slice(ROUNDS / 2));
		log(`Memory: ${rounded(growth)} bytes for each item`);
		return {
			title: `Memory over ${ITEMS * ROUNDS} items through payment.check`,
			rows: [
				...after.map(({ rounds, bytes }) => ({
					items: rounds * ITEMS,
					'heap held (MB)': rounded(bytes / 2 ** 20, 2),
					'growth per item (bytes)': rounds === ROUNDS ? rounded(growth) : null,
				})),
			],
			notes: [
				`${ROUNDS} checks of ${ITEMS} items, the heap after a full collection each time, in a process of its own. The ` +
					'growth is the slope of a straight line through the second half.',
			],
		};
	} finally {
		await ours.close();
	}
}

/** Bytes for each item, by least squares. */
function slope(held: readonly number[]): number {
	const middle = (held.length - 1) / 2;
	const mean = held.reduce((sum, one) => sum + one, 0) / held.length;
	const above = held.reduce((sum, one, index) => sum + (index - middle) * (one - mean), 0);
	return above / held.reduce((sum, _, index) => sum + (index - middle) ** 2, 0) / ITEMS;
}
