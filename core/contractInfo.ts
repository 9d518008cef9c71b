import { getAddress, isAddressEqual, type Address, type Hex } from 'viem';
import { erc20Abi } from './contracts';
import { pinnedDecimals, type Network } from './networks';
import { refuse, RefusalError, type Refusal } from './refusal/refusal';
import { contractRead, mapRead, orElse, read, rpcRead } from './rpc/read';
import type { Rpc } from './rpc/rpc';

/** What an address is. */
interface ContractInfo {
	address: Address;
	/** False: a plain wallet, or a contract that doesn't exist yet. */
	isContract: boolean;
	/** Set when it answers as an ERC-20 token does. */
	token?: { symbol: string; decimals: number; decimalsFrom: DecimalsSource };
}

/** By checksummed address. */
export type ContractInfos = Record<Address, ContractInfo>;

/** A wallet that lends itself code (EIP-7702) stays a wallet. */
const DELEGATION = '0xef0100';

/** The reads for one address, to go into a batch with others. */
export function contractInfoRead(address: Address) {
	return {
		code: rpcRead('eth_getCode', [address, 'latest'], (code: Hex) => code.length > 2 && !code.startsWith(DELEGATION)),
		decimals: orElse(contractRead(erc20Abi, address, 'decimals', []), () => undefined),
		symbol: orElse(
			mapRead(contractRead(erc20Abi, address, 'symbol', []), (symbol) => plainSymbol(symbol)),
			() => undefined,
		),
	};
}

/** Decimals that a person typed, by the token's checksummed address. */
export type DecimalsPins = Readonly<Record<Address, number | undefined>>;

/**
 * Reads what addresses are, in one batch.
 * @throws {RefusalError} when a token's decimals are not those that are known, or that a person typed
 */
export async function readContractInfos(
	rpc: Rpc,
	network: Network,
	addresses: readonly Address[],
	pins: DecimalsPins = {},
): Promise<ContractInfos> {
	const unique = [...new Set(addresses.map((address) => getAddress(address)))];
	const answers = await read(rpc, unique.map(contractInfoRead));
	return Object.fromEntries(
		unique.map((address, index) => {
			const { code = false, decimals, symbol } = answers[index] ?? {};
			// A token that gives no symbol is still a token: MKR's is 32 bytes, not text.
			if (!code || decimals === undefined) return [address, { address, isContract: code }];
			const refusal = decimalsRefusal(network, address, decimals, pins[address]);
			if (refusal) throw new RefusalError([refusal]);
			const decimalsFrom = decimalsSource(network, address, pins[address]);
			return [
				address,
				{ address, isContract: code, token: { decimals, decimalsFrom, symbol: symbol || shortAddress(address) } },
			];
		}),
	);
}

/**
 * The refusal when a token's decimals, as an endpoint says them, are not those that this package or a person knows:
 * whoever answers with other decimals multiplies every amount.
 *
 * @param pinned what a person typed for a token that isn't on our list
 * @returns undefined when they agree, or nothing is known to compare with
 */
export function decimalsRefusal(
	network: Network,
	token: Address,
	saidDecimals: number,
	pinned?: number,
): Refusal | undefined {
	const wrong = [pinnedDecimals(network, token), pinned].find((known) => known !== undefined && known !== saidDecimals);
	if (wrong === undefined) return undefined;
	const symbol = network.tokens.find(({ address }) => isAddressEqual(address, token))?.symbol;
	const data = { contract: getAddress(token), said: saidDecimals, expected: wrong, network: network.name };
	return refuse('decimalsDiffer', { ...data, ...(symbol && { symbol }) });
}

/** Where a token's decimals come from: whoever reads an amount must know when only the token itself vouches for them. */
export type DecimalsSource = 'pinned' | 'token';

/** @param pinned what a person typed for a token that isn't on our list */
export function decimalsSource(network: Network, token: Address, pinned?: number): DecimalsSource {
	return pinned !== undefined || pinnedDecimals(network, token) !== undefined ? 'pinned' : 'token';
}

/** A token may call itself anything: only what can stand in a sentence without misleading is taken over. */
function plainSymbol(symbol: string): string {
	return symbol.replace(/[^\p{L}\p{N}$.+₮-]/gu, '').slice(0, 16);
}

/** An address for sentences: `0x1234…abcd`. Never for data. */
export function shortAddress(address: Address): string {
	return `${address.slice(0, 6)}…${address.slice(-4)}`;
}
