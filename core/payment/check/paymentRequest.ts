import { getAddress, type Address, type Hex } from 'viem';
import { InputError, ofItem } from '../../errors';
import { parseAmount } from '../../input/amount';
import { nativeTransfer, PLAIN_PAYMENT, selectorOf, tokenTransfer, TRANSFER, type Call } from '../../calls';
import { NATIVE_DECIMALS } from '../../networks';
import type { AccessQuestion } from '../../plugin/keyState';
import type { TokenState } from './checkState';

/** Money for one recipient. The amount is decimal text in whole units of the token, as the person typed it. */
export interface Transfer {
	to: Address;
	/** The payee's name, where it was given with the address: the two must belong together. */
	name?: string;
	amount: unknown;
	/** The ERC-20 contract; left out: the chain's own money. */
	token?: Address;
	/** What the person says of a token that isn't on the list: another answer of the chain is refused. */
	decimals?: number;
}

/**
 * What shall be done in one operation. The calls are made when the tokens' decimals are known, so that everything can be
 * read from the chain in one batch.
 */
export interface PaymentRequest {
	/** Which contracts and functions the key's permissions are asked for. */
	questions: readonly AccessQuestion[];
	/** Contracts whose symbol, decimals and balance are needed. */
	tokens: readonly Address[];
	/** What the person says of tokens' decimals, by checksummed address: another answer of the chain is refused. */
	decimals?: Readonly<Record<Address, number>>;
	/** Of each call the payee's name, where it was given with the address. */
	names?: readonly (string | undefined)[];
	/** @throws {InputError} when an amount doesn't fit the token */
	toCalls(tokens: Readonly<Record<Address, TokenState>>): Call[];
}

/** The request for transfers to one or many. Of several, what is wrong is said with which of them it is. */
export function transferRequest(transfers: readonly Transfer[]): PaymentRequest {
	const tokens = [...new Set(transfers.flatMap(({ token }) => (token ? [getAddress(token)] : [])))];
	const recipients = transfers.flatMap(({ to, token }) => (token ? [] : [getAddress(to)]));
	return {
		questions: [
			...tokens.map((contract) => ({ contract, selectors: [TRANSFER] })),
			...[...new Set(recipients)]
				.filter((recipient) => !tokens.includes(recipient))
				.map((contract) => ({ contract, selectors: [PLAIN_PAYMENT] })),
		],
		tokens,
		decimals: Object.fromEntries(
			transfers.flatMap(({ token, decimals }) =>
				token && decimals !== undefined ? [[getAddress(token), decimals]] : [],
			),
		),
		names: transfers.map(({ name }) => name),
		toCalls: (states) =>
			transfers.map((transfer, index) => {
				const read = () => toCall(transfer, states);
				return transfers.length > 1 ? ofItem(index, read) : read();
			}),
	};
}

function toCall({ to, amount, token }: Transfer, states: Readonly<Record<Address, TokenState>>): Call {
	const state = token && states[getAddress(token)];
	if (token && !state) throw notAToken(token);
	const units = parseAmount(amount, state?.decimals ?? NATIVE_DECIMALS);
	if (units === 0n) throw new InputError('Amount', '"Amount" is 0', 'Type an amount above 0. Nothing was sent.');
	return token ? tokenTransfer(getAddress(token), to, units) : nativeTransfer(to, units);
}

function notAToken(token: Address): InputError {
	return new InputError(
		'Token',
		`"Token" is ${token}, which is no ERC-20 token on this network: it doesn't tell its decimals`,
		"Compare the address with the token's own site, and the network with your credential.",
	);
}

/** The request for calls that stand already, such as a contract's function. */
export function callRequest(calls: readonly Call[]): PaymentRequest {
	const selectors = new Map<Address, Set<Hex>>();
	for (const { target, data } of calls) {
		const contract = getAddress(target);
		selectors.set(contract, (selectors.get(contract) ?? new Set()).add(selectorOf(data)));
	}
	return {
		questions: [...selectors].map(([contract, set]) => ({ contract, selectors: [...set] })),
		// Any contract may be a token with a limit: then its symbol and decimals are wanted for the sentences.
		tokens: calls.filter(({ data }) => data !== '0x').map(({ target }) => getAddress(target)),
		toCalls: () => [...calls],
	};
}
