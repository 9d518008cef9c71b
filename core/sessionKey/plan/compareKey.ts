import { InputError } from '../../errors';
import { applyUpdates, newKeyState } from '../../permissions/applyUpdates';
import { differenceSentences } from '../describe/changeSentences';
import { showTag } from '../../plugin/keyEvents';
import type { KeyState, SpendLimit } from '../../plugin/keyState';
import type { NewKey } from './planAddKeys';
import type { KeyReport } from '../read/readKeys';

/**
 * In what a key that is there differs from what is asked for, a sentence each: as it is → as asked. What it has spent, and
 * since when, is no difference.
 */
export function compareKey({ state, record, labels, now }: KeyReport, { tag, updates }: NewKey): string[] {
	const asked = applyUpdates(newKeyState(state.account, state.key), updates, now);
	const found = record?.added?.tag;
	const tags =
		found !== undefined && found !== tag ? [`Tag: "${showTag(found) ?? ''}" → "${showTag(tag) ?? ''}".`] : [];
	return [...tags, ...differenceSentences(unused(state), unused({ ...asked, partial: state.partial }), labels, now)];
}

/** @throws {InputError} with the differences, when there are any */
export function requireSameKey(report: KeyReport, asked: NewKey): void {
	const differences = compareKey(report, asked);
	if (differences.length === 0) return;
	throw new InputError(
		"Session Key's Address",
		`${asked.key} is already a session key of the account ${report.state.account}, with other permissions than this form asks for, so nothing was sent`,
		`The differences (as it is → as asked): ${differences.join(' ')} To change the key, use Permission > Set Spend Limit or Permission > Update. To start afresh, remove it first.`,
	);
}

/** What is said of a key that is there as asked for: of what isn't known nothing is claimed. */
export function sameKeySentence({ state, gap }: KeyReport): string {
	const known = gap ? ', as far as the provider tells what it may do' : '';
	return `The session key ${state.key} is on the account already, as asked${known}: nothing was sent.`;
}

/** The same permissions before anything was spent. */
function unused(state: KeyState): KeyState {
	const fresh = (limit: SpendLimit | undefined) => limit && { ...limit, used: 0n, lastUsed: 0 };
	const contracts = Object.entries(state.contracts).map(([contract, access]) => [
		contract,
		{ ...access, tokenLimit: fresh(access.tokenLimit) },
	]);
	return {
		...state,
		native: fresh(state.native),
		gas: fresh(state.gas),
		contracts: Object.fromEntries(contracts) as KeyState['contracts'],
	};
}
