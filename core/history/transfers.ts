import { decodeEventLog, encodeEventTopics, getAddress, type Address, type Hex } from 'viem';
import { decodeTransfer, type Call } from '../calls';
import { erc20Abi } from '../contracts';
import type { RpcLog } from '../rpc/logs';

export const [TRANSFER_EVENT] = encodeEventTopics({ abi: erc20Abi, eventName: 'Transfer' }) as [Hex];

/**
 * How much each call moved, by the tokens' Transfer events from the account to the recipient (ERC-20: every transfer must
 * emit one). A token may answer that it has paid, and have moved nothing, or less.
 *
 * @param logs those of the operation
 * @returns for each call the amount in base units that arrived, at most what was to be paid; undefined for a call that is no
 * `transfer`
 */
export function movedBy(account: Address, calls: readonly Call[], logs: readonly RpcLog[]): (bigint | undefined)[] {
	const moved = new Map<string, bigint>();
	for (const { token, from, to, amount } of transfersIn(logs)) {
		if (from === getAddress(account)) moved.set(`${token} ${to}`, (moved.get(`${token} ${to}`) ?? 0n) + amount);
	}
	return calls.map((call) => {
		const transfer = decodeTransfer(call);
		if (!transfer) return undefined;
		const place = `${getAddress(call.target)} ${transfer.to}`;
		const left = moved.get(place) ?? 0n;
		const arrived = left < transfer.amount ? left : transfer.amount;
		moved.set(place, left - arrived);
		return arrived;
	});
}

/** Whether everything that was to be paid was moved, nothing of it, or less. */
export type Arrival = 'paid' | 'transferredLess' | 'notTransferred';

/** What `movedBy` comes down to. */
export function arrivalOf(calls: readonly Call[], moved: readonly (bigint | undefined)[]): Arrival {
	if (calls.length === 0) return 'notTransferred'; // a claim alone
	const amounts = calls.map((call) => decodeTransfer(call)?.amount);
	const isWhole = amounts.every((amount, index) => amount === undefined || moved[index] === amount);
	if (isWhole) return 'paid';
	// A batch of which a part arrived, and native money that always arrives, are no payment of nothing.
	const isNothing = amounts.every((amount, index) => amount !== undefined && (moved[index] ?? 0n) === 0n);
	return isNothing ? 'notTransferred' : 'transferredLess';
}

/** A token's word that it moved something. */
export interface Transfer {
	token: Address;
	from: Address;
	to: Address;
	/** In base units. */
	amount: bigint;
	log: RpcLog;
}

/** The ERC-20 Transfer events in logs, in their order. */
export function transfersIn(logs: readonly RpcLog[]): Transfer[] {
	return logs.flatMap((log) => {
		if (log.topics[0] !== TRANSFER_EVENT) return [];
		try {
			const { args } = decodeEventLog({ abi: erc20Abi, eventName: 'Transfer', ...log });
			const [token, from, to] = [getAddress(log.address), getAddress(args.from), getAddress(args.to)];
			return [{ token, from, to, amount: args.value, log }];
		} catch {
			return []; // an ERC-721's Transfer has the same topic and other fields
		}
	});
}
