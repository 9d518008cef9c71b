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
	/** By a function that isn't known: `amount` is only the native money that goes along. */
	isUnknown?: true;
	/** Which of the calls, from 0. */
	index: number;
}

/** `increaseAllowance(address,uint256)`, which many tokens have beside ERC-20's own functions. */
const INCREASE_ALLOWANCE: Hex = '0x39509351';

/**
 * Functions of tokens that move them or let others move them, and where their recipient stands; the amount is after it.
 * `call`: the recipient is called too, so that it counts as paying the token's contract; its amount counts all the same.
 */
const TOKEN_FUNCTIONS: Readonly<Record<Hex, { place: number; kind: Outflow['kind'] }>> = {
	[TRANSFER]: { place: 0, kind: 'payment' },
	[TRANSFER_FROM]: { place: 1, kind: 'payment' },
	[APPROVE]: { place: 0, kind: 'approval' },
	[INCREASE_ALLOWANCE]: { place: 0, kind: 'approval' },
	// increaseApproval(address,uint256), of older tokens
	'0xd73dd623': { place: 0, kind: 'approval' },
	// transferAndCall (ERC-677, ERC-1363), transferFromAndCall and approveAndCall (ERC-1363), send (ERC-777)
	'0x1296ee62': { place: 0, kind: 'call' },
	'0x4000aea0': { place: 0, kind: 'call' },
	'0xd8fbe994': { place: 1, kind: 'call' },
	'0xc1d34b89': { place: 1, kind: 'call' },
	'0x3177029f': { place: 0, kind: 'call' },
	'0xcae9ca51': { place: 0, kind: 'call' },
	'0x9bd9bbc6': { place: 0, kind: 'call' },
};

/**
 * Who gets what by these calls. What a call does that is none of the usual ones of tokens nobody can tell from outside: it
 * counts as paying the contract itself, with the native money that goes along.
 */
export function outflowsOf(calls: readonly Call[]): Outflow[] {
	return calls.flatMap((call, index) => {
		const target = getAddress(call.target);
		const moved = tokenFlow(call);
		if (!moved) {
			const native = { to: target, amount: call.value, index };
			return [call.data === '0x' ? { ...native, kind: 'payment' } : { ...native, kind: 'call', isUnknown: true }];
		}
		const to = moved.kind === 'call' ? target : moved.to;
		const flow: Outflow = { ...moved, to, token: target, index };
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
