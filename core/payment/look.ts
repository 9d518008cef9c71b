import type { Hex } from 'viem';
import { refuse, RefusalError } from '../refusal/refusal';
import { read, rpcRead } from '../rpc/read';
import { pluginView } from '../sessionKey/keyState';
import { feeReads, feesFrom, latestBlock } from '../userOperation/fees';
import { nonceOf } from '../userOperation/userOperation';
import { checkReads, toCheckState, type CheckQuestions } from './checkReads';
import { recentLogsRead, usedLanes } from './findAttempts';
import { everyKey, keyHistoryRead } from './knownKeys';
import type { Payer } from './payment';
import { nonceKeyOfReference, nonceKeyOfSessionKey } from './reference';
import { withHistory } from './withHistory';

/**
 * Reads in one batch everything that decides whether and how something is paid.
 *
 * @throws {RefusalError} when the endpoint is another chain than the credential says, or doesn't tell the account's past
 * keys; {EndpointError}
 */
export async function look(payer: Payer, asked: CheckQuestions, reference: string | undefined) {
	const { rpc, network, account, key } = payer;
	const answers = await read(rpc, {
		chainId: rpcRead('eth_chainId', [], (id: Hex) => Number(id)),
		block: latestBlock(),
		fees: feeReads(),
		referenceNonce:
			reference === undefined ? undefined : nonceOf(account, nonceKeyOfReference(network.chainId, account, reference)),
		keyNonce: nonceOf(account, nonceKeyOfSessionKey(key)),
		presentKeys: pluginView('sessionKeysOf', [account]),
		pastKeys: reference === undefined ? undefined : keyHistoryRead(account),
		recent: reference === undefined ? undefined : recentLogsRead(network.chainId, account),
		check: checkReads(account, key, asked),
	});
	if (answers.chainId !== network.chainId) {
		throw new RefusalError([
			refuse('wrongNetwork', { expected: network.chainId, found: answers.chainId, network: network.name }),
		]);
	}
	const { keys, limited } =
		reference === undefined
			? { keys: [], limited: [] }
			: await withHistory(payer, reference, () => everyKey(payer, { ...answers, latest: answers.block.number }));
	const state = toCheckState(network, account, key, asked, answers.check, answers.block.timestamp);
	return {
		state,
		block: answers.block,
		fees: feesFrom(answers.block, answers.fees),
		referenceNonce: answers.referenceNonce,
		keyNonce: answers.keyNonce,
		/**
		 * A key with a gas limit pays in its own lane, and stays there when the limit is taken away: an operation from
		 * before may still be on its way there, and only in the same lane the nonce keeps the two apart.
		 */
		inOwnLane: state.key.gas !== undefined || limited.includes(key),
		lanes: usedLanes([answers.keyNonce]),
		recent: answers.recent,
		otherKeys: keys.filter((other) => other !== key),
	};
}

/** What `look` found. */
export type Found = Awaited<ReturnType<typeof look>>;
