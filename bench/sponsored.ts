import { onePayment } from './onePayment';
import type { Result, Stage } from './support/bench';

/** One payment whose gas a gas policy pays. */
export function sponsored(stage: Stage): Promise<Result> {
	return onePayment(stage, 'One sponsored payment', stage.devnet.gasManager.policies.sponsoring);
}
