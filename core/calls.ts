import { decodeFunctionData, encodeFunctionData, getAddress, size, slice, type Address, type Hex } from 'viem';
import { erc20Abi } from './contracts';

/** One call that the account makes: the plugin's `Call` struct. `value` is in wei. */
export interface Call {
	target: Address;
	value: bigint;
	data: Hex;
}

/** Selectors of ERC-20's functions that move tokens, or let others move them. */
export const TRANSFER: Hex = '0xa9059cbb';
export const APPROVE: Hex = '0x095ea7b3';
export const TRANSFER_FROM: Hex = '0x23b872dd';

/** What the plugin takes for the function of a call without data: a plain payment. */
export const PLAIN_PAYMENT: Hex = '0x00000000';

/** The plugin pads calldata of fewer than 4 bytes to a selector; a plain transfer of native money is 0x00000000. */
export function selectorOf(data: Hex): Hex {
	return `0x${data.slice(2, 10).padEnd(8, '0')}`;
}

/** ERC-20 `transfer(to, amount)`; the amount is in the token's base units. */
export function tokenTransfer(token: Address, to: Address, amount: bigint): Call {
	return {
		target: token,
		value: 0n,
		data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] }),
	};
}

/** Recipient and amount (base units) of an ERC-20 `transfer`; undefined for anything else. */
export function decodeTransfer({ data }: Pick<Call, 'data'>): { to: Address; amount: bigint } | undefined {
	if (selectorOf(data) !== TRANSFER) return undefined;
	try {
		const { args } = decodeFunctionData({ abi: erc20Abi, data });
		const [to, amount] = args as readonly [Address, bigint];
		return { to: getAddress(to), amount };
	} catch {
		return undefined;
	}
}

/** Native money to an address; the amount is in wei. */
export function nativeTransfer(to: Address, amount: bigint): Call {
	return { target: to, value: amount, data: '0x' };
}

/**
 * What a call counts against the limit of the token it goes to, in base units, as the plugin counts it: the amount of
 * `transfer` and `approve`, and 0 for everything else and for calldata of fewer than 68 bytes.
 */
export function countedTokenAmount({ data }: Call): bigint {
	if (size(data) < 68 || ![TRANSFER, APPROVE].includes(selectorOf(data))) return 0n;
	return BigInt(slice(data, 36, 68));
}
