import type { Call } from '../calls';
import { refuse, RefusalError } from '../refusal/refusal';
import { RpcError } from '../rpc/errors';
import { estimateGas } from '../userOperation/gas';
import { look } from './look';
import { encodeSessionKeyCalls } from './operations';
import type { Order } from './order';
import { pay } from './pay';
import type { Payer, Payment, PayOptions } from './payment';
import { nonceKeyOfSessionKey } from './reference';

/** Refusals that a smaller batch might not meet. */
const PERHAPS_TOO_LARGE = new Set([
	'tooLarge',
	'gasTooLow',
	'verificationGasTooLow',
	'stoppedWithoutReason',
	'bundlerRules',
	'unknown',
]);

/**
 * Pays a batch in one operation: all of it or nothing.
 *
 * @throws {RefusalError} `batchTooLarge`, saying how many payments fit, when the bundler takes no operation of this size;
 * otherwise as `pay`
 */
export async function payBatch(payer: Payer, order: Order, options: PayOptions): Promise<Payment> {
	try {
		return await pay(payer, order, options);
	} catch (error) {
		const isOnChain = error instanceof RefusalError && error.transactionHash !== undefined;
		if (isOnChain || !(error instanceof RefusalError) || !PERHAPS_TOO_LARGE.has(error.refusal.code)) throw error;
		const [calls, fits] = await mostThatFit(payer, order);
		if (fits === 0 || fits === calls.length) throw error;
		throw new RefusalError([refuse('batchTooLarge', { payments: calls.length, fits }), ...error.refusals]);
	}
}

/** How many of the first payments the bundler would take in one operation, by asking for estimates. */
async function mostThatFit(payer: Payer, order: Order): Promise<[readonly Call[], number]> {
	const { state, fees, keyNonce } = await look(payer, order, undefined);
	const calls = order.toCalls(state.tokens);
	const nonce = state.key.gas ? keyNonce : nonceKeyOfSessionKey(payer.key) << 72n;
	const doesFit = async (count: number) => {
		const callData = encodeSessionKeyCalls(calls.slice(0, count), payer.key);
		try {
			await estimateGas(payer.rpc, { sender: payer.account, nonce, initCode: '0x', callData, ...fees });
			return true;
		} catch (error) {
			if (error instanceof RpcError) return false;
			throw error;
		}
	};
	let [most, tooMany] = [0, calls.length + 1];
	while (tooMany - most > 1) {
		const middle = Math.floor((most + tooMany) / 2);
		if (await doesFit(middle)) most = middle;
		else tooMany = middle;
	}
	return [calls, most];
}
