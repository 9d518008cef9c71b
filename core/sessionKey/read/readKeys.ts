import { AbiDecodingZeroDataError, getAddress, type Address, type Hex } from 'viem';
import { noPluginHere } from '../../accountState';
import { InputError } from '../../errors';
import type { Network } from '../../networks';
import { changeHeadRead, changeRecordRead } from '../../registry/changeRegistry';
import { NO_REGISTRY, orNoRegistry } from '../../registry/referenceRegistry';
import { allLogsRead, logsOfBlocks } from '../../rpc/blockLogs';
import { blockTimes } from '../../rpc/blockTimes';
import { EndpointError } from '../../rpc/errors';
import type { LogFilter, RpcLog } from '../../rpc/logs';
import { optional, orElse, read } from '../../rpc/read';
import type { Rpc } from '../../rpc/rpc';
import { presentTime } from '../../text/presentTime';
import { latestBlock } from '../../userOperation/fees';
import { APPROVE, PLAIN_PAYMENT, TRANSFER, TRANSFER_FROM } from '../../calls';
import { readContractInfos } from '../../contractInfo';
import { keyEventFilter, recordsOf, showTag, toKeyEvents, type KeyRecord } from '../../plugin/keyEvents';
import { readKeyHistory, type KeyHistory } from './readKeyHistory';
import { parseTag } from '../../input/tag';
import {
	keyStateReads,
	toKeyState,
	type AccessQuestion,
	type ContractAccess,
	type KeyState,
} from '../../plugin/keyState';
import { REFERENCE_QUESTION } from '../../permissions/references';
import { sessionKeysRead } from '../../plugin/keyList';
import type { Labels } from '../../permissions/labels';

/** The keys of an account with their story, before their state is asked for. */
export interface KeyIndex {
	account: Address;
	/** Newest first. */
	keys: Address[];
	records: Map<Address, KeyRecord>;
	/** The keys whose story is whole. Of the others entries of the list may be missing. */
	whole: ReadonlySet<Address>;
	/** Why a story isn't whole, in the provider's words; undefined when all that was asked for is. */
	gap?: string;
	/** Unix seconds of blocks, as far as they are known. */
	times: Map<bigint, number>;
}

/** Everything that is known about a key. */
export interface KeyReport {
	state: KeyState;
	/** Undefined when nothing tells of this key. */
	record?: KeyRecord;
	/** Unix seconds of the blocks in the record. */
	times: Map<bigint, number>;
	/** Set when entries of the list may be missing: what is known, and why not all is, in a sentence or two. */
	gap?: string;
	labels: Labels;
	/** Unix seconds, see `presentTime`. */
	now: number;
}

/**
 * Reads which keys an account has, and their story.
 * @param wanted the keys whose story is wanted; all of them when left out
 */
export async function readKeyIndex(rpc: Rpc, account: Address, wanted?: readonly Address[]): Promise<KeyIndex> {
	const { keys, changes, block } = await read(rpc, {
		keys: sessionKeysRead(account),
		changes: orNoRegistry(changeHeadRead(account)),
		block: latestBlock(),
	});
	const current = keys.map((key) => getAddress(key));
	const asked = wanted ? current.filter((key) => wanted.includes(key)) : current;
	const recordedChanges = changes === NO_REGISTRY ? 0 : changes.count;
	const history: KeyHistory =
		asked.length > 0
			? await readKeyHistory(rpc, { account, keys: asked, newest: block.number, recordedChanges })
			: { events: [], whole: new Set(), times: new Map() };
	const { events, whole, gap, times } = history;
	return { account, keys: current, records: recordsOf(events), whole, gap, times };
}

/** The most changes of which a list in a form reads the logs: each costs as much as two views. */
const MOST_LISTED = 10;
/** A form that opens doesn't wait for tags any longer. */
const TAGS_WITHIN_MS = 3_000;

/**
 * The keys of an account for a list in a form: one request, with the tags where the provider gives all logs at once. Where it
 * doesn't, a second one asks for the logs of the blocks in which keys were changed, where those are few: of some changes
 * alone a tag could be one that the key no longer has.
 *
 * @throws {InputError} where there is no plugin on the network
 */
export async function listKeys(rpc: Rpc, account: Address): Promise<Pick<KeyIndex, 'keys' | 'records'>> {
	const filter = keyEventFilter(account);
	const numbers = Array.from({ length: MOST_LISTED + 1 }, (_, index) => index + 1);
	const { keys, all, changes } = await read(rpc, {
		keys: orElse(sessionKeysRead(account), (error): readonly Address[] => {
			throw error instanceof AbiDecodingZeroDataError ? noPluginHere() : error;
		}),
		all: optional(allLogsRead(filter)),
		changes: numbers.map((number) => orNoRegistry(changeRecordRead(account, number))),
	});
	const blocks = changes.flatMap((change) => (change && change !== NO_REGISTRY ? [change.blockNumber] : []));
	const isWorthIt = keys.length > 0 && blocks.length > 0 && blocks.length <= MOST_LISTED;
	const logs = all ?? (isWorthIt ? await logsInTime(rpc, filter, blocks) : []);
	return { keys: keys.map((key) => getAddress(key)), records: recordsOf(toKeyEvents(logs)) };
}

/** The logs of blocks; none where they don't come soon, or not at all. */
async function logsInTime(rpc: Rpc, filter: LogFilter, blocks: readonly bigint[]): Promise<RpcLog[]> {
	const asked = logsOfBlocks(rpc, filter, blocks).catch((error: unknown) => {
		if (error instanceof EndpointError) return error;
		throw error;
	});
	const found = await Promise.race([asked, rpc.sleep(TAGS_WITHIN_MS).then((): RpcLog[] => [])]);
	return found instanceof Error ? [] : found;
}

/** What may be missing of a key's story, and why, in words; undefined when nothing is. */
export function gapOf({ keys, whole, records, gap = 'it gave none' }: KeyIndex, key: Address): string | undefined {
	if (whole.has(key) || !keys.includes(key)) return undefined;
	const known = records.get(key)?.added
		? 'What this package recorded is known, and what concerns the tokens that are known on this network. What other software set besides is not.'
		: 'Only what concerns the tokens that are known on this network is known.';
	return `The provider gives no full history of this key (${gap}). ${known}`;
}

/** The key that a text names by its address; undefined when it is a tag, for which the story of all keys is needed. */
export function keyNamedIn(text: string): Address | undefined {
	const plain = text.trim();
	return /^0x[0-9a-fA-F]{40}$/.test(plain) ? getAddress(plain.toLowerCase() as Hex) : undefined;
}

/**
 * Finds a key by its address or its tag.
 * @throws {InputError} when there is no such key, or several carry the tag or may carry it
 */
export function findKey({ account, keys, records, gap }: KeyIndex, text: string, field = 'Session Key'): Address {
	const plain = text.trim();
	const key = keyNamedIn(text);
	if (key) {
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
	const unknown = keys.filter((key) => !records.get(key)?.added);
	if (unknown.length > 0) {
		throw new InputError(
			field,
			`"${plain}" is the tag of ${only}, but may be that of another key as well: the provider gives no history that tells the tag of ${unknown.join(', ')}`,
			'Give the address of the one that is meant.',
		);
	}
	return only;

	function notFound(message: string): InputError {
		const tags = keys.map((key) => showTag(records.get(key)?.added?.tag ?? '0x') ?? key);
		const known =
			tags.length > 0 ? `Its keys are: ${tags.join(', ')}.` : 'It has no session keys at present: Key > Add adds one.';
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
		const asked = [REFERENCE_QUESTION, ...alsoAsk];
		const record = records.get(key);
		return index.whole.has(key) ? questionsOf(record, asked) : widened(questionsOf(record, asked), network);
	});
	const answers = await read(rpc, {
		block: latestBlock(),
		states: keys.map((key, i) => keyStateReads(account, key, questions[i])),
	});
	const states = keys.map((key, i) => {
		const state = toKeyState(account, key, questions[i] ?? [], answers.states[i] as (typeof answers.states)[number]);
		return gapOf(index, key) ? { ...state, partial: true as const } : state;
	});
	const blocks = keys.flatMap((key) => placesOf(records.get(key)).map(({ blockNumber }) => blockNumber));
	const [infos, times] = await Promise.all([
		readContractInfos(rpc, network, [...new Set(states.flatMap(contractsToName))]),
		blockTimes(
			rpc,
			blocks.filter((block) => !index.times.has(block)),
		),
	]);
	return states.map((state) => ({
		state,
		record: records.get(state.key),
		times: new Map([...index.times, ...times]),
		gap: gapOf(index, state.key),
		labels: { nativeSymbol: network.nativeSymbol, contracts: infos },
		now: presentTime(answers.block.timestamp),
	}));
}

/** No part of ERC-20, but of many tokens: `increaseAllowance`. */
const INCREASE_ALLOWANCE: Hex = '0x39509351';

/** What a token can be emptied by, also beside what its limit counts. */
const TOKEN_FUNCTIONS: readonly Hex[] = [TRANSFER, APPROVE, TRANSFER_FROM, INCREASE_ALLOWANCE, PLAIN_PAYMENT];

/** Where entries may be missing: also the tokens that people mostly use, and everywhere the functions that move money. */
function widened(questions: readonly AccessQuestion[], { tokens }: Network): AccessQuestion[] {
	const known = new Set(questions.map(({ contract }) => contract));
	const common = tokens.map(({ address }) => getAddress(address)).filter((address) => !known.has(address));
	return [...questions, ...common.map((contract) => ({ contract, selectors: [] }))].map(({ contract, selectors }) => ({
		contract,
		selectors: [...new Set([...selectors, ...TOKEN_FUNCTIONS])],
	}));
}

/** The contracts that sentences about a key may name: of those without an entry, only where all others may be called. */
function contractsToName({ contracts, listType }: KeyState): Address[] {
	return (Object.keys(contracts) as Address[]).filter((contract) => {
		const { onList, tokenLimit, functions } = contracts[contract] as ContractAccess;
		return listType !== 'allowlist' || onList || tokenLimit || Object.values(functions).some(Boolean);
	});
}

function placesOf(record: KeyRecord | undefined) {
	return [record?.added, record?.rotated, record?.lastChange].filter((place) => place !== undefined);
}
