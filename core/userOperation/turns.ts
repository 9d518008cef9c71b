import { BUNDLER_FULL } from '../rpc/errors';
import type { Rpc } from '../rpc/rpc';
import { sendUserOperation, type SendResult } from './submit';
import type { UserOperation } from './userOperation';

/** How long an operation may wait for its turn. */
export interface Patience {
	/** Milliseconds of Date.now(). */
	deadline: number;
	/** n8n's "stop". */
	signal?: AbortSignal;
}

/** Between two tries of the one whose turn it is. Blocks come every 0.25 to 12 seconds. */
const PAUSE_MS = 1_000;
const LOOK_MS = 50;

/** Who of an account is the last in its line: resolves when that one has left. */
const lines = new Map<string, Promise<void>>();

/**
 * Hands an operation in, and where the bundler holds as many of the account as it takes (Alchemy's: four of an account
 * without a stake) waits until one of them is in a block. In one n8n they wait in line, so that only the first of them
 * asks, however many there are.
 *
 * @returns the bundler's last word: the refusal, when the time was over; undefined when the run was stopped before the bundler
 * took it
 */
export async function sendInTurn(
	rpc: Rpc,
	chainId: number,
	op: UserOperation,
	patience: Patience,
): Promise<SendResult | undefined> {
	const line = `${chainId}:${op.sender}`;
	const before = lines.get(line);
	const first = before ? undefined : await sendUserOperation(rpc, op);
	if (first !== undefined && !isBundlerFull(first)) return first;
	return waitInLine(line, async (isTurn) => {
		// Whoever waited for its turn tries at once: the one before has just got in, and there may be more room.
		const hasWaited = !isTurn();
		while (!isTurn() && !isOver(patience)) await rpc.sleep(LOOK_MS);
		if (patience.signal?.aborted) return undefined;
		let result = first && !(hasWaited && isTurn()) ? first : await sendUserOperation(rpc, op);
		while (isBundlerFull(result) && !isOver(patience)) {
			await rpc.sleep(Math.max(0, Math.min(PAUSE_MS, patience.deadline - Date.now())));
			if (patience.signal?.aborted) return undefined;
			result = await sendUserOperation(rpc, op);
		}
		return result;
	});
}

async function waitInLine<T>(line: string, act: (isTurn: () => boolean) => Promise<T>): Promise<T> {
	const before = lines.get(line) ?? Promise.resolve();
	let isTurn = !lines.has(line);
	void before.then(() => (isTurn = true));
	let leave: () => void = () => {};
	const left = new Promise<void>((resolve) => (leave = resolve));
	const own = before.then(() => left);
	lines.set(line, own);
	try {
		return await act(() => isTurn);
	} finally {
		leave();
		if (lines.get(line) === own) lines.delete(line);
	}
}

function isOver({ deadline, signal }: Patience): boolean {
	return signal?.aborted === true || Date.now() >= deadline;
}

/** Whoever is throttled or banned is told `bundlerBusy` too, but no block ends that: it is not waited for. */
export function isBundlerFull(result: SendResult): boolean {
	return typeof result === 'object' && BUNDLER_FULL.test(result.refused.message);
}
