import { refuse, RefusalError } from '../refusal/refusal';
import { HistoryUnavailableError } from '../rpc/logs';
import type { Payer } from './payment';

/**
 * Asks the chain's past about a reference.
 * @throws {RefusalError} `historyUnavailable` when the endpoint can't tell: then nothing may be paid
 */
export async function withHistory<T>({ rpc }: Payer, reference: string, ask: () => Promise<T>): Promise<T> {
	try {
		return await ask();
	} catch (error) {
		if (!(error instanceof HistoryUnavailableError)) throw error;
		throw new RefusalError([refuse('historyUnavailable', { reference, words: rpc.redact(error.message) })]);
	}
}
