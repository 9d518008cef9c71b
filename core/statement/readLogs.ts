import { getAddress, pad, type Address, type Hex } from 'viem';
import { ENTRY_POINT, SESSION_KEY_PLUGIN } from '../contracts';
import type { Chain } from '../history/pastOperations';
import { TRANSFER_EVENT, transfersIn, type Transfer } from '../history/transfers';
import { KEY_EVENTS, toKeyEvents, type KeyEvent } from '../plugin/keyEvents';
import { getLogs, HistoryUnavailableError, type LogFilter, type RpcLog } from '../rpc/logs';
import {
	operationsIn,
	REVERT_REASON_EVENT,
	USER_OPERATION_EVENT,
	type IncludedOperation,
} from '../userOperation/outcome';

/** What logs tell of an account. */
export interface Logged {
	operations: IncludedOperation[];
	transfers: Transfer[];
	changes: KeyEvent[];
}

/** Logs are worth so many requests for each half: a month of two-second blocks where 10,000 are given at a time. */
const MOST_REQUESTS = 150;

/**
 * Everything that logs tell of an account in a range of blocks (both ends inside): its operations, the tokens that moved from
 * and to it, and what became of its keys. Two requests where the endpoint gives the whole range.
 *
 * @returns undefined where the endpoint gives too little of its logs at a time
 * @throws {EndpointError}, {RpcError}
 */
export async function readLogs(
	chain: Chain,
	tokens: readonly Address[],
	fromBlock: bigint,
	toBlock: bigint,
	mostRequests = MOST_REQUESTS,
): Promise<Logged | undefined> {
	const logs: RpcLog[] = [];
	try {
		for (const filter of filtersFor(chain.account, tokens)) {
			logs.push(...(await getLogs(chain.rpc, filter, fromBlock, toBlock, mostRequests)));
		}
	} catch (error) {
		if (error instanceof HistoryUnavailableError) return undefined;
		throw error;
	}
	return {
		operations: operationsIn(logs),
		transfers: transfersIn(logs),
		changes: toKeyEvents(logs.filter(({ address }) => getAddress(address) === SESSION_KEY_PLUGIN)),
	};
}

/** Events with the account in the same place are asked for together, of whichever contract. */
function filtersFor(account: Address, tokens: readonly Address[]): LogFilter[] {
	const [own, transfer] = [pad(account), TRANSFER_EVENT];
	const operations = [USER_OPERATION_EVENT, REVERT_REASON_EVENT] as Hex[];
	return [
		{ address: [ENTRY_POINT, ...tokens], topics: [[...operations, transfer], null, own] },
		{ address: [SESSION_KEY_PLUGIN, ...tokens], topics: [[...KEY_EVENTS, transfer], own] },
	];
}
