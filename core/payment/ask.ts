import { generatePrivateKey } from 'viem/accounts';
import type { Call } from '../calls';
import { read } from '../rpc/read';
import { estimateGas, sponsor, type Draft, type GasFields } from '../userOperation/gas';
import { foresee } from './foresee';
import type { Attempt, Prospect } from './handIn';
import type { Found } from './look';
import { encodeSessionKeyCalls, sameCalls } from './operations';
import type { Payer } from './payment';
import { withTag } from './reference';
import { executionRead, type Execution } from './simulate';

/** What others say of an operation before it is signed; each may still be on its way. */
export interface Asked {
	/** The bundler's estimate, or the gas manager's sponsorship. Rejects with what they have against it. */
	gas: Promise<GasFields>;
	/** What carrying out the calls would give. */
	execution: Promise<Execution>;
}

/** Asks bundler or gas manager, and the called contracts, at the same time. */
export function ask({ rpc, account, key, gasPolicyId }: Payer, draft: Draft, calls: readonly Call[]): Asked {
	const asked = {
		gas: gasPolicyId ? sponsor(rpc, draft, gasPolicyId) : estimateGas(rpc, draft),
		execution: read(rpc, { execution: executionRead(account, key, calls) }).then(({ execution }) => execution),
	};
	// Whoever asks may have to stop for another reason before they answer.
	for (const answer of Object.values(asked)) answer.catch(() => undefined);
	return asked;
}

/** What was asked before anything was read, and of which operation. */
export interface AskedAhead extends Asked {
	calls: readonly Call[];
	nonce: bigint;
}

/**
 * Asks the gas manager in the same trip as everything else: for a payment without a reference, in a lane that is new
 * because it is random, when the calls can be foreseen. It signs for operations only, and an operation that the checks
 * refuse afterwards is never sent. A payment with a reference waits for the chain: most that run a second time are paid
 * already, and would take from the gas policy's budget for nothing.
 */
export function askAhead(attempt: Attempt): AskedAhead | undefined {
	const { payer, order, options } = attempt;
	const calls = payer.gasPolicyId && options.reference === undefined ? foresee(payer, order) : undefined;
	if (!calls) return undefined;
	const nonce = randomLane();
	// The gas manager sets the fees.
	const draft = draftOf(attempt, { calls, nonce, fees: { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n } });
	return { ...ask(payer, draft, calls), calls, nonce };
}

/** Whether what was foreseen is what shall be done, by what was read now. */
export function isAsForeseen(ahead: AskedAhead, found: Found, calls: readonly Call[]): boolean {
	return !found.inOwnLane && sameCalls(ahead.calls, calls);
}

/** The operation as far as it stands before gas. */
export function draftOf(
	{ payer, options }: Attempt,
	{ calls, nonce, fees }: Pick<Prospect, 'calls' | 'nonce' | 'fees'>,
): Draft {
	return {
		sender: payer.account,
		nonce,
		initCode: '0x',
		callData: withTag(encodeSessionKeyCalls(calls, payer.key), options.reference),
		...fees,
	};
}

/** 192 random bits, so that payments without a reference don't wait for each other. */
export function randomLane(): bigint {
	return (BigInt(generatePrivateKey()) >> 64n) << 64n;
}
