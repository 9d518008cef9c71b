import type { Address, Hex } from 'viem';

/** The chains that are paid on: the second is a fork of the first, with the same chain id, keys and references. */
export const CHAINS = ['main', 'fork'] as const;
export type ChainName = (typeof CHAINS)[number];

/** Who pays and where, told to a worker process when it starts. */
export interface WorkerSetup {
	/** `users`: the URLs of the people who share this process, each with an API key of their own. */
	chains: Record<ChainName, { users: string[]; nodeUrl: string }>;
	chainId: number;
	/** From then on there are the accounts. */
	fromBlock: Hex;
	token: Address;
	payers: { account: Address; privateKeys: Hex[] }[];
}

/** What is to be paid, once. */
export interface Payment {
	reference: string;
	to: Address;
	/** Decimal text. */
	amount: string;
	/** Which of the payers. */
	payer: number;
	chain: ChainName;
}

/** How a run is made. */
export interface Circumstances {
	/** Which of the account's keys: one without, one with a gas limit. */
	key: number;
	user: number;
	node: 'true' | 'lagging' | 'lying';
	/** Milliseconds after which the person stops it; left out: never. */
	stopAfter?: number;
}

/** One run of a payment, as a schedule, a webhook or a retry would start it. */
export interface Trigger extends Circumstances {
	id: number;
	payment: Payment;
	/** Milliseconds. */
	timeLimit: number;
}

/** What a worker says of a run. */
export interface Outcome {
	id: number;
	/** The payment's status, or why there is none. */
	said: string;
	/** The operation that it names, and whether it says of it that it was mined and failed. */
	userOperationHash?: Hex;
	minedAndFailed?: boolean;
	/** Nothing was paid under the reference until this block, it says. Decimal. */
	unclaimedAt?: string;
	/** Everything that was signed meanwhile. */
	signed: Hex[];
	message?: string;
	/** Milliseconds. */
	took: number;
}
