import type { Address, Hex } from 'viem';

/** A session key of an account, and the endpoint that it pays through. */
export interface Wallet {
	url: string;
	chainId: number;
	account: Address;
	privateKey: Hex;
	/** Alchemy gas policy that pays the gas; the account pays it when left out. */
	gasPolicyId?: string;
}

/** Tokens for one recipient, in base units. */
export interface Transfer {
	to: Address;
	token: Address;
	amount: bigint;
	decimals: number;
}

/** How something went, as who asked for it was told. Time in milliseconds. */
export interface Told {
	milliseconds: number;
	/** `paid`, `pending`, or the error's message. */
	answer: string;
}

/** What is measured: this package or the stock SDK, in a process of its own. */
export interface Subject {
	/** Who pays from now on. Connections are made once, and not measured. */
	use(wallet: Wallet): Promise<void>;
	/**
	 * One user operation with these transfers, from call to included receipt. This package pays under a new reference, or
	 * the given one, or without any (null); the stock SDK knows none.
	 */
	pay(transfers: readonly Transfer[], reference?: string | null): Promise<Told>;
	/** An operation for each transfer. */
	payEach(transfers: readonly Transfer[], how: 'sequential' | 'parallel'): Promise<Told[]>;
}

/** What only this package can do. */
export interface OurSubject extends Subject {
	/** Checks payments as the node's operation does. */
	check(transfers: readonly Transfer[]): Promise<Told>;
	/** Forgets what it knows of the chain's past, as a process that has just started. */
	forget(): Promise<void>;
	/** Checks so many payments in each of so many rounds; bytes of heap that are held after each. */
	heapOverChecks(transfer: Transfer, items: number, rounds: number): Promise<number[]>;
}

/** Does something and says how long it took and how it went. */
export async function told(work: () => Promise<string>): Promise<Told> {
	const start = performance.now();
	let answer: string;
	try {
		answer = await work();
	} catch (error) {
		// viem's own: what the endpoint said stands in `details`.
		const {
			message,
			shortMessage = message,
			details = '',
		} = error as Error & { shortMessage?: string; details?: string };
		answer = `${shortMessage} ${details}`.split('\n')[0]?.trim() ?? '';
	}
	return { milliseconds: performance.now() - start, answer };
}

interface Question {
	id: number;
	method: string;
	args: unknown[];
}

/** Answers the process that started this one. */
export function serve(subject: object): void {
	process.on('message', async ({ id, method, args }: Question) => {
		try {
			const work = (subject as Record<string, (...args: unknown[]) => Promise<unknown>>)[method];
			process.send?.({ id, result: await work?.(...args) });
		} catch (error) {
			process.send?.({ id, error: (error as Error).stack });
		}
	});
	process.on('disconnect', () => process.exit());
}
