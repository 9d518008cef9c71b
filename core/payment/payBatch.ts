import type { Call } from '../calls';
import { refuse, RefusalError } from '../refusal/refusal';
import { RpcError } from '../rpc/errors';
import { presentFees } from '../userOperation/fees';
import { requestGas } from '../userOperation/gas';
import { claimOf, toDraft } from './send/estimateAndSimulate';
import type { PaymentRequest } from './check/paymentRequest';
import { pay } from './pay';
import type { Payer, Payment, PayOptions } from './send/payment';
import { readPaymentState } from './send/readPaymentState';
import { nonceToEstimate } from './send/chooseNonce';

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
export async function payBatch(payer: Payer, request: PaymentRequest, options: PayOptions): Promise<Payment> {
	try {
		return await pay(payer, request, options);
	} catch (error) {
		const isOnChain = error instanceof RefusalError && error.transactionHash !== undefined;
		if (isOnChain || !(error instanceof RefusalError) || !PERHAPS_TOO_LARGE.has(error.refusal.code)) throw error;
		const [calls, fits] = await mostThatFit(payer, request, options, excessIn(error.refusal.message));
		if (fits === 0 || fits === calls.length) throw error;
		throw new RefusalError([refuse('batchTooLarge', { payments: calls.length, fits }), ...error.refusals]);
	}
}

/** How much gas an operation asked for, and how much a bundler takes, by its own measure. */
interface Excess {
	asked: bigint;
	allowed: bigint;
}

/** The two in a bundler's words: "... 23715985 > 20000000" (alto), "is 30000000 but must be at most 20000000" (rundler). */
function excessIn(words: string): Excess | undefined {
	const [, asked, allowed] = /(\d{6,})(?: >| but must be at most) (\d{6,})/.exec(words) ?? [];
	return asked && allowed ? { asked: BigInt(asked), allowed: BigInt(allowed) } : undefined;
}

/**
 * How many of the first payments the bundler would take in one operation, by asking for estimates. Some give estimates
 * for more than they take: where they said what they take, that counts as well.
 */
async function mostThatFit(
	payer: Payer,
	request: PaymentRequest,
	options: PayOptions,
	excess?: Excess,
): Promise<[readonly Call[], number]> {
	const { rpc, key, gasPolicyId } = payer;
	const found = await readPaymentState(payer, request, { claims: false });
	const { state, fee } = found;
	const fees = await presentFees(rpc, fee);
	const calls = request.toCalls(state.tokens);
	const nonce = nonceToEstimate(key, found);
	const gasFor = async (count: number) => {
		const draft = toDraft(payer, calls.slice(0, count), nonce, fees, claimOf(options));
		try {
			// With a gas policy the account need not hold any gas money, and its own estimate would fail.
			const gas = await requestGas(rpc, draft, gasPolicyId);
			return gas.callGasLimit + gas.verificationGasLimit + gas.preVerificationGas;
		} catch (error) {
			if (error instanceof RpcError) return undefined;
			throw error;
		}
	};
	const whole = excess && (await gasFor(calls.length));
	// Bundlers count gas each in their own way; where the whole can't be estimated, their figure is taken as it is.
	const [asked, allowed] = excess
		? whole
			? [whole, (whole * excess.allowed) / excess.asked]
			: [0n, excess.allowed]
		: [];
	const doesFit = async (count: number) => {
		const gas = count === calls.length && asked ? asked : await gasFor(count);
		return gas !== undefined && (allowed === undefined || gas <= allowed);
	};
	let [most, tooMany] = [0, calls.length + 1];
	while (tooMany - most > 1) {
		const middle = Math.floor((most + tooMany) / 2);
		if (await doesFit(middle)) most = middle;
		else tooMany = middle;
	}
	return [calls, most];
}
