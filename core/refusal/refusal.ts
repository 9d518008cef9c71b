import type { Hex } from 'viem';
import { REFUSALS, type RefusalCode, type RefusalData } from './refusals';
import { moment } from '../text/format';

export type { RefusalCode, RefusalData } from './refusals';

/** A refusal with this code. */
interface RefusalOf<C extends RefusalCode> {
	code: C;
	/** What happened, in plain words. */
	message: string;
	/** What to do about it, and who can. */
	remedy: string;
	/** The figures behind the message, safe for JSON: amounts as exact decimal text, moments as unix seconds and ISO. */
	data: RefusalData<C>;
	/** ISO 8601: from then on this reason is gone by itself. Missing where waiting does not help. */
	reopensAt?: string;
}

/** Why a payment will not be made, or was not made. The code tells what the data is. */
export type Refusal = { [C in RefusalCode]: RefusalOf<C> }[RefusalCode];

/**
 * Puts a refusal together from its code and its figures.
 *
 * @param reopensAt unix seconds; left out where waiting does not help
 */
export function refuse<C extends RefusalCode>(code: C, data: RefusalData<C>, reopensAt?: number): Refusal {
	const { message, remedy } = REFUSALS[code] as { message(data: unknown): string; remedy(data: unknown): string };
	const refusal = { code, message: message(data), remedy: remedy(data), data } as unknown as Refusal;
	const iso = reopensAt === undefined ? undefined : moment(reopensAt).iso;
	return iso ? { ...refusal, reopensAt: iso } : refusal;
}

/** Where the refused operation can be looked up, as far as it got. */
export interface RefusalTrace {
	userOperationHash?: Hex;
	transactionHash?: Hex;
	/** The newest block at which the chain did not have the reference: nothing was paid under it until then. */
	unclaimedAt?: bigint;
}

/** Thrown where something was not done because it was refused. */
export class RefusalError extends Error {
	override readonly name = 'RefusalError';
	/** The reason that comes first. */
	readonly refusal: Refusal;
	readonly userOperationHash?: Hex;
	readonly transactionHash?: Hex;
	readonly unclaimedAt?: bigint;

	/** @param refusals every reason there is, at least one, the most useful first */
	constructor(
		readonly refusals: readonly [Refusal, ...Refusal[]],
		trace: RefusalTrace = {},
	) {
		super(refusals[0].message);
		this.refusal = refusals[0];
		this.userOperationHash = trace.userOperationHash;
		this.transactionHash = trace.transactionHash;
		this.unclaimedAt = trace.unclaimedAt;
	}
}
