import type { Address } from 'viem';
import { readStop } from '../emergencyStop/readStop';
import type { SignedStop } from '../emergencyStop/stopCode';
import { InputError } from '../errors';
import type { Network } from '../networks';
import type { Rpc } from '../rpc/rpc';
import type { Holding } from './events';

/** An emergency stop that could not be pulled as things are. */
export interface StopNotReady extends Holding {
	kind: 'stopNotReady';
	/** Money can be sent; else only another signature helps. */
	status: 'sendMoney' | 'mustBeSignedAgain';
	/** What is against it, in sentences. */
	problems: string[];
}

/** What was seen of a stop, and when (unix seconds): plain JSON. */
export interface SeenStop {
	readAt: number;
	notReady?: StopNotReady;
}

/** The code that is watched. */
export interface WatchedStop {
	stop: SignedStop;
	/** Its field, as a person sees it. */
	name: string;
}

/** A stop gets bad in days, and a look takes several requests: so seldom it is looked at. */
const SECONDS_BETWEEN = 3_600;

/**
 * Looks whether the stop could still be pulled, once an hour.
 *
 * @param now unix seconds
 * @throws {InputError} when the code is for another account or network; {RefusalError} {EndpointError} {RpcError}
 */
export async function lookAtStop(
	chain: { rpc: Rpc; network: Network; account: Address },
	{ stop, name }: WatchedStop,
	now: number,
	before?: SeenStop,
): Promise<SeenStop> {
	if (before && now - before.readAt < SECONDS_BETWEEN) return before;
	if (stop.op.sender !== chain.account) {
		throw new InputError(
			name,
			`"${name}" is a stop of the account ${stop.op.sender}, and ${chain.account} is watched`,
			'Paste the code that was prepared for the account that is watched.',
		);
	}
	const { status, problems } = await readStop(chain, stop, name);
	if (status === 'valid' || status === 'nothingToStop') return { readAt: now };
	const condition = `stopNotReady:${stop.op.nonce}:${problems.map(({ code }) => code).join()}`;
	const sentences = problems.map(({ sentence }) => sentence);
	return {
		readAt: now,
		notReady: { kind: 'stopNotReady', condition, id: `${condition}:${now}`, status, problems: sentences },
	};
}
