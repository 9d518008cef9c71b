import { getAddress, size, slice, type Address, type Hex } from 'viem';
import { APPROVE, selectorOf, TRANSFER, TRANSFER_FROM, type Call } from '../calls';

/** Somebody who gets something by a call, or may take it afterwards. */
export interface Outflow {
	to: Address;
	/** The ERC-20 contract; left out: the chain's own money. */
	token?: Address;
	/** In base units. */
	amount: bigint;
	/** `approval`: may take it; `call`: a contract whose function is called, with or without money. */
	kind: 'payment' | 'approval' | 'call';
	/** Which of the calls, from 0. */
	index: number;
}

/** `increaseAllowance(address,uint256)`, which many tokens have beside ERC-20's own functions. */
const INCREASE_ALLOWANCE: Hex = '0x39509351';

/** Functions of tokens that move them or let others move them, and where their recipient stands; the amount is after it. */
const TOKEN_FUNCTIONS: Readonly<Record<Hex, { place: number; kind: 'payment' | 'approval' }>> = {
	[TRANSFER]: { place: 0, kind: 'payment' },
	[TRANSFER_FROM]: { place: 1, kind: 'payment' },
	[APPROVE]: { place: 0, kind: 'approval' },
	[INCREASE_ALLOWANCE]: { place: 0, kind: 'approval' },
};

/**
 * Who gets what by these calls. What a call does that is none of the usual ones of tokens nobody can tell from outside: it
 * counts as paying the contract itself, with the native money that goes along.
 */
export function outflowsOf(calls: readonly Call[]): Outflow[] {
	return calls.flatMap((call, index) => {
		const target = getAddress(call.target);
		const moved = tokenFlow(call);
		if (!moved) return [{ to: target, amount: call.value, kind: call.data === '0x' ? 'payment' : 'call', index }];
		const flow: Outflow = { ...moved, token: target, index };
		return call.value > 0n ? [flow, { to: target, amount: call.value, kind: 'call', index }] : [flow];
	});
}

function tokenFlow({ data }: Call): Pick<Outflow, 'to' | 'amount' | 'kind'> | undefined {
	const known = TOKEN_FUNCTIONS[selectorOf(data).toLowerCase() as Hex];
	const from = 4 + 32 * (known?.place ?? 0);
	// Shorter than its arguments: tokens read that each in their own way.
	if (!known || size(data) < from + 64) return undefined;
	return {
		to: getAddress(slice(data, from + 12, from + 32)),
		amount: BigInt(slice(data, from + 32, from + 64)),
		kind: known.kind,
	};
}
