import type { Address } from 'viem';
import {
	explained,
	isNoNews,
	OwnerOperationFailed,
	readOutcome,
	requireNotStopped,
	sentBefore,
	type Manager,
	type OwnerOutcome,
} from '../ownerOperation/sendOwnerOperation';
import { RefusalError } from '../refusal/refusal';
import { read } from '../rpc/read';
import { latestBlock } from '../userOperation/fees';
import { isOnItsWay, sendUserOperation } from '../userOperation/submit';
import { isBundlerFull } from '../userOperation/turns';
import { hashUserOperation } from '../userOperation/userOperation';
import { BLOCKING, readStop, type StopProblem } from './readStop';
import type { SignedStop } from './stopCode';

/** What became of pulling a stop. `pending`: sent, and not in a block within the time. */
export interface PulledStop {
	status: 'stopped' | 'pending' | 'alreadyStopped';
	/** Keys that the account had when it was pulled. */
	keys: readonly Address[];
	/** Missing where nothing had to be sent, and who stopped the account isn't known. */
	outcome?: OwnerOutcome;
	/** What makes it uncertain that a bundler takes it. */
	warnings: StopProblem[];
}

/** A stop that was not sent: every key can still do what it could. */
export class StopNotSent extends OwnerOperationFailed {
	readonly status = 'notSent';
}

/** The same bytes are handed in again after so long: a bundler may have lost them. */
const AGAIN_AFTER_MS = 5_000;

/**
 * Sends a stop, the same bytes again and again, until it is in a block or the time is over. It waits behind nobody: its
 * nonce key is its own, and where the bundler holds as many of the account's operations as it takes, it asks on.
 *
 * @param name the code's field as a person sees it
 * @param timeLimit milliseconds until the answer is `pending`
 * @throws {StopNotSent} with the reason; {InputError} when the code is for another network; {EndpointError} when nothing was sent
 */
export async function pullStop(
	manager: Manager,
	stop: SignedStop,
	name: string,
	timeLimit: number,
): Promise<PulledStop> {
	const { op } = stop;
	const { account, problems } = await readStop(manager, stop, name);
	if (!account.hasSessionKeyPlugin) {
		// By which operation is told beside it, where it is known.
		const outcome = await sentBefore(manager, op).catch(() => undefined);
		return { status: 'alreadyStopped', keys: [], outcome, warnings: [] };
	}
	const blocking = problems.filter(({ code }) => BLOCKING.has(code));
	if (blocking.length > 0) throw notSent(sentences(blocking), remedyFor(blocking));
	requireNotStopped(manager);
	const told = { keys: account.sessionKeys, warnings: problems };
	try {
		const outcome = await sendUntilIncluded(manager, stop, timeLimit, problems);
		return { status: outcome.status === 'done' ? 'stopped' : 'pending', outcome, ...told };
	} catch (error) {
		// Somebody else may have been quicker: with the same code, or the owner.
		if (!(error instanceof OwnerOperationFailed)) throw error;
		// Where nobody answers now, what became of it says more.
		const after = await readStop(manager, stop, name).catch(() => undefined);
		if (after?.account.hasSessionKeyPlugin !== false) throw error;
		return { status: 'alreadyStopped', ...told };
	}
}

async function sendUntilIncluded(
	manager: Manager,
	{ op }: SignedStop,
	timeLimit: number,
	problems: readonly StopProblem[],
): Promise<OwnerOutcome> {
	const { rpc, network, signal } = manager;
	const { block } = await read(rpc, { block: latestBlock() });
	let last = await sendUserOperation(rpc, op);
	let sentAt = Date.now();
	let mayLand = typeof last === 'string';
	if (!mayLand && !isBundlerFull(last)) {
		const reason = explained((last as { refused: Error }).refused, rpc, op.sender);
		const hash = hashUserOperation(op, network.chainId);
		if (!isNoNews(reason) && !(await isOnItsWay(rpc, op, hash, signal))) throw refusedBecause(reason, problems);
		mayLand = true;
	}
	const sendAgain = async () => {
		if (last === 'accepted' && Date.now() - sentAt < AGAIN_AFTER_MS) return;
		last = await sendUserOperation(rpc, op);
		sentAt = Date.now();
		mayLand ||= typeof last === 'string' || isNoNews(explained(last.refused, rpc, op.sender));
	};
	const outcome = await readOutcome(manager, op, timeLimit, block.number, sendAgain);
	if (outcome.status === 'pending' && !mayLand) {
		throw refusedBecause(explained((last as { refused: Error }).refused, rpc, op.sender), problems);
	}
	return outcome;
}

function refusedBecause(reason: unknown, problems: readonly StopProblem[]): unknown {
	if (!(reason instanceof RefusalError)) return reason;
	const own = sentences(problems);
	const remedy = own ? remedyFor(problems) : reason.refusal.remedy;
	return notSent(`${own && `${own} `}The bundler says: ${reason.refusal.message}`, remedy);
}

function notSent(why: string, remedy: string): StopNotSent {
	return new StopNotSent(
		`The emergency stop was NOT sent, and every session key still works. ${why}`.replace(/\.$/, ''),
		remedy,
	);
}

function sentences(problems: readonly StopProblem[]): string {
	return problems.map(({ sentence }) => sentence).join(' ');
}

function remedyFor(problems: readonly StopProblem[]): string {
	return problems.every(({ code }) => code === 'balanceTooLow')
		? 'Send the missing amount to the account, by anybody, and pull it again at once.'
		: 'Have an owner end the keys now with Plugin > Uninstall. If the keys shall go on, prepare a new emergency stop: this one must be signed again.';
}
