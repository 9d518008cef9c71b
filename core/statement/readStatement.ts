import { getAddress, type Address } from 'viem';
import { readContractInfos, type ContractInfos } from '../contractInfo';
import { withTimes } from '../history/operationTimes';
import { withCalls, type Chain } from '../history/pastOperations';
import { transfersIn } from '../history/transfers';
import { NATIVE } from '../input/token';
import type { Network } from '../networks';
import { blockTimes } from '../rpc/blockTimes';
import { EndpointError, RpcError } from '../rpc/errors';
import { HistoryUnavailableError } from '../rpc/logs';
import { read } from '../rpc/read';
import type { Asset } from './asset';
import { byDifference, closeSums, isEmpty, type AssetSum } from './close';
import { toEntries, type Entry } from './entries';
import { blockHeadRead, lastBlockBefore, type BlockHead } from './findBlocks';
import { findMovements, unexplainedIn, type Movement } from './findMovements';
import type { Period } from './period';
import { hasStateAt, readBalances, readHeads, type Balances } from './readBalances';
import { readHistory, uniqueOperations, type History } from './readHistory';
import { readLogs } from './readLogs';

/** What a statement is asked for. */
export interface StatementQuestion {
	period: Period;
	/** Beside those that are known on the network and those that a payment moved. */
	tokens?: readonly Address[];
	/** Is told how far it is, in words. */
	tell?(words: string): void;
}

/** What an account had, what came and went, and what it had then. */
export interface Statement {
	account: Address;
	period: Period;
	/** The last block before the period, and the last block of it; of a period that isn't over, the newest. */
	opening: BlockHead;
	closing: BlockHead;
	isOver: boolean;
	/** Oldest first; what only the balances tell of, and no block is known of, stands at the end. */
	entries: Entry[];
	/** Of native money first; of tokens of which there was, and moved, something. */
	sums: AssetSum[];
	infos: ContractInfos;
	/** Whether the endpoint gave all logs of the period. */
	hasAllLogs: boolean;
}

/** So often it is begun anew when the newest blocks are replaced meanwhile. */
const TRIES = 3;

/**
 * Reads the statement of an account for a period, from the chain alone. It is of one chain of blocks: where the newest ones
 * are replaced while it is read, it is read anew.
 *
 * @throws {InputError} never; {HistoryUnavailableError} when the endpoint doesn't show blocks that old, or not every payment;
 * {EndpointError}, {RpcError}
 */
export async function readStatement(on: Chain & { network: Network }, question: StatementQuestion): Promise<Statement> {
	const chain = { ...on, account: getAddress(on.account) };
	for (let attempt = 1; attempt <= TRIES; attempt++) {
		const statement = await readOnce(chain, question);
		const [now] = await read(chain.rpc, [blockHeadRead(statement.closing.number)]);
		if (now?.hash === statement.closing.hash) return statement;
	}
	throw new HistoryUnavailableError('The newest blocks were replaced again and again while they were read');
}

async function readOnce(chain: Chain & { network: Network }, question: StatementQuestion): Promise<Statement> {
	const { account, network, rpc } = chain;
	const { period, tell = () => {} } = question;
	const { opening, closing, isOver } = await readEnds(chain, period);
	tell(`blocks ${opening.number + 1n} to ${closing.number}`);
	const [hasOpening, hasClosing] = [await hasStateAt(chain, opening.number), await hasStateAt(chain, closing.number)];
	const heads = await readHeads(chain, hasClosing ? closing.number : undefined);
	const before = hasOpening ? await readHeads(chain, opening.number) : undefined;
	const asked = [...network.tokens.map(({ address }) => address), ...(question.tokens ?? [])].map((one) =>
		getAddress(one),
	);
	const range = { from: opening.number + 1n, to: closing.number };
	const claims = hasClosing && before ? (heads.claims?.count ?? 0) - (before.claims?.count ?? 0) : undefined;
	const history =
		range.from > range.to
			? { operations: [], transfers: [], changes: [], hasAllLogs: true }
			: await readHistory(chain, { ...range, tokens: unique(asked), heads, claims, tell });
	const tokens = unique([...asked, ...tokensMoved(account, history)]);
	const assets: Asset[] = [NATIVE, ...tokens];
	const had = hasOpening ? await readBalances(chain, tokens, opening.number) : undefined;
	const has = hasClosing ? await readBalances(chain, tokens, closing.number) : undefined;
	let found = history;
	let entries = await entriesOf(chain, found);
	const movements = had && has ? await movementsIn(chain, tokens, { opening, closing, had, has }, entries) : [];
	if (movements.length > 0) {
		tell(`${movements.length} more movements found`);
		found = await withLogsOf(chain, tokens, found, movements);
		entries = await entriesOf(chain, found);
		const others = movements.flatMap((one) => unexplainedIn(one, assets, entries, account));
		entries = inOrder([...entries, ...(await withTime(chain, others))]);
	}
	const sums = closeSums(assets, entries, had, has, account);
	const left = byDifference(sums);
	const all = [...entries, ...left];
	const shown = closeSums(assets, all, had, has, account).filter((sum) => sum.asset === NATIVE || !isEmpty(sum));
	return {
		account,
		period,
		opening,
		closing,
		isOver,
		entries: all,
		sums: shown,
		infos: await readContractInfos(
			rpc,
			network,
			shown.flatMap(({ asset }) => (asset === NATIVE ? [] : [asset])),
		),
		hasAllLogs: history.hasAllLogs,
	};
}

async function readEnds({ rpc }: Chain, { from, to }: Period) {
	const [latest] = await read(rpc, [blockHeadRead('latest')]);
	if (!latest) throw new EndpointError('unintelligible', 'eth_getBlockByNumber');
	const opening = await lastBlockBefore(rpc, from, latest);
	const closing = await lastBlockBefore(rpc, to + 1, latest);
	return { opening, closing, isOver: latest.time > to };
}

function unique(tokens: readonly Address[]): Address[] {
	return [...new Set(tokens)];
}

function tokensMoved(account: Address, { operations, transfers }: History): Address[] {
	const all = [...transfers, ...operations.flatMap(({ success, logs = [] }) => (success ? transfersIn(logs) : []))];
	return all.filter(({ from, to }) => from === account || to === account).map(({ token }) => token);
}

async function entriesOf(chain: Chain, { operations, transfers, changes }: History): Promise<Entry[]> {
	const timed = await withTimes(chain, operations);
	const known = new Map(timed.flatMap(({ blockNumber, time }) => (time === undefined ? [] : [[blockNumber, time]])));
	const blocks = [...transfers.map(({ log }) => BigInt(log.blockNumber)), ...changes.map((one) => one.blockNumber)];
	const others = await blockTimes(
		chain.rpc,
		blocks.filter((block) => !known.has(block)),
	);
	const times = new Map([...known, ...others]);
	return toEntries({ account: chain.account, operations: timed, transfers, changes, times });
}

interface Ends {
	opening: BlockHead;
	closing: BlockHead;
	had: Balances;
	has: Balances;
}

/** None where past state can't be read after all: what isn't found is told by difference. */
async function movementsIn(chain: Chain, tokens: readonly Address[], ends: Ends, entries: readonly Entry[]) {
	const { opening, closing, had, has } = ends;
	const range = [
		{ height: opening.number, balances: had },
		{ height: closing.number, balances: has },
	] as const;
	try {
		return (await findMovements(chain, tokens, range, entries)) ?? [];
	} catch (error) {
		if (error instanceof RpcError || error instanceof EndpointError) return [];
		throw error;
	}
}

/** Adds what the logs of these single blocks tell. */
async function withLogsOf(
	chain: Chain,
	tokens: readonly Address[],
	history: History,
	movements: readonly Movement[],
): Promise<History> {
	const found = { ...history };
	for (const { block } of history.hasAllLogs ? [] : movements) {
		const logged = await readLogs(chain, tokens, block, block);
		if (!logged) continue;
		const operations = await withCalls(chain, logged.operations);
		found.operations = uniqueOperations([...found.operations, ...operations]);
		found.transfers = [...found.transfers, ...logged.transfers];
		found.changes = [...found.changes, ...logged.changes];
	}
	return found;
}

/** Adds when it was. */
async function withTime({ rpc }: Chain, entries: readonly Entry[]): Promise<Entry[]> {
	const times = await blockTimes(
		rpc,
		entries.flatMap(({ blockNumber }) => (blockNumber === undefined ? [] : [blockNumber])),
	);
	return entries.map((one) => ({
		...one,
		time: one.blockNumber === undefined ? undefined : times.get(one.blockNumber),
	}));
}

function inOrder(entries: readonly Entry[]): Entry[] {
	return [...entries].sort((a, b) => Number((a.blockNumber ?? 0n) - (b.blockNumber ?? 0n)));
}
