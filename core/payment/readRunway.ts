import { getAddress, type Address, type Hex } from 'viem';
import { countedTokenAmount, decodeTransfer } from '../calls';
import { shortAddress } from '../contractInfo';
import { ENTRY_POINT, entryPointAbi, erc20Abi } from '../contracts';
import type { TimedOperation } from '../history/operationTimes';
import type { Chain } from '../history/pastOperations';
import { contractRead, read, rpcRead } from '../rpc/read';
import { HistoryUnavailableError } from '../rpc/logs';
import type { KeyReport } from '../sessionKey/read/readKeys';
import { balanceRunway, budgetRunway, gasBudgetRunway, PACE_SECONDS, type Outflow, type Runway } from './check/runway';
import { listPayments } from './listPayments';

/** Until when one of a key's budgets, or what the account holds, lasts. */
export interface RunwayLine {
	/** What it is of: `USDC budget`. */
	of: string;
	runway: Runway;
}

/**
 * How long the key's budgets and the account's money last, if the payments of the last 30 days are repeated: the key's own
 * for its budgets, those of all session keys for what the account holds.
 *
 * @returns undefined where the endpoint doesn't show all of these payments
 * @throws {EndpointError}
 */
export async function readRunways(chain: Chain, report: KeyReport): Promise<RunwayLine[] | undefined> {
	const { state, labels, now } = report;
	const operations = await recentOperations(chain, now);
	if (!operations) return undefined;
	const limited = (Object.keys(state.contracts) as Address[]).filter((token) => state.contracts[token]?.tokenLimit);
	const tokens = [...new Set([...limited, ...operations.flatMap(tokensOf)])];
	const held = await readBalances(chain, tokens);
	const own = operations.filter(({ key }) => key && getAddress(key) === state.key);
	const symbolOf = (token: Address) => labels.contracts[token]?.token?.symbol ?? shortAddress(token);
	const lines: (RunwayLine | false)[] = [
		...limited.map((token) => {
			const limit = state.contracts[token]?.tokenLimit;
			const spent = outflows(own, (one) => countedIn(one, token));
			return limit !== undefined && { of: `${symbolOf(token)} budget`, runway: budgetRunway(limit, spent, now) };
		}),
		state.native !== undefined &&
			state.native.limit > 0n && {
				of: `${labels.nativeSymbol} budget`,
				runway: budgetRunway(state.native, outflows(own, valueIn), now),
			},
		state.gas !== undefined && {
			of: 'gas budget',
			runway: gasBudgetRunway(
				state.gas,
				state.gasShouldReset,
				outflows(own, ({ prefund = 0n }) => prefund),
				now,
			),
		},
		...tokens.map((token, index) => ({
			of: `${symbolOf(token)} of the account`,
			runway: balanceRunway(
				held.tokens[index] ?? 0n,
				outflows(operations, (one) => movedIn(one, token)),
				now,
			),
		})),
		{
			of: `${labels.nativeSymbol} of the account, for gas too`,
			runway: balanceRunway(
				held.balance + held.deposit,
				outflows(operations, (one) => valueIn(one) + gasIn(one)),
				now,
			),
		},
	];
	return lines.filter((line) => line !== false);
}

type DatedOperation = TimedOperation & { time: number };

/** All operations of session keys in the last 30 days, each with its time; undefined where any may be missing. */
async function recentOperations(chain: Chain, now: number): Promise<DatedOperation[] | undefined> {
	try {
		const { operations, hasUnreferenced } = await listPayments(chain, {
			since: now - PACE_SECONDS,
			allOrNothing: true,
		});
		const dated = operations.filter((one): one is DatedOperation => one.time !== undefined);
		return hasUnreferenced && dated.length === operations.length ? dated : undefined;
	} catch (error) {
		if (error instanceof HistoryUnavailableError) return undefined;
		throw error;
	}
}

function outflows(operations: readonly DatedOperation[], amountIn: (one: TimedOperation) => bigint): Outflow[] {
	return operations.map((one) => ({ time: one.time, amount: amountIn(one) }));
}

/** What counts against a token's limit: nothing of an operation that failed. */
function countedIn({ success, calls = [] }: TimedOperation, token: Address): bigint {
	if (!success) return 0n;
	return calls
		.filter(({ target }) => getAddress(target) === token)
		.reduce((sum, call) => sum + countedTokenAmount(call), 0n);
}

function movedIn({ success, calls = [], moved = [] }: TimedOperation, token: Address): bigint {
	if (!success) return 0n;
	return calls.reduce((sum, { target }, index) => sum + (getAddress(target) === token ? (moved[index] ?? 0n) : 0n), 0n);
}

function valueIn({ success, calls = [] }: TimedOperation): bigint {
	return success ? calls.reduce((sum, { value }) => sum + value, 0n) : 0n;
}

/** What the account itself paid for gas, of a failed operation too. */
function gasIn({ paymaster, gasCost }: TimedOperation): bigint {
	return paymaster ? 0n : gasCost;
}

function tokensOf({ success, calls = [] }: TimedOperation): Address[] {
	return success ? calls.filter((call) => decodeTransfer(call)).map(({ target }) => getAddress(target)) : [];
}

function readBalances({ rpc, account }: Chain, tokens: readonly Address[]) {
	return read(rpc, {
		balance: rpcRead('eth_getBalance', [account, 'latest'], (wei: Hex) => BigInt(wei)),
		deposit: contractRead(entryPointAbi, ENTRY_POINT, 'balanceOf', [account]),
		tokens: tokens.map((token) => contractRead(erc20Abi, token, 'balanceOf', [account])),
	});
}
