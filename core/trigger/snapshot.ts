import { getAddress, type Address, type Hex } from 'viem';
import { ENTRY_POINT, entryPointAbi, erc20Abi } from '../contracts';
import type { Network } from '../networks';
import { nonceKeyOfSessionKey } from '../payment/send/nonceKeys';
import { changeHeadRead } from '../registry/changeRegistry';
import { claimHeadRead, NO_REGISTRY, orNoRegistry, type ClaimHead } from '../registry/referenceRegistry';
import { contractRead, orElse, read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { keyStateReads, toKeyState, type KeyState } from '../plugin/keyState';
import { sessionKeysRead } from '../plugin/keyList';
import { latestBlock, type Block } from '../userOperation/fees';
import { nonceRead } from '../userOperation/userOperation';
import type { Watched } from './events';

/** What the chain says at one moment of what is watched: everything that a poll decides by. */
export interface Snapshot {
	block: Block;
	/** The newest payment under a reference, and the newest recorded change of keys; undefined where no registry stands. */
	claims?: ClaimHead;
	changes?: ClaimHead;
	/** The EntryPoint's next nonce of nonce key 0. */
	nonce: bigint;
	/** Of the watched keys that are registered. */
	states: KeyState[];
	/** Of the nonce key that is a key's own, by key. */
	nonces: Record<Address, bigint>;
	/** Base units by token; native money with the deposit at the EntryPoint. */
	funds: Record<string, bigint>;
	/** Of the token that was asked about. */
	decimals?: number;
}

/** The account's tokens whose balances are compared: a budget more than these is seen by its key's state alone. */
const MOST_TOKENS = 50;

/**
 * Reads it all at once.
 *
 * @param tokens those whose budgets are asked for, by key: as known from the poll before
 * @param decimalsOf a token whose decimals are asked for
 */
export async function readSnapshot(
	rpc: Rpc,
	{ tokens: common }: Network,
	{ account, key }: Watched,
	tokens: Readonly<Record<Address, readonly Address[]>>,
	decimalsOf?: Address,
): Promise<Snapshot> {
	const tokensOf = (one: Address) => tokens[one] ?? common.map(({ address }) => address);
	const stateReads = (one: Address) => ({
		state: keyStateReads(account, one, questionsAbout(tokensOf(one))),
		nonce: nonceRead(account, nonceKeyOfSessionKey(one)),
	});
	const expected = Object.keys(tokens) as Address[];
	const assets = [...new Set([...common.map(({ address }) => getAddress(address)), ...Object.values(tokens).flat()])];
	const { block, claims, changes, keys, states, native, deposit, balances, decimals, nonce } = await read(rpc, {
		block: latestBlock(),
		claims: orNoRegistry(claimHeadRead(account)),
		changes: orNoRegistry(changeHeadRead(account)),
		keys: sessionKeysRead(account),
		nonce: nonceRead(account, 0n),
		states: expected.map(stateReads),
		native: rpcRead('eth_getBalance', [account, 'latest'], (wei: Hex) => BigInt(wei)),
		deposit: contractRead(entryPointAbi, ENTRY_POINT, 'balanceOf', [account]),
		balances: assets
			.slice(0, MOST_TOKENS)
			.map((token) => orElse(contractRead(erc20Abi, token, 'balanceOf', [account]), () => undefined)),
		decimals: decimalsOf && contractRead(erc20Abi, decimalsOf, 'decimals', []),
	});
	const watched = keys.map((one) => getAddress(one)).filter((one) => !key || one === key);
	// A key that is new since then: a moment later, since its own story begins only now.
	const added = watched.filter((one) => !expected.includes(one));
	const ofAdded = await read(rpc, added.map(stateReads));
	const answers = new Map([
		...expected.map((one, index) => [one, states[index]] as const),
		...added.map((one, index) => [one, ofAdded[index]] as const),
	]);
	const found = watched.map((one) => {
		const { state, nonce } = answers.get(one) as (typeof states)[number];
		return { state: toKeyState(account, one, questionsAbout(tokensOf(one)), state), nonce };
	});
	const amounts = balances.flatMap((amount, index) => (amount === undefined ? [] : [[assets[index], amount] as const]));
	return {
		block,
		claims: claims === NO_REGISTRY ? undefined : claims,
		changes: changes === NO_REGISTRY ? undefined : changes,
		nonce,
		states: found.map(({ state }) => state),
		nonces: Object.fromEntries(found.map(({ state, nonce }) => [state.key, nonce])),
		funds: { native: native + deposit, ...Object.fromEntries(amounts) },
		decimals,
	};
}

function questionsAbout(tokens: readonly Address[]) {
	return tokens.map((contract) => ({ contract: getAddress(contract), selectors: [] }));
}
