import { encodeFunctionData, parseAbi, type Address, type Hex } from 'viem';
import type { Artifact } from './contracts/compile';
import { deployContract, type Transaction } from './contracts/deploy';
import type { Request } from './rpc';

/** A token of the devnet. */
export interface Token {
	address: Address;
	name: string;
	symbol: string;
	decimals: number;
}

/** The tokens there are. Worth nothing: anyone may mint them. */
const TOKENS = {
	usd6: { name: 'Devnet Dollar', symbol: 'dUSD', decimals: 6 },
	coin18: { name: 'Devnet Coin', symbol: 'dCOIN', decimals: 18 },
} as const satisfies Record<string, Omit<Token, 'address'>>;

/** The tokens of a devnet by name. */
export type Tokens = Record<keyof typeof TOKENS, Token>;

const tokenAbi = parseAbi([
	'function mint(address to, uint256 value)',
	'function balanceOf(address owner) view returns (uint256)',
]);

/** Deploys every token; `from` pays. */
export async function deployTokens(request: Request, artifact: Artifact, from: Address): Promise<Tokens> {
	const deployed: Array<[string, Token]> = [];
	for (const [key, { name, symbol, decimals }] of Object.entries(TOKENS)) {
		const address = await deployContract(request, artifact, [name, symbol, decimals], { from });
		deployed.push([key, { address, name, symbol, decimals }]);
	}
	return Object.fromEntries(deployed) as Tokens;
}

/** The transaction that makes new tokens; `value` in base units. */
export function mint(token: Pick<Token, 'address'>, to: Address, value: bigint): Omit<Transaction, 'from'> {
	return { to: token.address, data: encodeFunctionData({ abi: tokenAbi, functionName: 'mint', args: [to, value] }) };
}

/** What an account has of a token, in base units. */
export async function balanceOf(request: Request, token: Pick<Token, 'address'>, owner: Address): Promise<bigint> {
	const data = encodeFunctionData({ abi: tokenAbi, functionName: 'balanceOf', args: [owner] });
	return BigInt(await request<Hex>('eth_call', [{ to: token.address, data }, 'latest']));
}
