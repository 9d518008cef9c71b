import { AbiDecodingZeroDataError, type Address, type Hex } from 'viem';
import { erc20Abi, ENTRY_POINT, entryPointAbi } from '../contracts';
import type { Chain } from '../history/pastOperations';
import { NATIVE } from '../input/token';
import { CHANGE_REGISTRY } from '../registry/changeRegistry';
import { claimHeadRead, NO_REGISTRY, orNoRegistry, REFERENCE_REGISTRY } from '../registry/referenceRegistry';
import { canPass, RpcError } from '../rpc/errors';
import { blockParam, contractRead, orElse, read, rpcRead } from '../rpc/read';
import type { Asset } from './asset';

/** What an account had at the end of a block. */
export type Balances = ReadonlyMap<Asset, bigint>;

/** Where the walks back over payments and changes begin. */
export interface Heads {
	claims?: { blockNumber: bigint; previousBlock: bigint; count: number };
	changes?: { blockNumber: bigint; previousBlock: bigint; count: number };
}

/**
 * Whether the endpoint can tell the state at the end of a block: many keep only that of the last blocks. Asked alone, so that
 * a refusal is about the block and not about the question.
 *
 * @throws {EndpointError} when no answer came
 */
export async function hasStateAt({ rpc, account }: Chain, block: bigint): Promise<boolean> {
	try {
		await read(rpc, [nativeRead(account, block)]);
		return true;
	} catch (error) {
		if (error instanceof RpcError && !canPass(error)) return false;
		throw error;
	}
}

/**
 * Reads what an account had at the end of a block, in one call. Of native money it is what stands at the account and what
 * the EntryPoint keeps for its gas: what an operation doesn't use of its prefund stays there (ERC-4337, `deposits`).
 *
 * @returns in base units; a token that doesn't answer is missing
 * @throws {EndpointError}, {RpcError}
 */
export async function readBalances(
	{ rpc, account }: Chain,
	tokens: readonly Address[],
	block: bigint,
): Promise<Balances> {
	const { native, deposit, held } = await read(rpc, {
		native: nativeRead(account, block),
		deposit: orElse(contractRead(entryPointAbi, ENTRY_POINT, 'balanceOf', [account], block), orNothingThere),
		held: tokens.map((token) => orElse(contractRead(erc20Abi, token, 'balanceOf', [account], block), orNothingThere)),
	});
	const known = tokens.map((token, index) => [token as Asset, held[index]] as const);
	const found = known.filter((one): one is readonly [Asset, bigint] => one[1] !== undefined);
	return deposit === undefined ? new Map(found) : new Map([[NATIVE, native + deposit], ...found]);
}

/** A contract that didn't stand yet kept nothing for anybody; one that stands and doesn't answer is not known. */
function orNothingThere(error: Error): bigint | undefined {
	return error instanceof AbiDecodingZeroDataError ? 0n : undefined;
}

function nativeRead(account: Address, block: bigint) {
	return rpcRead('eth_getBalance', [account, blockParam(block)], (wei: Hex) => BigInt(wei));
}

/** @param block as of this height; left out: as of now */
export async function readHeads({ rpc, account }: Chain, block?: bigint): Promise<Heads> {
	const { claims, changes } = await read(rpc, {
		claims: orNoRegistry(claimHeadRead(account, REFERENCE_REGISTRY, block)),
		changes: orNoRegistry(claimHeadRead(account, CHANGE_REGISTRY, block)),
	});
	return {
		claims: claims === NO_REGISTRY ? undefined : claims,
		changes: changes === NO_REGISTRY ? undefined : changes,
	};
}
