import { pay } from '../../core/payment/pay';
import { RefusalError } from '../../core/refusal/refusal';
import { EndpointError } from '../../core/rpc/errors';
import { payerWith, payOptions } from '../support/payer';
import { transferOrder } from '../../core/payment/order';
import type { Outcome, Trigger, WorkerSetup } from './messages';

/**
 * One of the processes that pay: it makes the payments that it is told to, several at a time, and says what came of
 * each. It knows nothing of the others, and nothing of what it did before it was killed.
 */
const setup = JSON.parse(process.env.ONCE_SETUP ?? '{}') as WorkerSetup;
const payers = setup.payers.map(({ account, privateKey }) => payerWith(setup, account, privateKey));

process.on('message', (trigger: Trigger) => {
	void run(trigger).then((outcome) => process.send?.(outcome));
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });

async function run({ id, payment, timeLimit }: Trigger): Promise<Outcome> {
	const start = Date.now();
	const { payer, reference, to, amount } = payment;
	try {
		const made = await pay(
			payers[payer]!,
			transferOrder([{ to, amount, token: setup.token }]),
			payOptions(reference, { timeLimit }),
		);
		return { id, said: made.status, userOperationHash: made.userOperationHash, took: Date.now() - start };
	} catch (error) {
		return { id, said: nameOf(error), message: String(error), took: Date.now() - start };
	}
}

function nameOf(error: unknown): string {
	if (error instanceof RefusalError) return error.refusal.code;
	if (error instanceof EndpointError) return `endpoint ${error.fault}`;
	return 'unexpected';
}
