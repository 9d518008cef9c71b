import type { Address } from 'viem';
import type { Network } from '../networks';
import { read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { readContractInfos } from '../sessionKey/contractInfo';
import { keyStateReads, toKeyState } from '../sessionKey/keyState';
import { questionsOf, readKeyIndex, type KeyIndex } from '../sessionKey/readKeys';
import type { KeyView } from './conditions';
import type { Watched } from './events';

/** Of which account which connection told, so that nothing that one said is believed of another, or of a fork. */
export interface KeySource {
	/** Tells connections apart. */
	origin: string;
	account: Address;
}

/** The keys of accounts with their story: it is long to read, and changes only with an event. */
const known = new Map<string, KeyIndex>();
const MOST_KNOWN = 100;

const placeOf = ({ origin, account }: KeySource) => `${origin}:${account}`;

/** Forgets an account's keys: they have changed, or this n8n has only just started. */
export function forgetKeys(source: KeySource): void {
	known.delete(placeOf(source));
}

/**
 * The watched keys of an account as they are at a height.
 *
 * @param now unix seconds: the time of that block
 */
export async function viewKeys(
	rpc: Rpc,
	network: Network,
	{ origin, account, key }: Watched & KeySource,
	block: bigint,
	now: number,
): Promise<KeyView[]> {
	const { keys, records } = await keyIndex(rpc, { origin, account });
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

async function keyIndex(rpc: Rpc, source: KeySource): Promise<KeyIndex> {
	const place = placeOf(source);
	const index = known.get(place) ?? (await readKeyIndex(rpc, source.account));
	known.set(place, index);
	const [oldest] = known.keys();
	if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
	return index;
}
