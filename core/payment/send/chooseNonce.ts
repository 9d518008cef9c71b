import { generatePrivateKey } from 'viem/accounts';
import type { Address } from 'viem';
import { refuse, RefusalError } from '../../refusal/refusal';
import { sequenceOf } from '../../userOperation/userOperation';
import { nonceKeyOfSessionKey } from './nonceKeys';
import type { PaymentState } from './readPaymentState';
import type { PaymentRun } from './sendPayment';

/**
 * A key with a gas limit has one nonce key, its own address. Any other key pays a reference under a nonce key that comes
 * from it, so that a second payment of it mostly dies at the nonce, without any gas.
 *
 * @throws {RefusalError} `tooManyAttempts`
 */
export function chooseNonce({ options }: PaymentRun, { state, keyNonce, referenceNonce }: PaymentState): bigint {
	if (state.key.gas) return keyNonce;
	if (options.reference === undefined || referenceNonce === undefined) return randomNonce();
	const attempts = Number(sequenceOf(referenceNonce));
	if (attempts < options.attempts) return referenceNonce;
	const { reference, attempts: most } = options;
	throw new RefusalError([refuse('tooManyAttempts', { reference, attempts, most })]);
}

/** For an estimate of what isn't sent: under a nonce key that nobody pays under, where the session key may have any. */
export function nonceToEstimate(key: Address, { state, keyNonce }: Pick<PaymentState, 'state' | 'keyNonce'>): bigint {
	return state.key.gas ? keyNonce : nonceKeyOfSessionKey(key) << 72n;
}

/** 192 random bits, so that payments without a reference don't wait for each other. */
function randomNonce(): bigint {
	return (BigInt(generatePrivateKey()) >> 64n) << 64n;
}
