import { onePayment } from './onePayment';
import type { Result, Stage } from './support/bench';

/** One payment whose gas a gas policy pays. */
export function sponsored(stage: Stage): Promise<Result> {
	const { sponsoring } = stage.devnet.gasManager.policies;
	const variants = [{ name: 'ours' }, { name: 'ours, without a reference', withoutReference: true }];
	return onePayment(stage, 'One sponsored payment', variants, sponsoring);
}
