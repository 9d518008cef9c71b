import type { Address, Hex } from 'viem';

/** Who pays and where, told to a worker process when it starts. */
export interface WorkerSetup {
	url: string;
	chainId: number;
	token: Address;
	payers: { account: Address; privateKey: Hex }[];
}

/** What is to be paid, once. */
export interface Payment {
	reference: string;
	to: Address;
	/** Decimal text. */
	amount: string;
	/** Which of the payers. */
	payer: number;
}

/** One run of a payment, as a schedule, a webhook or a retry would start it. */
export interface Trigger {
	id: number;
	payment: Payment;
	/** Milliseconds. */
	timeLimit: number;
}

/** What a worker says of a run. */
export interface Outcome {
	id: number;
	/** `paid`, `alreadyPaid`, `pending`, or why not. */
	said: string;
	userOperationHash?: Hex;
	message?: string;
	/** Milliseconds. */
	took: number;
}
