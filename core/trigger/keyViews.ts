import type { Address } from 'viem';
import type { Network } from '../networks';
import { read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { readContractInfos } from '../sessionKey/contractInfo';
import { keyStateReads, toKeyState } from '../sessionKey/keyState';
import { questionsOf, readKeyIndex, type KeyIndex } from '../sessionKey/readKeys';
import type { KeyView } from './conditions';
import type { Watched } from './events';

/** The keys of accounts with their story, by chain and account: it is long to read, and changes only with an event. */
const known = new Map<string, KeyIndex>();

/** Forgets an account's keys: they have changed, or this n8n has only just started. */
export function forgetKeys({ chainId }: Network, account: Address): void {
	known.delete(`${chainId}:${account}`);
}

/**
 * The watched keys of an account as they are at a height.
 *
 * @param now unix seconds: the time of that block
 */
export async function viewKeys(
	rpc: Rpc,
	network: Network,
	{ account, key }: Watched,
	block: bigint,
	now: number,
): Promise<KeyView[]> {
	const { keys, records } = await keyIndex(rpc, network, account);
	const watched = keys.filter((one) => !key || one === key);
	const questions = watched.map((one) => {
		const common = records.get(one)?.added
			? []
			: network.tokens.map(({ address }) => ({ contract: address, selectors: [] }));
		return questionsOf(records.get(one), common).map(({ contract }) => ({ contract, selectors: [] }));
	});
	const states = await read(
		rpc,
		watched.map((one, index) => keyStateReads(account, one, questions[index], block)),
	);
	const contracts = await readContractInfos(
		rpc,
		network,
		questions.flat().map(({ contract }) => contract),
	);
	return watched.flatMap((one, index) => {
		const state = toKeyState(account, one, questions[index] ?? [], states[index] as (typeof states)[number]);
		if (!state.registered) return [];
		const words = { nativeSymbol: network.nativeSymbol, contracts };
		return [{ state, words, network, now, lastChange: records.get(one)?.lastChange.blockNumber ?? 0n }];
	});
}

async function keyIndex(rpc: Rpc, network: Network, account: Address): Promise<KeyIndex> {
	const place = `${network.chainId}:${account}`;
	const index = known.get(place) ?? (await readKeyIndex(rpc, account));
	known.set(place, index);
	return index;
}
