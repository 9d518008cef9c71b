import { IStandardExecutorAbi } from '@alchemy/aa-accounts';
import { decodeFunctionData, getAddress, isAddressEqual, type Address, type Hex } from 'viem';
import { decodeTransfer, type Call } from '../calls';
import type { TimedOperation } from '../history/operationTimes';
import { pastStatus } from '../history/pastOperations';
import { transfersIn, type Arrival, type Transfer } from '../history/transfers';
import { NATIVE } from '../input/token';
import type { KeyEvent } from '../plugin/keyEvents';
import type { RpcLog } from '../rpc/logs';
import type { Asset } from './asset';

/**
 * What an entry of a statement is. `payment` and `call` were made by a session key, `owner` by an owner, `failed` by either;
 * of `unreadable` the endpoint doesn't tell who it was. `sent` and `received` are tokens that moved besides; `otherIn` and
 * `otherOut` nothing tells of but the balances.
 */
export type EntryKind =
	| 'payment'
	| 'call'
	| 'owner'
	| 'failed'
	| 'unreadable'
	| 'sent'
	| 'received'
	| 'otherIn'
	| 'otherOut';

/** One entry of a statement. Amounts in base units. */
export interface Entry {
	kind: EntryKind;
	/** Missing where the balances alone tell of it. */
	blockNumber?: bigint;
	/** Unix seconds. */
	time?: number;
	/** What was moved; missing where nothing was. */
	asset?: Asset;
	in: bigint;
	out: bigint;
	/** Whom it went to, or came from. */
	party?: Address;
	/** What was to be paid, where less arrived. */
	meant?: bigint;
	/** Of a payment that succeeded. */
	arrival?: Arrival;
	key?: Address;
	/** The hashes of the references, and the text of the first where the chain has it. */
	claims?: readonly Hex[];
	reference?: string;
	/** What the operation cost, in wei, and who paid it: at the first entry of the operation. */
	gas?: bigint;
	gasPaidBy?: Address;
	/** What an owner changed about the keys. */
	changes?: readonly KeyEvent[];
	transactionHash?: Hex;
	userOperationHash?: Hex;
}

/** What the chain told of a period. */
export interface Told {
	account: Address;
	/** Oldest first. */
	operations: readonly TimedOperation[];
	/** Transfers from and to the account, in or outside of these operations; each once or more. */
	transfers: readonly Transfer[];
	changes: readonly KeyEvent[];
	times: ReadonlyMap<bigint, number>;
}

/** Puts in order what the chain told: each movement once, with the operation that made it. */
export function toEntries({ account, operations, transfers, changes: told, times }: Told): Entry[] {
	const changes = [...new Map(told.map((one) => [`${one.blockNumber} ${one.logIndex}`, one])).values()];
	const inOperations = new Set(operations.flatMap(({ logs = [] }) => logs.map(placeOf)));
	const ofOperations = operations.flatMap((one) => entriesOf(account, one, changes));
	const others = new Map(transfers.map((one) => [placeOf(one.log), one]));
	const besides = [...others].filter(([place]) => !inOperations.has(place)).map(([, transfer]) => transfer);
	const ofTransfers = ofAccount(account, besides).map((transfer) => {
		const blockNumber = BigInt(transfer.log.blockNumber);
		const { transactionHash } = transfer.log;
		const entry = { ...moved(account, transfer), blockNumber, time: times.get(blockNumber), transactionHash };
		return { entry, index: Number(transfer.log.logIndex) };
	});
	const alone = changes.filter((change) => !inOperations.has(`${change.blockNumber} ${change.logIndex}`));
	const ofChanges = alone.map((change): Placed => {
		const { blockNumber, transactionHash, logIndex: index } = change;
		const time = times.get(blockNumber);
		return { entry: { ...NOTHING, kind: 'owner', changes: [change], blockNumber, time, transactionHash }, index };
	});
	const all: Placed[] = [...ofOperations, ...ofTransfers, ...ofChanges];
	const inOrder = all.sort((a, b) => Number(heightOf(a.entry) - heightOf(b.entry)) || a.index - b.index);
	return inOrder.map(({ entry }) => entry);
}

interface Placed {
	entry: Entry;
	/** Of a log in the block. */
	index: number;
}

const NOTHING = { in: 0n, out: 0n } as const;

function heightOf({ blockNumber = 0n }: Entry): bigint {
	return blockNumber;
}

function placeOf({ blockNumber, logIndex }: RpcLog): string {
	return `${BigInt(blockNumber)} ${Number(logIndex)}`;
}

/** Those that change what the account has. */
function ofAccount(account: Address, transfers: readonly Transfer[]): Transfer[] {
	return transfers.filter(({ from, to }) => from !== to && (from === account || to === account));
}

function moved(account: Address, { token, from, to, amount }: Transfer): Entry {
	return from === account
		? { kind: 'sent', asset: token, in: 0n, out: amount, party: to }
		: { kind: 'received', asset: token, in: amount, out: 0n, party: from };
}

/** The entries of one operation, the first of which carries its gas. */
function entriesOf(account: Address, operation: TimedOperation, changes: readonly KeyEvent[]): Placed[] {
	const { blockNumber, time, transactionHash, userOperationHash, key, claims, reference, logs = [] } = operation;
	const common = { blockNumber, time, transactionHash, userOperationHash, key, claims, reference };
	const index = Math.min(...logs.map(({ logIndex }) => Number(logIndex)));
	const entries = entriesWithin(account, operation, changes);
	return entries.map((entry, place) => {
		const gas = place === 0 ? { gas: operation.gasCost, gasPaidBy: operation.paymaster ?? account } : {};
		return { entry: { ...common, ...entry, ...gas }, index: Number.isFinite(index) ? index : 0 };
	});
}

function entriesWithin(account: Address, operation: TimedOperation, changes: readonly KeyEvent[]): Entry[] {
	const { success, callData, logs, key, calls = [] } = operation;
	if (!success) return [{ ...NOTHING, kind: 'failed', ...firstMeant(calls) }];
	if (!callData || !logs) return [{ ...NOTHING, kind: 'unreadable' }];
	const pool = ofAccount(account, transfersIn(logs)).map((one) => ({ ...one }));
	const own = key ? paymentsIn(account, operation, pool) : ownersIn(account, callData, changesIn(logs, changes));
	const besides = pool.filter(({ amount }) => amount > 0n).map((transfer) => moved(account, transfer));
	return [...own, ...besides];
}

/** Of what failed: what was to be paid first, for people to know which it was. */
function firstMeant(calls: readonly Call[]): Partial<Entry> {
	const [first] = calls;
	if (!first) return {};
	const transfer = decodeTransfer(first);
	return transfer
		? { asset: getAddress(first.target), meant: transfer.amount, party: transfer.to }
		: { asset: NATIVE, meant: first.value, party: getAddress(first.target) };
}

/** What a session key paid; takes out of the pool of transfers what it accounts for. */
function paymentsIn(account: Address, operation: TimedOperation, pool: Transfer[]): Entry[] {
	const { calls = [], moved: amounts = [] } = operation;
	const status = pastStatus(operation);
	const arrival = status === 'notPaid' ? undefined : status;
	if (calls.length === 0) return [{ ...NOTHING, kind: 'call' }];
	return calls.map((call, place): Entry => {
		const transfer = call.value === 0n ? decodeTransfer(call) : undefined;
		if (!transfer) return nativeEntry(account, call);
		const token = getAddress(call.target);
		const out = amounts[place] ?? 0n;
		take(pool, account, token, transfer.to, out);
		// Paid to itself: the balance stays.
		const left = transfer.to === account ? 0n : out;
		const meant = out < transfer.amount ? transfer.amount : undefined;
		return { kind: 'payment', asset: token, in: 0n, out: left, party: transfer.to, arrival, meant };
	});
}

function nativeEntry(account: Address, { target, value }: Call): Entry {
	const party = getAddress(target);
	if (value === 0n || isAddressEqual(target, account)) return { ...NOTHING, kind: 'call', party };
	return { kind: 'payment', asset: NATIVE, in: 0n, out: value, party, arrival: 'paid' };
}

function take(pool: Transfer[], from: Address, token: Address, to: Address, amount: bigint): void {
	let left = amount;
	for (const one of pool) {
		if (one.token !== token || one.from !== from || one.to !== to) continue;
		const taken = one.amount < left ? one.amount : left;
		one.amount -= taken;
		left -= taken;
	}
}

function changesIn(logs: readonly RpcLog[], changes: readonly KeyEvent[]): KeyEvent[] {
	const places = new Set(logs.map(placeOf));
	return changes.filter(({ blockNumber, logIndex }) => places.has(`${blockNumber} ${logIndex}`));
}

/** What an owner had the account do: one entry for the operation, and one for each sum of native money. */
function ownersIn(account: Address, callData: Hex, changes: readonly KeyEvent[]): Entry[] {
	const paid = ownersCalls(callData).filter(({ target, value }) => value > 0n && !isAddressEqual(target, account));
	const sums = paid.map(({ target, value }): Entry => {
		return { kind: 'sent', asset: NATIVE, in: 0n, out: value, party: getAddress(target) };
	});
	return [{ ...NOTHING, kind: 'owner', changes }, ...sums];
}

function ownersCalls(callData: Hex): readonly Call[] {
	try {
		const { functionName, args } = decodeFunctionData({ abi: IStandardExecutorAbi, data: callData });
		if (functionName === 'executeBatch') return args[0];
		const [target, value, data] = args;
		return [{ target, value, data }];
	} catch {
		return []; // a function of the account or of a plugin: it carries no money
	}
}
