import type { Hex } from 'viem';
import type { Call } from '../../calls';
import { hashReference, readableClaim } from '../../registry/referenceRegistry';
import { read } from '../../rpc/read';
import { encodeSessionKeyCalls } from '../../plugin/sessionKeyCalls';
import type { Fees } from '../../userOperation/fees';
import { type Draft, type GasFields, requestGas } from '../../userOperation/gas';
import type { Payer, PayOptions } from './payment';
import { executionRead, type Execution } from './simulate';

/** What others say of an operation before it is signed. */
export interface GasQuote {
	/** The bundler's estimate, or the gas manager's sponsorship. Rejects with what they have against it. */
	gas: Promise<GasFields>;
	/** What carrying out the calls would give. */
	execution: Promise<Execution>;
}

/** Asks bundler or gas manager, and the called contracts, at the same time. */
export function estimateAndSimulate(
	{ rpc, account, key, gasPolicyId }: Payer,
	draft: Draft,
	calls: readonly Call[],
	claim: Hex | undefined,
): GasQuote {
	const quote = {
		gas: requestGas(rpc, draft, gasPolicyId),
		execution: read(rpc, { execution: executionRead(account, key, calls, claim) }).then(({ execution }) => execution),
	};
	// Whoever asks may have to stop for another reason before they answer.
	for (const answer of Object.values(quote)) answer.catch(() => undefined);
	return quote;
}

/** The operation as far as it stands before gas. */
export function toDraft(
	{ account, key }: Payer,
	calls: readonly Call[],
	nonce: bigint,
	fees: Fees,
	claim?: Hex,
): Draft {
	return {
		sender: account,
		nonce,
		initCode: '0x',
		callData: encodeSessionKeyCalls(calls, key, claim),
		maxFeePerGas: fees.maxFeePerGas,
		maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
	};
}

/** What is claimed for a payment; undefined for one without a reference. */
export function claimOf({ reference, referenceOnChain }: PayOptions): Hex | undefined {
	if (reference === undefined) return undefined;
	return referenceOnChain === 'readable' ? readableClaim(reference) : hashReference(reference);
}
