import { getAddress, type Address, type Hex } from 'viem';
import { InputError } from '../errors';
import type { Network } from '../networks';
import { read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { latestBlock } from '../userOperation/fees';
import { APPROVE, TRANSFER } from './access';
import { readContractInfos } from './contractInfo';
import { blockTimes, readHistory, recordsOf, showTag, type History, type KeyRecord } from './history';
import { parseTag } from '../input/tag';
import { keyStateReads, toKeyState, type AccessQuestion, type KeyState } from './keyState';
import { REFERENCE_QUESTION } from './references';
import { sessionKeysRead } from './registry';
import type { Vocabulary } from './words';

/** The keys of an account with their story, before their state is asked for. */
export interface KeyIndex {
	account: Address;
	/** Newest first. */
	keys: Address[];
	records: Map<Address, KeyRecord>;
	/** Why the story isn't whole; undefined when it is. */
	gap?: string;
}

/** Everything that is known about a key. */
export interface KeyReport {
	state: KeyState;
	/** Undefined when the history doesn't reach back to this key. */
	record?: KeyRecord;
	/** Unix seconds of the blocks in the record. */
	times: Map<bigint, number>;
	/** Set when entries of the list may be missing: the provider's words. */
	gap?: string;
	words: Vocabulary;
	/** Unix seconds, by the chain's clock. */
	now: number;
}

/** Reads which keys an account has, and their story. */
export async function readKeyIndex(rpc: Rpc, account: Address): Promise<KeyIndex> {
	const { keys } = await read(rpc, { keys: sessionKeysRead(account) });
	const current = keys.map((key) => getAddress(key));
	const history: History =
		current.length > 0 ? await readHistory(rpc, account, current) : { events: [], fromBlock: 0n };
	return { account, keys: current, records: recordsOf(history.events), gap: history.gap };
}

/**
 * Finds a key by its address or its tag.
 * @throws {InputError} when there is no such key, or several carry the tag
 */
export function findKey({ account, keys, records, gap }: KeyIndex, text: string, field = 'Session Key'): Address {
	const plain = text.trim();
	if (/^0x[0-9a-fA-F]{40}$/.test(plain)) {
		const key = getAddress(plain.toLowerCase() as Hex);
		if (keys.includes(key)) return key;
		throw notFound(`${key} is not a session key of the account ${account}`);
	}
	const tag = parseTag(plain);
	const found = keys.filter((key) => records.get(key)?.added?.tag === tag);
	const [only, ...others] = found;
	if (!only || plain === '') {
		throw notFound(
			`No session key of the account ${account} has the tag "${plain}"${gap ? ' as far as is known' : ''}`,
		);
	}
	if (others.length > 0) {
		throw new InputError(
			field,
			`${found.length} session keys have the tag "${plain}": ${found.join(', ')}`,
			'Give the address of the one that is meant.',
		);
	}
	return only;

	function notFound(message: string): InputError {
		const tags = keys.map((key) => showTag(records.get(key)?.added?.tag ?? '0x') ?? key);
		const known = tags.length > 0 ? `Its keys are: ${tags.join(', ')}.` : 'It has no session keys at present.';
		return new InputError(field, message, gap ? `${known} The provider gives no full history: ${gap}` : known);
	}
}

/** The contracts and functions that a key's story speaks of: lists can't be enumerated by a call. */
export function questionsOf(record: KeyRecord | undefined, alsoAsk: readonly AccessQuestion[] = []): AccessQuestion[] {
	const selectors = new Map<Address, Set<Hex>>();
	const of = (address: Address) => {
		const contract = getAddress(address);
		const known = selectors.get(contract) ?? new Set<Hex>();
		selectors.set(contract, known);
		return known;
	};
	for (const { contract, selectors: asked } of alsoAsk) {
		const known = of(contract);
		for (const selector of asked) known.add(selector);
	}
	for (const update of record?.updates ?? []) {
		if (update.kind === 'contractEntry') of(update.contract);
		if (update.kind === 'tokenLimit') of(update.token);
		if (update.kind === 'functionEntry') of(update.contract).add(update.selector);
	}
	return [...selectors].map(([contract, known]) => ({ contract, selectors: [...known] }));
}

/**
 * Reads everything about keys: the story gives the questions, the chain's views the answers, in one batch for all keys.
 *
 * @param alsoAsk contracts and functions to look at beside those of the story
 */
export async function readKeys(
	rpc: Rpc,
	network: Network,
	index: KeyIndex,
	keys: readonly Address[],
	alsoAsk: readonly AccessQuestion[] = [],
): Promise<KeyReport[]> {
	const { account, records } = index;
	const questions = keys.map((key) => {
		const record = records.get(key);
		// Without the whole story the tokens that people mostly use are asked for, so that they aren't missed.
		const asked = [REFERENCE_QUESTION, ...alsoAsk];
		return questionsOf(record, record?.added ? asked : [...asked, ...commonQuestions(network)]);
	});
	const contracts = [...new Set(questions.flat().map(({ contract }) => contract))];
	const answers = await read(rpc, {
		block: latestBlock(),
		states: keys.map((key, i) => keyStateReads(account, key, questions[i])),
	});
	const [infos, times] = await Promise.all([
		readContractInfos(rpc, network, contracts),
		blockTimes(
			rpc,
			keys.flatMap((key) => placesOf(records.get(key)).map(({ blockNumber }) => blockNumber)),
		),
	]);
	return keys.map((key, i) => ({
		state: toKeyState(account, key, questions[i] ?? [], answers.states[i] as (typeof answers.states)[number]),
		record: records.get(key),
		times,
		gap: records.get(key)?.added ? undefined : index.gap,
		words: { nativeSymbol: network.nativeSymbol, contracts: infos },
		now: answers.block.timestamp,
	}));
}

function commonQuestions({ tokens }: Network): AccessQuestion[] {
	return tokens.map(({ address }) => ({ contract: address, selectors: [TRANSFER, APPROVE] }));
}

function placesOf(record: KeyRecord | undefined) {
	return [record?.added, record?.rotated, record?.lastChange].filter((place) => place !== undefined);
}
