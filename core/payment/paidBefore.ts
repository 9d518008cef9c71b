import { getAddress, numberToHex, type Hex } from 'viem';
import type { Call } from '../calls';
import { refuse, RefusalError } from '../refusal/refusal';
import { moment } from '../refusal/words';
import type { Rpc } from '../rpc/rpc';
import { readContractInfos } from '../sessionKey/contractInfo';
import { nonceOf, sequenceOf } from '../userOperation/userOperation';
import type { CheckState } from './check';
import { describeCall, type TokenNames } from './describe';
import { findByNonce, findByTag, type UsedLane } from './findAttempts';
import type { Found } from './look';
import { allKnown, sameCalls, type PastOperation } from './operations';
import type { Payer, Payment } from './payment';
import { nonceKeyOfSessionKey, tagOf } from './reference';
import { withHistory } from './withHistory';

/** The nonces of the lanes of the account's other keys, present and past, in which a reference may have been paid. */
export function otherLanesRead({ account }: Payer, { otherKeys }: Found) {
	return otherKeys.map((key) => nonceOf(account, nonceKeyOfSessionKey(key)));
}

/**
 * Every operation that carried this reference and is in a block, paid or failed, from the chain alone.
 *
 * @param lanes lanes of session keys to be searched, beside the reference's own
 * @throws {RefusalError} `historyUnavailable` when the endpoint can't tell
 */
export async function pastAttempts(
	payer: Payer,
	reference: string,
	found: Pick<Found, 'referenceNonce' | 'block'> & Partial<Pick<Found, 'recent'>>,
	lanes: readonly UsedLane[],
): Promise<PastOperation[]> {
	return withHistory(payer, reference, async () => {
		const attempts: PastOperation[] = [];
		const next = found.referenceNonce ?? 0n;
		for (let nonce = next - sequenceOf(next); nonce < next; nonce++) {
			attempts.push(...allKnown([await findByNonce(payer, nonce, found.block.number)]));
		}
		if (lanes.length > 0) {
			const tag = tagOf(reference);
			const { block, recent } = found;
			attempts.push(...(await findByTag(payer, lanes, tag, block.number, recent)));
		}
		return attempts;
	});
}

/**
 * The payment that was made under the reference before.
 *
 * @throws {RefusalError} `referencePaidDifferently` when it paid something else than these calls
 */
export async function paidAlready(
	{ network, account, key, rpc }: Payer,
	reference: string,
	paid: PastOperation,
	calls: readonly Call[],
	state: CheckState,
): Promise<Payment> {
	const [time, names] = await Promise.all([timeOf(rpc, paid.blockNumber), namesFor(rpc, paid, state)]);
	const lines = (paid.calls ?? []).map((call) => describeCall(call, network, names));
	if (!paid.calls || !sameCalls(paid.calls, calls)) {
		throw new RefusalError(
			[
				refuse('referencePaidDifferently', {
					reference,
					paid: lines.slice(0, 5).map(({ to, amount, token }) => ({ to, amount, token })),
					payments: lines.length,
					time: moment(time),
					userOperationHash: paid.userOperationHash,
					transactionHash: paid.transactionHash,
				}),
			],
			paid,
		);
	}
	return {
		status: 'alreadyPaid',
		reference,
		account,
		key: paid.key ?? key,
		lines,
		userOperationHash: paid.userOperationHash,
		included: paid,
		time,
	};
}

/** The tokens of this payment, and of the earlier one, which may have been others. */
async function namesFor(rpc: Rpc, { calls = [] }: PastOperation, { tokens }: CheckState): Promise<TokenNames> {
	const unknown = calls.filter(({ target, data }) => data !== '0x' && !tokens[getAddress(target)]);
	const infos = Object.values(
		await readContractInfos(
			rpc,
			unknown.map(({ target }) => target),
		),
	);
	return { ...tokens, ...Object.fromEntries(infos.flatMap(({ address, token }) => (token ? [[address, token]] : []))) };
}

/** Unix seconds of a block. */
export async function timeOf(rpc: Rpc, block: bigint): Promise<number> {
	const { timestamp } = await rpc.request<{ timestamp: Hex }>('eth_getBlockByNumber', [numberToHex(block), false]);
	return Number(timestamp);
}

/** The refusal of a reference whose attempts all failed. */
export function tooManyAttempts(reference: string, attempts: readonly PastOperation[], most: number): RefusalError {
	const last = attempts[attempts.length - 1] as PastOperation;
	return new RefusalError(
		[refuse('tooManyAttempts', { reference, attempts: attempts.length, most, transactionHash: last.transactionHash })],
		last,
	);
}
