import { onePayment } from './onePayment';
import type { Result, Stage } from './support/bench';

/** One payment whose gas the account pays. */
export function selfPaid(stage: Stage): Promise<Result> {
	return onePayment(stage, 'One self-paid payment', [
		{ name: 'ours' },
		{ name: 'ours, nothing remembered', nothingRemembered: true },
		{ name: 'ours, key with a gas limit', gasLimit: true },
	]);
}
