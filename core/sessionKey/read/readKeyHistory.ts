import { AbiDecodingZeroDataError, getAddress, type Address } from 'viem';
import { changeRecordRead } from '../../registry/changeRegistry';
import { allLogs, logsOfBlocks } from '../../rpc/blockLogs';
import { EndpointError, RpcError } from '../../rpc/errors';
import {
	firstBlockWhere,
	getLogs,
	HistoryUnavailableError,
	knownRange,
	type LogFilter,
	type RpcLog,
} from '../../rpc/logs';
import { orElse, read } from '../../rpc/read';
import type { Rpc } from '../../rpc/rpc';
import { keyEventFilter, recordsOf, toKeyEvents, type KeyEvent } from '../../plugin/keyEvents';
import { sessionKeysRead } from '../../plugin/keyList';

/** What happened to the keys of an account, as far as it could be found. */
export interface KeyHistory {
	/** Oldest first. */
	events: KeyEvent[];
	/** The keys of which nothing is missing. Of the others only what this package recorded is told, or nothing. */
	whole: ReadonlySet<Address>;
	/** Why something may be missing, in the provider's words where it gave any; undefined when nothing is. */
	gap?: string;
	/** Unix seconds of blocks, as far as they came along. */
	times: Map<bigint, number>;
}

/** Whose story is wanted, and what was read together with the keys. */
export interface KeyHistoryQuestion {
	account: Address;
	/** As they are now. */
	keys: readonly Address[];
	newest: bigint;
	/** How many changes are recorded. */
	recordedChanges: number;
}

/** An answer that looks whole and doesn't tell of a key that is there: logs lag behind, or are left out in silence. */
const SILENT = "the provider's logs do not tell when every key was added";

/** Records, and the logs of their blocks, that are asked for at once. */
const RECORDS_AT_ONCE = 50;

/** For so many keys that no record tells of past state is searched: each may take seven batches. */
const MOST_SEARCHED = 4;

/**
 * Reads what happened to keys. The whole chain's logs are asked for once. A provider that doesn't give them is asked for
 * logs of single blocks only: the newest, those that the records of changes name, and the one in which a key appears in past
 * state, where the provider has that.
 *
 * @throws {EndpointError} when no valid answer came. A provider that keeps no history is not an error: see `gap`
 */
export async function readKeyHistory(rpc: Rpc, question: KeyHistoryQuestion): Promise<KeyHistory> {
	const { account, keys, newest } = question;
	const filter = keyEventFilter(account);
	const all = await allLogs(rpc, filter, newest);
	const logs = all instanceof Error ? await newestLogs(rpc, filter, newest) : all;
	const whole = new Set(told(keys, logs));
	const times = new Map<bigint, number>();
	if (whole.size < keys.length) {
		const isTold = () => told(keys, logs).length === keys.length;
		await addRecorded(rpc, filter, question, isTold, logs, times);
		await addSearched(rpc, filter, question, logs);
	}
	const gap = all instanceof Error ? all.message : SILENT;
	return { events: toKeyEvents(logs), whole, gap: whole.size < keys.length ? gap : undefined, times };
}

/** The keys that logs tell the beginning of. */
function told(keys: readonly Address[], logs: readonly RpcLog[]): Address[] {
	const records = recordsOf(toKeyEvents(logs));
	return keys.filter((key) => records.get(key)?.added);
}

/** The newest logs that the provider gives in one request: a key that was added there has its whole story there. */
async function newestLogs(rpc: Rpc, filter: LogFilter, newest: bigint): Promise<RpcLog[]> {
	const range = knownRange(rpc) ?? 1n;
	const from = range > newest ? 0n : newest - range + 1n;
	try {
		return await getLogs(rpc, filter, from, newest, 1);
	} catch (error) {
		if (error instanceof HistoryUnavailableError) return [];
		throw error;
	}
}

/** Adds the logs of the blocks that records name, newest first, until the beginning of every key is told. */
async function addRecorded(
	rpc: Rpc,
	filter: LogFilter,
	{ account, recordedChanges }: KeyHistoryQuestion,
	isTold: () => boolean,
	logs: RpcLog[],
	times: Map<bigint, number>,
): Promise<void> {
	for (let last = recordedChanges; last > 0 && !isTold(); last -= RECORDS_AT_ONCE) {
		const first = Math.max(1, last - RECORDS_AT_ONCE + 1);
		const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
		const answers = await read(
			rpc,
			numbers.map((number) => changeRecordRead(account, number)),
		);
		const records = answers.filter((record) => record !== undefined);
		for (const { blockNumber, time } of records) times.set(blockNumber, time);
		const found = await logsOfBlocks(
			rpc,
			filter,
			records.map(({ blockNumber }) => blockNumber),
		);
		if (found instanceof Error) return;
		logs.push(...found);
	}
}

/** Adds the logs of the blocks in which keys appear that no other log tells of: other software added them. */
async function addSearched(
	rpc: Rpc,
	filter: LogFilter,
	{ account, keys, newest }: KeyHistoryQuestion,
	logs: RpcLog[],
): Promise<void> {
	const known = told(keys, logs);
	const keysAt = keysByHeight(rpc, account);
	for (const key of keys.filter((one) => !known.includes(one)).slice(0, MOST_SEARCHED)) {
		try {
			const hasKey = async (heights: readonly bigint[]) =>
				(await keysAt(heights)).map((list) => list.some((one) => getAddress(one) === key));
			const found = await logsOfBlocks(rpc, filter, [await firstBlockWhere(hasKey, 0n, newest)]);
			if (found instanceof Error) return;
			logs.push(...found);
		} catch (error) {
			// No archive, or not now: then it is not known, and told so.
			if (error instanceof RpcError || error instanceof EndpointError) return;
			throw error;
		}
	}
}

/** The keys of an account at heights, each height asked for once. */
function keysByHeight(rpc: Rpc, account: Address) {
	const known = new Map<bigint, readonly Address[]>();
	return async (heights: readonly bigint[]): Promise<(readonly Address[])[]> => {
		const open = heights.filter((height) => !known.has(height));
		const answers = await read(
			rpc,
			open.map((height) =>
				orElse(sessionKeysRead(account, height), (error): readonly Address[] => {
					if (error instanceof AbiDecodingZeroDataError) return []; // before the plugin stood
					throw error;
				}),
			),
		);
		open.forEach((height, index) => known.set(height, answers[index] as readonly Address[]));
		return heights.map((height) => known.get(height) as readonly Address[]);
	};
}
