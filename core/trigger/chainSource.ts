import type { Address } from 'viem';
import { walkClaimBlocks } from '../history/claims';
import { operationFilter, withCalls, type Chain, type PastOperation } from '../history/pastOperations';
import type { Network } from '../networks';
import { CHANGE_REGISTRY } from '../registry/changeRegistry';
import { getLogPart, getLogs, keepRange, knownRange } from '../rpc/logs';
import { operationsIn } from '../userOperation/outcome';
import { readKeyIndex } from '../sessionKey/read/readKeys';
import { keyEventFilter } from '../plugin/keyEvents';
import { keyChangeEvents, type KeyChangeEvent, type Watched } from './events';
import type { Source } from './poll';
import { readSnapshot } from './snapshot';

/** A chain, whose account is watched, and which connection tells of it. */
export interface WatchedChain extends Watched, Chain {
	network: Network;
	/** Tells connections apart. */
	origin: string;
}

/**
 * Where a poll asks the chain.
 *
 * @param decimalsOf a token whose decimals belong to the snapshot
 */
export function chainSource(chain: WatchedChain, decimalsOf?: Address): Source {
	const { rpc, network, account } = chain;
	const remembered = ranges.get(chain.origin);
	if (remembered) keepRange(rpc, remembered);
	return {
		snapshot: (tokens) => readSnapshot(rpc, network, chain, tokens, decimalsOf),
		claims: (head, until) => walkClaimBlocks(chain, head, until),
		async *changes(head, until) {
			for await (const block of walkClaimBlocks(chain, head, until, CHANGE_REGISTRY)) {
				const logs = await getLogs(rpc, keyEventFilter(account), block.blockNumber, block.blockNumber);
				yield { ...block, changes: keyChangeEvents(chain, logs) };
			}
		},
		range() {
			const range = knownRange(rpc);
			return range === undefined ? undefined : Number(range);
		},
		async paymentLogs(from, to, most): Promise<{ found: PastOperation[]; reached: bigint }> {
			const { logs, reached } = await getLogPart(rpc, operationFilter(account), from, to, most);
			rememberRange(chain);
			return { found: await withCalls(chain, operationsIn(logs)), reached };
		},
		async changeLogs(from, to, most): Promise<{ found: KeyChangeEvent[]; reached: bigint }> {
			const { logs, reached } = await getLogPart(rpc, keyEventFilter(account), from, to, most);
			rememberRange(chain);
			return { found: keyChangeEvents(chain, logs), reached };
		},
	};
}

/** The range that each connection's endpoint named: a poll is a connection of its own, and would be refused each time. */
const ranges = new Map<string, bigint>();
const MOST_RANGES = 100;

function rememberRange({ origin, rpc }: WatchedChain): void {
	const range = knownRange(rpc);
	if (range === undefined) return;
	ranges.set(origin, range);
	const [oldest] = ranges.keys();
	if (ranges.size > MOST_RANGES && oldest !== undefined) ranges.delete(oldest);
}

/**
 * The tokens that the watched keys have budgets of, by key, as far as their story is known; and those most people use.
 *
 * @param also others to look at
 */
export async function readTokens(
	{ rpc, network, account, key }: WatchedChain,
	also: readonly Address[] = [],
): Promise<Record<Address, Address[]>> {
	const { keys, records } = await readKeyIndex(rpc, account);
	const watched = keys.filter((one) => !key || one === key);
	const common = network.tokens.map(({ address }) => address);
	return Object.fromEntries(
		watched.map((one) => {
			const updates = records.get(one)?.updates ?? [];
			const limited = updates.flatMap((update) => (update.kind === 'tokenLimit' ? [update.token] : []));
			return [one, [...new Set([...common, ...also, ...limited])]];
		}),
	);
}
