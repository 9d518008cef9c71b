import type { Address, Hex } from 'viem';
import { formatAmount } from '../../amounts';
import { NATIVE_DECIMALS, type Network } from '../../networks';
import type { Approval, Approved } from '../../paymentApproval/approval';
import type { PaymentRules } from '../../paymentRules/requireAllowedByRules';
import type { RunStore } from '../../paymentRules/runTotals';
import type { Rpc } from '../../rpc/rpc';
import type { IncludedOperation } from '../../userOperation/outcome';
import type { SignHash } from '../../userOperation/submit';
import type { RemainingBudget } from '../check/check';
import type { PaymentLine } from './paymentLine';

/** Who pays: a session key of a smart account. */
export interface Payer {
	rpc: Rpc;
	network: Network;
	account: Address;
	/** The session key's address. */
	key: Address;
	/** Signs with the session key. */
	sign: SignHash;
	/** Alchemy gas policy that pays the gas; the account pays it when left out. */
	gasPolicyId?: string;
	/** Payments are refused, before anything is asked or signed. */
	paused?: boolean;
	/** What n8n looks at before it signs. */
	rules?: PaymentRules;
	/** What the run of the workflow has paid: kept with the run, by account. */
	paidInRun?: RunStore;
	/** n8n's "stop": looked at before each signature and each wait. */
	signal?: AbortSignal;
}

export interface PayOptions {
	/** What the payment is for: it is made once, for ever. Left out: every call pays anew. */
	reference?: string;
	/** What the chain shows of it; left out: its hash. Both forms are the same reference. */
	referenceOnChain?: 'hash' | 'readable';
	/** Blocks that must stand on each other before the answer is `paid`; 1 is the payment's own. */
	confirmations: number;
	/** Milliseconds after which the answer is `pending`. */
	timeLimit: number;
	/** How often a reference may be tried, when the attempts before were mined and failed. */
	attempts: number;
	/** The most to be paid per unit of gas, in wei; left out: whatever the network asks for. */
	feeCap?: bigint;
	/** The most that the operation may cost in wei; left out: what the network's own bound says. */
	mostGasCost?: bigint;
	/** What approvers said to it, where they were asked. */
	approval?: Approval;
}

/** What is known of a payment. */
export interface Payment {
	/**
	 * `paid`: made now, and the tokens' own events show that the money moved. `alreadyPaid`: this reference was paid before,
	 * nothing was sent. `notTransferred`, `transferredLess`: carried out and the reference used, but the token moved nothing,
	 * or less. `pending`: sent, the outcome isn't known yet; running again is safe. `notSent`: this run sent nothing, because
	 * another operation stands in the same place and is not in a block yet.
	 */
	status: 'paid' | 'alreadyPaid' | 'notTransferred' | 'transferredLess' | 'pending' | 'notSent';
	reference?: string;
	account: Address;
	key: Address;
	lines: PaymentLine[];
	/** Missing with `notSent`. */
	userOperationHash?: Hex;
	/** Where it stands; missing while pending. */
	included?: IncludedOperation;
	/** Unix seconds of its block; missing while pending. */
	time?: number;
	/** The approval that it is in, with those who count; missing where there is none. */
	approval?: Approved;
	/** The bundler's words, where nobody understands what it answered to the operation; redacted. */
	bundlerSaid?: string;
	/** What is left of the key's budgets; missing when nothing was checked. */
	remaining?: RemainingBudget[];
}

/** What gas cost, as exact decimal text in the chain's own money. */
export function gasPaid({ gasCost }: IncludedOperation): string {
	return formatAmount(gasCost, NATIVE_DECIMALS);
}
